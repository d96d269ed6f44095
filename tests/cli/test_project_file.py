"""The project file: where it is found, what replaces its values, and its use in `audit`, `fix` and `preview`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]

CART = """\
apiVersion: v1
kind: Pod
metadata: {name: cart}
spec:
  containers:
    - name: cart
      image: cart:1
      livenessProbe: {httpGet: {path: /livez, port: 80}, periodSeconds: 5, timeoutSeconds: 30}
"""
SHORT = ("audit", "cart.yaml", "--format", "concise")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, two levels below the root of a repository, with a manifest."""
    (tmp_path / ".git").mkdir()
    current = tmp_path / "a" / "b"
    current.mkdir(parents=True)
    (current / "cart.yaml").write_text(CART)
    monkeypatch.chdir(current)
    return current


def codes(probes: Run, *options: str) -> list[str]:
    """The codes of the findings of an audit."""
    _, out, _ = probes("audit", "cart.yaml", "--format", "json", *options)
    return [finding["code"] for finding in json.loads(out)["findings"]]


class TestDiscovery:
    """In the current directory and its parents, up to the root of the repository."""

    @pytest.mark.parametrize("place", [".", "..", "../.."])
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            (".probes.yaml", "select: [PRB211]\n"),
            ("pyproject.toml", '[tool.probes]\nselect = ["PRB211"]\n'),
            ("pyproject.toml", 'tool.probes.select = ["PRB211"]\n'),
            ("pyproject.toml", '[tool]\nprobes = {select = ["PRB211"]}\n'),
            ("pyproject.toml", 'tool = {probes = {select = ["PRB211"]}}\n'),
            ("pyproject.toml", '[ "tool" . "probes" ]\nselect = ["PRB211"]\n'),
        ],
    )
    def test_it_is_found(self, probes: Run, folder: Path, place: str, name: str, text: str) -> None:
        """Under both names, however the table is written; `--verbose` names it."""
        (folder / place / name).write_text(text)
        assert ["PRB211"] == codes(probes)
        assert f"Project file: {os.path.normpath(f'{place}/{name}')}.\n" == probes("audit", "cart.yaml", "-v")[2]

    def test_the_nearest_one_applies(self, probes: Run, folder: Path) -> None:
        """And no other; a pyproject.toml that has no such table is not one."""
        (folder / "../../.probes.yaml").write_text("select: [PRB211]\nfail-on: warning\n")
        (folder / "pyproject.toml").write_text('[tool.probes-of-others]\n[project]\nname = "tool.probes"\n')
        assert 1 == probes(*SHORT)[0]
        (folder / "../pyproject.toml").write_text("[tool.probes]\n")
        assert 0 == probes(*SHORT)[0]

    def test_not_above_the_repository(self, probes: Run, folder: Path) -> None:
        """A file there belongs to something else."""
        (folder / "../../.probes.yaml").write_text("select: [PRB211]\n")
        (folder / ".git").write_text("gitdir: elsewhere\n")
        assert codes(probes, "--no-config-file") == codes(probes)

    def test_two_in_one_folder(self, probes: Run, folder: Path) -> None:
        """Neither is preferred silently."""
        (folder / ".probes.yaml").write_text("")
        (folder / "pyproject.toml").write_text("[tool.probes]\n")
        status, out, err = probes(*SHORT)
        assert (2, "") == (status, out)
        assert ".probes.yaml and the table [tool.probes] in pyproject.toml are both project files" in err
        assert 0 == probes(*SHORT, "--config-file", "pyproject.toml")[0]

    def test_a_named_one(self, probes: Run, folder: Path) -> None:
        """Replaces the one that would be found."""
        (folder / ".probes.yaml").write_text("select: [PRB211]\n")
        (folder / "other.yaml").write_text("select: [PRB104]\n")
        (folder / "other.toml").write_text('[tool.probes]\nselect = ["PRB304"]\n')
        assert ["PRB104"] == codes(probes, "--config-file", "other.yaml")
        assert ["PRB304"] == codes(probes, "--config-file", "other.toml")
        assert ["PRB104", "PRB211", "PRB304"] == codes(probes, "--no-config-file")

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--config-file", "none.yaml"], "none.yaml: no such file or directory"),
            (["--config-file", "none.toml"], "none.toml: no such file or directory"),
            (["--config-file", "bare.toml"], "bare.toml: has no table [tool.probes]"),
            (["--config-file", "broken.toml"], "broken.toml:2: not valid TOML"),
            (["--config-file", "twice.yaml"], "twice.yaml:2: "),
            (["--config-file", "."], ".: is a directory"),
            (["--config-file", "pipe.toml"], "pipe.toml: a pipe, not a file"),
            (["--config-file", ""], "no such file or directory"),
            (["--config-file", "x", "--no-config-file"], "--config-file and --no-config-file exclude each other"),
        ],
    )
    def test_unreadable_files(self, probes: Run, folder: Path, options: list[str], message: str) -> None:
        """Give status 2, and nothing is audited."""
        (folder / "bare.toml").write_text("[project]\n")
        os.mkfifo(folder / "pipe.toml")
        (folder / "twice.yaml").write_text("ignore: []\nignore: []\n")
        (folder / "broken.toml").write_text("[tool.probes]\nselect = PRB\n")
        status, out, err = probes(*SHORT, *options)
        assert (2, "") == (status, out)
        assert message in err

    def test_all_mistakes_are_reported(self, probes: Run, folder: Path) -> None:
        """With file and line, before anything is read."""
        (folder / "../.probes.yaml").write_text("fail-on: warn\nignor: []\n")
        status, out, err = probes("audit", "missing.yaml")
        assert (2, "") == (status, out)
        assert "../.probes.yaml:1: `fail-on` must be one of" in err
        assert "../.probes.yaml:2: `ignor` is not a key. Did you mean 'ignore'?" in err
        assert "missing.yaml" not in err


