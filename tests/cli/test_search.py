"""The options of `probes audit` and `probes fix` for the files of directories."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      livenessProbe: {httpGet: {path: /livez, port: 80}, periodSeconds: 5, timeoutSeconds: 30}
"""
ENCRYPTED = "apiVersion: v1\nkind: Secret\nsops: {mac: CANARY, lastmodified: CANARY}\n"
ONLY = ("--select", "PRB211")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with manifests, as the current one."""
    for name in ("a.yaml", "build/b.yaml", "deploy/c.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(POD)
    (tmp_path / ".gitignore").write_text("build\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("options", "files"),
    [
        ((), ["./a.yaml", "./deploy/c.yaml"]),
        (("--no-respect-gitignore",), ["./a.yaml", "./build/b.yaml", "./deploy/c.yaml"]),
        (("--include", "deploy", "--include", "x"), ["./deploy/c.yaml"]),
        (("--exclude", "/deploy"), ["./a.yaml"]),
        (("--exclude", "#a"), ["./a.yaml", "./deploy/c.yaml"]),
    ],
)
def test_the_files_that_are_audited(probes: Run, options: tuple[str, ...], files: list[str]) -> None:
    """The same with one process and with several, and the same for `probes fix`."""
    for jobs in ("1", "2"):
        _, out, _ = probes("audit", ".", *ONLY, "--format", "json", "--jobs", jobs, *options)
        report = json.loads(out)
        assert files == [finding["source"]["file"] for finding in report["findings"]]
        assert "notes" not in report
    _, out, _ = probes("fix", ".", *ONLY, *options)
    assert len(files) == out.count("\n+++ ")


def test_a_note(probes: Run, folder: Path) -> None:
    """An encrypted file is a note, on which the exit status does not depend; nothing of its content is shown."""
    (folder / "db.yaml").write_text(ENCRYPTED)
    outputs = set[str]()
    for jobs in ("1", "2"):
        status, out, _ = probes("audit", ".", *ONLY, "--format", "json", "--jobs", jobs)
        assert 0 == status
        assert [{"file": "./db.yaml", "message": "skipped, because it is encrypted with SOPS"}] == json.loads(out)[
            "notes"
        ]
        outputs.add(out)
    assert 1 == len(outputs)
    assert "CANARY" not in outputs.pop()
    assert "Note: db.yaml: skipped, because it is encrypted with SOPS\n" in probes("fix", "db.yaml")[2]
    assert (0, "") == probes("audit", "db.yaml", "--quiet")[:2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--include", ""), "--include: must not be empty"),
        (("--exclude", "!a.yaml"), "--exclude: '!a.yaml' must not begin with '!'"),
    ],
)
def test_patterns_that_are_mistakes(probes: Run, arguments: tuple[str, ...], message: str) -> None:
    """They are wrong usage, since they would have another effect than expected."""
    status, _, err = probes("audit", ".", *arguments)
    assert 2 == status
    assert message in err
