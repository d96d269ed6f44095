"""Programs run on the engine by the installed language host, or by the program that stands in for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.engine import ROOT, Project, is_installed
from harness.pulumi_build import HOST, pulumi_folder

MakeProject = Callable[..., Project]

PROGRAM = """
import os
import sys

import pulumi

config = pulumi.Config()


class Group(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("my:index:Group", name, {"size": 1})
        self.register_outputs({})


Group("one")
pulumi.export("token", config.get_secret("token"))
pulumi.export("greeting", config.get("greeting"))
pulumi.export("names", [pulumi.get_project(), pulumi.get_stack()])
pulumi.export("preview", pulumi.runtime.is_dry_run())
pulumi.export("prefix", sys.prefix)
pulumi.export("folder", os.path.basename(os.getcwd()))
"""


def test_a_program_gets_its_configuration(make_offline_project: MakeProject) -> None:
    """Values, secrets, names, the virtual environment and the working directory; an update is not a dry run."""
    project = make_offline_project(PROGRAM)
    assert 0 == project.pulumi("config", "set", "--secret", "token", "CANARY-1234").status
    assert 0 == project.pulumi("config", "set", "greeting", "a = {b}").status
    up = project.pulumi("up", "--yes", "--skip-preview")
    assert 0 == up.status, up.output
    assert "CANARY" not in up.output
    assert {
        "token": "[secret]",
        "greeting": "a = {b}",
        "names": ["test", "dev"],
        "preview": False,
        "prefix": sys.prefix,
        "folder": "project",
    } == json.loads(project.pulumi("stack", "output", "--json").output)


def test_a_life_without_providers(make_offline_project: MakeProject) -> None:
    """Preview, update, no changes, refresh, destroy: the pack passes where it is used."""
    project = make_offline_project(PROGRAM.replace('"preview"', '"_"').replace("pulumi.runtime.is_dry_run()", "1"))
    preview = project.preview()
    assert 0 == preview.status, preview.output
    assert "✅ pulumi-probes@v0.1.0" in preview.policies
    up = project.up()
    assert 0 == up.status, up.output
    assert 2 == up.output.count("✅ pulumi-probes@v0.1.0")
    for command in ("preview", "refresh", "up"):
        outcome = project.pulumi(command, "--expect-no-changes", *(["--yes"] if command != "preview" else []))
        assert 0 == outcome.status, outcome.output
    destroy = project.pulumi("destroy", "--yes")
    assert 0 == destroy.status, destroy.output
    assert "2 deleted" in destroy.output


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("1 / 0\n", "ZeroDivisionError: division by zero"),
        ("import pulumi\nraise pulumi.RunError('a reason')\n", "error: a reason"),
        ("import pulumi\npulumi.Config().require('size')\n", "Missing required configuration variable 'test:size'"),
    ],
)
def test_an_error_of_the_program_fails_the_preview(make_offline_project: MakeProject, program: str, error: str) -> None:
    """The message is shown, and the exit status is not 0."""
    outcome = make_offline_project(program).pulumi("preview")
    assert outcome.status != 0
    assert error in outcome.output


def test_a_pack_that_does_not_start_fails_the_preview(make_offline_project: MakeProject, tmp_path: Path) -> None:
    """An exception in `__main__.py` of a pack is shown."""
    pack = tmp_path / "pack"
    pack.mkdir()
    options = f"{{toolchain: pip, virtualenv: {sys.prefix}}}"
    (pack / "PulumiPolicy.yaml").write_text(f"runtime: {{name: python, options: {options}}}\n", encoding="utf-8")
    (pack / "__main__.py").write_text("raise ValueError('no pack here')\n", encoding="utf-8")
    outcome = make_offline_project("").pulumi("preview", "--policy-pack", str(pack))
    assert outcome.status != 0
    assert "no pack here" in outcome.output


def test_the_engine_names_its_substitute(make_offline_project: MakeProject) -> None:
    """`pulumi about` names the program, and `scripts/engine` says so before each command."""
    if is_installed():
        pytest.skip("the installed pulumi has its own language hosts")
    about = make_offline_project("").pulumi("about")
    assert "stands in for='pulumi-language-python'" in about.output
    command = subprocess.run([ROOT / "scripts" / "engine"], capture_output=True, text=True, check=True)
    assert HOST in command.stderr


def test_the_host_is_not_started_by_hand(make_offline_project: MakeProject) -> None:
    """Without the engine's address, it says what it is."""
    if is_installed():
        pytest.skip("the installed pulumi has its own language hosts")
    make_offline_project("")
    finished = subprocess.run([pulumi_folder() / HOST], capture_output=True, text=True, check=False, env=os.environ)
    assert 1 == finished.returncode
    assert "stands in for the language host" in finished.stderr
