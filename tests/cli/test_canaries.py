"""A secret never appears in any output of any subcommand, wherever it was written and however broken the file is."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.cli import run
from pulumi_probes.report import FORMATS

CANARY = "CANARY7f3a"

# Written without quotes, so that the text may be a tag, an alias, an anchor, a comment, a directive or not YAML at all.
BARE = {
    "env": "spec: {{containers: [{{name: a, image: b, env: [{{name: A, value: {0}}}]}}]}}",
    "command": "spec: {{containers: [{{name: a, command: [run, {0}], livenessProbe: {{exec: {{command: [{0}]}}}}}}]}}",
    "args": "spec:\n  containers:\n  - name: a\n    image: b\n    args:\n    - {0}\n    - {0}",
    "header": (
        "spec: {{containers: [{{name: a, image: b, livenessProbe: "
        "{{httpGet: {{port: 80, httpHeaders: [{{name: Authorization, value: {0}}}]}}}}}}]}}"
    ),
    "wrong type": "spec:\n  replicas: {0}\n  containers:\n  - name: a\n    livenessProbe: {{periodSeconds: {0}}}",
    "whole probe": "spec:\n  containers:\n  - name: a\n    livenessProbe: {0}\n    readinessProbe: [{0}]",
    "grace period": "spec:\n  terminationGracePeriodSeconds: {0}\n  containers: {0}",
    "data": "stringData:\n  password: {0}",
    "block": "stringData:\n  password: |{0}\n    {0}",
    "annotation": "metadata: {{annotations: {{pulumi.com/timeoutSeconds: {0}}}}}",
    "item": "items: [{0}]",
}
CONTAINER = {"name": "a", "image": "b"}
CONTAINERS: dict[str, dict[str, Any]] = {
    "values": {"env": [{"name": "A", "value": CANARY}], "args": [CANARY]},
    "wrong types": {"livenessProbe": {"timeoutSeconds": CANARY}},
    "exec": {"livenessProbe": {"exec": {"command": CANARY}}},
}
QUOTED: dict[str, dict[str, Any]] = {
    **{name: {"kind": "Pod", "spec": {"containers": [{**CONTAINER, **more}]}} for name, more in CONTAINERS.items()},
    "secret": {"kind": "Secret", "data": {"a": CANARY}, "stringData": CANARY},
    "list": {"kind": "List", "items": [CANARY, {"kind": CANARY + "\n"}]},
}
LEADING = [
    "",
    "!",
    "!!",
    "!<",
    "*",
    "&",
    "%",
    "@",
    "`",
    "|",
    ">",
    "{",
    "[",
    "'",
    '"',
    "#",
    "? ",
    "- ",
    ": ",
    "<<",
    "\\",
]
TRAILING = ["", ":", " :", "}", "]", ",", "'", '"', " #", "\\", ": x", "!", "%", "\x07", "\ud800"]
COMMANDS = [
    *(["audit", "{}", "--format", name, "--verbose"] for name in FORMATS),
    ["audit", "{}", "--statistics"],
    ["explain", "{}"],
    ["cost", "{}"],
    ["cost", "{}", "--format", "json"],
    *(["timeline", "{}", "--format", name] for name in ("text", "json", "svg")),
    ["timeline", "web", "{}"],
    ["timeline", "web", "--scenario-file", "{}"],
    ["audit", "x", "--policy-config", "{}"],
    ["audit", "x", "--waivers", "{}"],
    ["audit", "x", "--baseline", "{}"],
    ["audit", "x", "--config-file", "{}"],
    ["preview", "{}"],
]


def output_of(*arguments: str) -> str:
    """Everything that a command writes, and the type of what it raised."""
    streams = [io.BytesIO(), io.BytesIO()]
    out, err = (io.TextIOWrapper(stream, encoding="utf-8", write_through=True) for stream in streams)
    with redirect_stdout(out), redirect_stderr(err):
        run(arguments)
    return "".join(stream.getvalue().decode() for stream in streams)


def check(file: Path, text: str, command: list[str]) -> None:
    """Give a text to a command."""
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    assert CANARY not in output_of(*(part.format(file) for part in command))


@pytest.fixture(scope="module", params=["native", "python"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file, which is read with and without the native reader."""
    patch = pytest.MonkeyPatch()
    if request.param == "python":
        for module in ("documents", "yaml_document", "outline", "plain_tree"):
            if hasattr(import_module(f"pulumi_probes.codec.{module}"), "read_plain_tree"):
                patch.setattr(f"pulumi_probes.codec.{module}.read_plain_tree", lambda _text: None)
    yield tmp_path_factory.mktemp("canaries") / "in.yaml"
    patch.undo()


