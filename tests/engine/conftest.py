"""The real engine, where the pulumi command is there; its state lives and dies with the test."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TIME_LIMIT_SECONDS = 180


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    status: int
    output: str

    @property
    def policies(self) -> str:
        """The part of the output in which the pack speaks.

        When a preview fails the engine interrupts the program, which may print a traceback further down.
        """
        lines = self.output.splitlines()
        start = lines.index("Policies:")
        end = next(index for index, line in enumerate(lines) if index > start and not line.strip())
        return "\n".join(lines[start:end]) + "\n"


@dataclass(frozen=True)
class Project:
    """A Pulumi project with a stack."""

    folder: Path
    environment: Mapping[str, str]

    def pulumi(self, *arguments: str) -> Outcome:
        """Run the pulumi command in the project."""
        finished = subprocess.run(
            ["pulumi", "--non-interactive", "--color", "never", *arguments],
            cwd=self.folder,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIME_LIMIT_SECONDS,
            check=False,
        )
        return Outcome(finished.returncode, finished.stdout)

    def preview(self, *arguments: str, config: Mapping[str, Any] | None = None) -> Outcome:
        """Preview with the pack of this project."""
        if config is not None:
            file = self.folder / "policy-config.json"
            file.write_text(json.dumps(config), encoding="utf-8")
            arguments = (*arguments, "--policy-pack-config", str(file))
        return self.pulumi("preview", "--policy-pack", str(ROOT / "policies"), *arguments)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The environment in which the pulumi command works without account, cluster or network."""
    if shutil.which("pulumi") is None:
        pytest.skip("the pulumi command is not on PATH")
    environment = {
        **os.environ,
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_CI_DETECTION": "true",
        "KUBECONFIG": str(tmp_path_factory.getbasetemp() / "no-cluster"),
    }
    plugins = json.loads(subprocess.check_output(["pulumi", "plugin", "ls", "--json"], env=environment, text=True))
    if not any(plugin["name"] == "kubernetes" and plugin["kind"] == "resource" for plugin in plugins):
        pytest.skip("Pulumi's Kubernetes plugin is not installed: pulumi plugin install resource kubernetes")
    return environment


@pytest.fixture
def make_project(engine: Mapping[str, str], tmp_path: Path) -> Callable[..., Project]:
    """Makes a project of a program, or of a folder that has one."""

    def make(program: str | Path, *, stack: str = "dev") -> Project:
        folder = tmp_path / "project"
        if isinstance(program, Path):
            shutil.copytree(program, folder)
            description = yaml.safe_load((folder / "Pulumi.yaml").read_text(encoding="utf-8"))
        else:
            folder.mkdir()
            (folder / "__main__.py").write_text(program, encoding="utf-8")
            description = {"name": "test"}
        # The interpreter that runs the tests has all that the program needs.
        description["runtime"] = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump(description), encoding="utf-8")
        state = tmp_path / "state"
        state.mkdir()
        project = Project(folder, {**engine, "PULUMI_BACKEND_URL": state.as_uri()})
        created = project.pulumi("stack", "init", stack)
        assert created.status == 0, created.output
        return project

    return make