class TestPrecedence:
    """An option of the command line replaces the value of the file."""

    def test_fail_on(self, probes: Run, folder: Path) -> None:
        """Also if it is the default."""
        (folder / ".probes.yaml").write_text("fail-on: warning\n")
        assert 1 == probes(*SHORT)[0]
        assert 0 == probes(*SHORT, "--fail-on", "error")[0]

    def test_select_and_ignore(self, probes: Run, folder: Path) -> None:
        """Each on its own."""
        (folder / ".probes.yaml").write_text("select: [PRB2, PRB104]\nignore: [PRB211]\n")
        assert ["PRB104"] == codes(probes)
        assert ["PRB304"] == codes(probes, "--select", "PRB3,PRB211")
        assert ["PRB211"] == codes(probes, "--ignore", "PRB104")

    def test_rules(self, probes: Run, folder: Path) -> None:
        """`--policy-config` replaces them as a whole."""
        (folder / ".probes.yaml").write_text("select: [PRB211]\nrules: {timeout-longer-than-period: mandatory}\n")
        (folder / "config.json").write_text('{"all": "advisory"}')
        assert 1 == probes(*SHORT)[0]
        assert 0 == probes(*SHORT, "--policy-config", "config.json")[0]

    def test_include_and_exclude(self, probes: Run, folder: Path) -> None:
        """In `audit` and `fix`; each is replaced by its option."""
        for name in ("#a.yaml", "b.yaml"):
            (folder / name).write_text(CART)
        (folder / ".probes.yaml").write_text("{select: [PRB211], include: ['[b#]*'], exclude: ['#*']}")
        assert "Audited 1 workload" in probes("audit", ".")[1]
        assert "in 1 file." in probes("fix", ".")[2]
        assert "Audited 2 workloads" in probes("audit", ".", "--include", "*.yaml")[1]
        assert "Audited 2 workloads" in probes("audit", ".", "--exclude", "cart.yaml")[1]

    def test_the_version(self, probes: Run, folder: Path) -> None:
        """It is not part of `rules`, so `--policy-config` keeps it."""
        (folder / "sleep.yaml").write_text(
            CART.replace("livenessProbe:", "lifecycle: {preStop: {sleep: {seconds: 5}}}\n      livenessProbe:")
        )
        (folder / "config.json").write_text("{}")
        audit = ("audit", "sleep.yaml", "--select", "PRB503", "--policy-config", "config.json")
        assert 0 == probes(*audit)[0]
        (folder / ".probes.yaml").write_text('kubernetes-version: "1.28"')
        status, out, _ = probes(*audit)
        assert 1 == status
        assert "Kubernetes 1.28 does not support" in out

    def test_waivers_and_baseline(self, probes: Run, folder: Path) -> None:
        """Paths are relative to the file, and messages name the file and the key."""
        (folder / ".." / ".probes.yaml").write_text("{select: [PRB211], waivers: [w.yaml], baseline: old.json}")
        (folder / ".." / "w.yaml").write_text("waivers: [{code: PRB211, reason: known}]")
        status, _, err = probes(*SHORT)
        assert 2 == status
        assert "`baseline` in ../.probes.yaml: ../old.json: no such file or directory" in err
        (folder / ".." / "old.json").write_text('{"version": 1, "findings": []}')
        assert "1 waived" in probes("audit", "cart.yaml")[1]
        (folder / "none.yaml").write_text("waivers: []")
        assert "1 waived" not in probes("audit", "cart.yaml", "--waivers", "none.yaml")[1]


