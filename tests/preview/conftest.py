"""Small Pulumi projects in temporary directories."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_probes.preview import Recording, load_project, load_stack, run_program

MakeProject = Callable[..., Path]
Run = Callable[..., Recording]


@pytest.fixture
def make_project(tmp_path: Path) -> MakeProject:
    """Write a project: its program, and any other file by keyword (`Pulumi_dev_yaml` is `Pulumi.dev.yaml`)."""

    def make(program: str, project: str = "name: shop\nruntime: python\n", **files: str) -> Path:
        folder = tmp_path / "project"
        folder.mkdir(exist_ok=True)
        (folder / "Pulumi.yaml").write_text(project)
        (folder / "__main__.py").write_text("import pulumi\n" + textwrap.dedent(program))
        for name, text in files.items():
            (folder / name.replace("_", ".")).write_text(textwrap.dedent(text))
        return folder

    return make


@pytest.fixture
def run(make_project: MakeProject) -> Run:
    """Write a project and run it."""

    def run_it(program: str, *, time_limit_seconds: float = 30, **options: str) -> Recording:
        project = load_project(str(make_project(program, **options)))
        return run_program(project, load_stack(project), time_limit_seconds=time_limit_seconds)

    return run_it
