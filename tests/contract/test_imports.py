"""Imports are lazy: no package is loaded that is not needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("pulumi", "pulumi_kubernetes", "pulumi_policy", "grpc", "pydantic", "tree_sitter", "tree_sitter_bash", "yaml")


def packages_loaded_by(code: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after running `code`."""
    report = "import sys; print(' '.join(sorted({name.partition('.')[0] for name in sys.modules})), file=sys.stderr)"
    finished = subprocess.run([sys.executable, "-c", f"{code}\n{report}"], check=True, capture_output=True, text=True)
    return set(finished.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    "code",
    [
        "import pulumi_probes",
        "import pulumi_probes.model.workload",
        "import pulumi_probes.rules",
        "from pulumi_probes.rules import load_rules; load_rules()",
        "import pulumi_probes.timeline.bounds.probe",
        "import pulumi_probes.presets",
    ],
)
def test_rules_need_neither_pulumi_nor_yaml(code: str) -> None:
    """Rules, presets and timeline only load the standard library and this project."""
    assert set() == packages_loaded_by(code).intersection(HEAVY)


def test_the_codec_does_not_need_pulumi() -> None:
    """Manifests are read without Pulumi's packages."""
    assert packages_loaded_by("import pulumi_probes.codec.manifest").intersection(HEAVY) <= {"yaml"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_the_command_alone_loads_nothing_heavy(arguments: list[str]) -> None:
    """Listing the subcommands does not import them."""
    code = f"from pulumi_probes.cli import run; assert run({arguments!r}) == 0"
    assert set() == packages_loaded_by(code).intersection(HEAVY)


@pytest.mark.parametrize("verb", ["audit", "explain", "timeline", "cost", "presets", "rules"])
def test_manifests_are_audited_without_pulumi(verb: str) -> None:
    """Only running a program needs Pulumi."""
    code = f"from pulumi_probes.cli import run; assert run([{verb!r}, '--help']) == 0"
    assert packages_loaded_by(code).intersection(HEAVY) <= {"yaml"}


@pytest.mark.parametrize(
    ("command", "is_read"),
    [(["cat", "/run/alive"], False), (["sh", "-c"], False), (["sh", "-c", "test -f /run/alive"], True)],
    ids=str,
)
def test_the_shell_parser_is_loaded_for_scripts_only(command: list[str], is_read: bool) -> None:
    """Most manifests have no script, and pay nothing for the parser."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a"},
        "spec": {"containers": [{"name": "a", "image": "a:1", "livenessProbe": {"exec": {"command": command}}}]},
    }
    code = (
        "from pulumi_probes.codec.manifest import read_stack; from pulumi_probes.model.manifest import Manifest; "
        f"from pulumi_probes.rules import evaluate, load_rules; r = evaluate(read_stack([Manifest(content={pod!r})]), "
        "load_rules()); assert not r.crashes and r.findings"
    )
    assert is_read == ("tree_sitter_bash" in packages_loaded_by(code))


def test_an_audit_imports_only_what_most_files_need(tmp_path: Path) -> None:
    """Importing takes most of the time of a short audit, so whatever is needed for few files is imported late."""
    file = tmp_path / "pod.yaml"
    file.write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n")
    code = f"from pulumi_probes.cli import run; assert run(['audit', '--format', 'json', {str(file)!r}]) == 0"
    late = {"dataclasses", "hashlib", "json", "pathlib", "pathspec", "pickle", "statistics", "subprocess", "traceback"}
    assert set() == packages_loaded_by(code).intersection(late)