@given(
    command=st.sampled_from(COMMANDS),
    place=st.sampled_from(sorted(BARE)),
    leading=st.sampled_from(LEADING),
    trailing=st.sampled_from(TRAILING),
)
def test_values_without_quotes(file: Path, command: list[str], place: str, leading: str, trailing: str) -> None:
    """A value is not quoted in an error about its own syntax, or about the text around it."""
    check(file, f"apiVersion: v1\nkind: Pod\n{BARE[place].format(leading + CANARY + trailing)}\n", command)


@given(
    command=st.sampled_from(COMMANDS),
    name=st.sampled_from(sorted(QUOTED)),
    leading=st.sampled_from(LEADING),
    cut=st.integers(0, 400),
    broken=st.sampled_from(["", "\\x", "\x01", "NaN", ",", "\\ud800"]),
)
def test_json(file: Path, command: list[str], name: str, leading: str, cut: int, broken: str) -> None:
    """JSON, also where it is cut or broken."""
    text = json.dumps({"apiVersion": "v1", **QUOTED[name]}).replace(CANARY, json.dumps(leading)[1:-1] + CANARY)
    check(file, text[:cut] + broken + text[cut:], command)
    check(file, text[:cut], command)


@pytest.mark.parametrize(
    "text",
    [
        f"[tool.probes]\nselect = {CANARY}\n",
        f'[tool.probes]\n"{CANARY} = 1\n',
        f'[tool.probes]\nselect = "{CANARY}\n',
        f"[tool.probes]\nfail-on = '{CANARY}' '{CANARY}'\n",
        f"[tool.probes]\nselect = [1979-05-27T{CANARY}]\n",
        f"[tool.other]\npassword = \\{CANARY}\n",
        f"[tool.probes]\nbaseline = 0x{CANARY}\n",
        f'[tool.probes]\nwaivers = ["\\u{CANARY}"]\n',
    ],
)
def test_toml(tmp_path: Path, text: str) -> None:
    """An error of TOML names the line, not its content."""
    file = tmp_path / "pyproject.toml"
    file.write_text(text)
    assert CANARY not in output_of("audit", "x", "--config-file", str(file))


@pytest.mark.parametrize("value", [f"!{CANARY}", f"*{CANARY}", f"'{CANARY}", f"{{{CANARY}", f"%{CANARY}", f"@{CANARY}"])
@pytest.mark.parametrize("name", ["Pulumi.yaml", "Pulumi.dev.yaml"])
def test_project_files(tmp_path: Path, name: str, value: str) -> None:
    """The configuration of a stack often contains passwords."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("")
    with (tmp_path / name).open("a") as stream:
        stream.write(f"config:\n  shop:password: {value}\n")
    assert CANARY not in output_of("preview", str(tmp_path))


PROGRAMS = {
    "environment": "env=[{'name': 'A', 'value': s}]",
    "command": "command=['x', s], liveness_probe={'exec': {'command': [s]}}",
    "wrong type": "liveness_probe={'periodSeconds': s, 'httpGet': {'path': s, 'port': s}}",
    "image": "image=s",
    "name": "name=s",
    "port": "ports=[{'containerPort': s, 'name': s}]",
}


@pytest.mark.parametrize("fields", PROGRAMS.values(), ids=PROGRAMS)
def test_marked_secrets(tmp_path: Path, fields: str) -> None:
    """Values that a program marks as secret stay hidden, names too, and are not written to manifests."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(
        f"import pulumi\nimport pulumi_kubernetes as k8s\ns = pulumi.Output.secret('{CANARY}')\n"
        "given = dict(name='a', image='b')\n"
        f"given.update(dict({fields}))\n"
        "k8s.core.v1.Pod('p', metadata={'annotations': {'a': s, 'pulumi-probes/ignore': s}}, "
        "spec=k8s.core.v1.PodSpecArgs(containers=[k8s.core.v1.ContainerArgs(**given)]))\n"
        "k8s.core.v1.Secret('s', string_data={'a': s})\n"
        "k8s.core.v1.ConfigMap('c', metadata={'name': s, 'namespace': s}, data={'a': s})\n"
    )
    for name in FORMATS:
        assert CANARY not in output_of("preview", str(tmp_path), "--out", str(tmp_path / "out"), "--format", name)
    assert "Pod" in output_of("preview", str(tmp_path))
    written = list((tmp_path / "out").rglob("*.yaml"))
    assert 3 == len(written)
    assert not any(CANARY in file.read_text() or CANARY in file.name for file in written)


def test_the_canary_is_found(tmp_path: Path) -> None:
    """A canary in a place that is shown, such as a name, is in the output, so the other tests would notice it."""
    file = tmp_path / "in.yaml"
    file.write_text(f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {CANARY}}}\nspec: {{containers: [{{name: a}}]}}\n")
    assert CANARY in output_of("audit", str(file))
    assert sys.stdout is not None