class TestCommands:
    """`audit`, `fix` and `preview` take the same options from it."""

    def test_fix(self, probes: Run, folder: Path) -> None:
        """Fixes what the rules of the folder report."""
        (folder / "legacy").mkdir()
        (folder / "legacy" / "old.yaml").write_text(CART)
        (folder / ".probes.yaml").write_text("{select: [PRB211], folders: {legacy: {ignore: [PRB211]}}}")
        status, _, err = probes("fix", ".", "--write", "--verbose")
        assert 0 == status
        assert "Project file: .probes.yaml.\nFixed 1 finding in 1 file.\n" == err
        assert CART == (folder / "legacy" / "old.yaml").read_text()

    def test_standard_input(self, probes: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Counts as a file of the current directory."""
        (folder / "../.probes.yaml").write_text("{select: [PRB211, PRB304], folders: {b: {ignore: [PRB304]}}}")
        with (folder / "cart.yaml").open() as stream:
            monkeypatch.setattr("sys.stdin", stream)
            _, out, _ = probes("audit", "-", "--format", "json")
        assert ["PRB211"] == [finding["code"] for finding in json.loads(out)["findings"]]

    def test_the_file_itself_is_not_audited(self, probes: Run, folder: Path) -> None:
        """It is not a manifest, so an audit of its directory skips it."""
        (folder / ".probes.yaml").write_text("select: [PRB211]\n")
        status, out, _ = probes("audit", ".")
        assert 0 == status
        assert "1 workload in 1 object" in out

    def test_preview(self, probes: Run, folder: Path) -> None:
        """The folders are those of the source files of the program."""
        (folder / "app").mkdir()
        (folder / "app" / "Pulumi.yaml").write_text("{name: app, runtime: python}")
        (folder / "app" / "__main__.py").write_text(
            "from pulumi_kubernetes.core.v1 import Pod\n"
            'probe = {"http_get": {"path": "/livez", "port": 80}, "period_seconds": 5, "timeout_seconds": 30}\n'
            'Pod("cart", spec={"containers": [{"name": "cart", "image": "cart:1", "liveness_probe": probe}]})\n'
        )
        (folder / ".probes.yaml").write_text(
            "{select: [PRB211, PRB304], fail-on: warning, folders: {app: {ignore: [PRB304]}}}"
        )
        status, out, _ = probes("preview", "app", "--format", "json")
        assert 1 == status
        assert ["PRB211"] == [finding["code"] for finding in json.loads(out)["findings"]]


def test_nothing_is_imported_without_a_file(folder: Path) -> None:
    """Most calls have no project file, and should not pay for it."""
    (folder / "pyproject.toml").write_text("[project]\n")
    code = (
        "import sys; from pulumi_probes.cli import run; run(['audit', 'cart.yaml', '-q']);"
        "print([name for name in sys.modules if 'tomllib' in name or 'project_' in name])"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=folder).stdout
    assert "['pulumi_probes.cli._project_file']" == out.splitlines()[-1]
