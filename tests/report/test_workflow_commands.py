"""Nothing that a manifest or a file name contains can act as a workflow command in the log of a CI system."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.model.characters import without_commands
from pulumi_probes.report import FORMATS

Probes = Callable[..., tuple[int, str, str]]

HOSTILE = ("::error::owned", "##[error]owned", "##vso[task.complete]owned", "a\n::add-mask::owned", "\t ::warning::x")
FORMATS_WITHOUT_COMMANDS = sorted(FORMATS.keys() - {"github"})


def commands(text: str) -> list[str]:
    """The lines that a runner executes: those that begin with two colons, and those with the older form anywhere."""
    return [
        line
        for line in text.splitlines()
        if (line.lstrip().startswith("::") and "::" in line.lstrip()[2:]) or "##[" in line or "##vso[" in line
    ]


def manifest(word: str) -> str:
    """A manifest with a text in every place that a report may show."""
    probe = {"httpGet": {"path": word, "port": word}, word: 1}
    container = {"name": word, "image": word, "livenessProbe": probe, "ports": [{"containerPort": 1, "name": word}]}
    metadata = {"name": word, "namespace": word, "annotations": {"pulumi-probes/ignore": f"PRB103={word}", word: word}}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container], word: word}}
    other = {"apiVersion": word, "kind": word, "metadata": {"name": word}, "spec": {"containers": [container]}}
    return yaml.safe_dump_all([pod, other, {"apiVersion": "v1", "kind": "List", "items": [word]}])


@pytest.mark.parametrize("name", FORMATS_WITHOUT_COMMANDS)
@pytest.mark.parametrize("word", HOSTILE)
def test_reports(tmp_path: Path, probes: Probes, word: str, name: str) -> None:
    """No format but the one for GitHub writes a command, whichever field contains the text."""
    file = tmp_path / f"{word.replace('/', '-')}.yaml"
    file.write_text(manifest(word))
    _, out, err = probes("audit", str(file), str(tmp_path / word / "missing"), "--format", name, "--verbose")
    assert [] == commands(out)
    assert [] == commands(err)


@pytest.mark.parametrize("word", HOSTILE)
def test_the_format_for_github(tmp_path: Path, probes: Probes, word: str) -> None:
    """Only the commands of findings and errors are written."""
    (tmp_path / "a.yaml").write_text(manifest(word))
    _, out, _ = probes("audit", str(tmp_path / "a.yaml"), "--format", "github")
    own = ("::error file=", "::warning file=", "::notice file=")
    assert [] == [line for line in commands(out) if not line.startswith(own)]


@pytest.mark.parametrize("word", HOSTILE)
@pytest.mark.parametrize(
    "command",
    ["explain {}", "timeline {} --format text", "timeline {} --format svg", "timeline {} --format json", "cost {}"],
)
def test_other_commands(tmp_path: Path, probes: Probes, command: str, word: str) -> None:
    """Timelines, costs and explanations contain names too."""
    file = tmp_path / "a.yaml"
    file.write_text(manifest(word))
    _, out, err = probes(*command.format(file).split())
    assert [] == commands(out) + commands(err)


@pytest.mark.parametrize("word", HOSTILE)
@pytest.mark.parametrize(
    "command",
    [
        ["audit"],
        ["explain"],
        ["audit", "x", "--policy-config"],
        ["audit", "x", "--select"],
        ["preview"],
        ["audit", "x", "--output"],
        ["fix"],
        [],
    ],
)
def test_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, probes: Probes, command: list[str], word: str
) -> None:
    """An error message may quote an argument."""
    monkeypatch.chdir(tmp_path)
    status, out, err = probes(*command, word)
    assert (2, []) == (status, commands(out) + commands(err))


@pytest.mark.parametrize("word", HOSTILE)
def test_programs(tmp_path: Path, probes: Probes, word: str) -> None:
    """Names of resources, messages of exceptions and names of written files are escaped."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(
        "import pulumi\n"
        f"pulumi.CustomResource('own:index:Thing', {word!r}, {{'apiVersion': 'v1', 'kind': 'Pod', 'spec': {{}}}})\n"
        f"pulumi.ComponentResource('own:index:Remote', {word!r}, {{}}, None, True)\n"
        f"raise ValueError({word!r})\n"
    )
    _, out, err = probes("preview", str(tmp_path), "--out", str(tmp_path / "out"))
    assert [] == commands(out) + commands(err)
    assert "ValueError" in out


@given(st.text(st.sampled_from(":# \t\n[avso/\u3000"), max_size=30))
def test_any_text(text: str) -> None:
    """An escaped text has no command, and other texts stay as they are."""
    escaped = without_commands(text)
    assert [] == commands(escaped)
    assert escaped == without_commands(escaped)
    if not any(line.lstrip().startswith("::") for line in text.splitlines()) and not commands(text):
        assert text == escaped


@pytest.mark.parametrize(
    "text",
    [
        "a::b",
        "std::string",
        "  a ::error::",
        "fd00::1",
        "# [a]",
        "#[a]",
        "## [a]",
        "a: b",
        ":",
        "# ## heading",
        "#vso[x]",
    ],
)
def test_ordinary_texts(text: str) -> None:
    """Colons and number signs elsewhere are left alone."""
    assert text == without_commands(text)


def test_data_formats_keep_their_content(tmp_path: Path, probes: Probes) -> None:
    """In JSON and XML, the escapes stand for the same characters."""
    (tmp_path / "a.yaml").write_text(manifest("##[error]owned"))
    _, out, _ = probes("audit", str(tmp_path / "a.yaml"), "--format", "json")
    assert "##[error]owned" in {finding["resource"]["name"] for finding in json.loads(out)["findings"]}
    _, out, _ = probes("audit", str(tmp_path / "a.yaml"), "--format", "junit")
    assert any("##[error]owned" in suite.get("name", "") for suite in ET.fromstring(out))  # noqa: S314 - our own output
