"""Pulumi's engine, if the pulumi command is installed: projects whose state is in their directory."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[3]

PACK: Final = ROOT / "policies"

TIME_LIMIT_SECONDS: Final = 240
"""The time limit of a command; after it, the command is killed, and its plugins exit with it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a command's output; `at` is its time in seconds since the epoch."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a command.

    Attributes:
        status: its exit status.
        lines: standard output and standard error.
        began: when it was started, in seconds since the epoch.
        ended: when it had ended.
    """

    status: int
    lines: tuple[Line, ...]
    began: float
    ended: float

    @property
    def seconds(self) -> float:
        """The duration in seconds."""
        return self.ended - self.began

    @property
    def output(self) -> str:
        """All lines."""
        return "".join(f"{line.text}\n" for line in self.lines)

    @property
    def policies(self) -> str:
        """The part of the output with the diagnostics of the pack.

        If a preview fails, the engine interrupts the program, which may print a traceback after this part.
        """
        lines = self.output.splitlines()
        start = lines.index("Policies:")
        end = next(index for index, line in enumerate(lines) if index > start and not line.strip())
        return "\n".join(lines[start:end]) + "\n"

    @property
    def diagnostics(self) -> dict[str, str]:
        """The final diagnostics of the engine for each resource, such as `kubernetes:apps/v1:Deployment (web)`."""
        _, _, rest = self.output.partition("\nDiagnostics:\n")
        blocks = re.findall(r"^  (\S+ \(\S+\)):\n(.*?\n)\n", rest, re.MULTILINE | re.DOTALL)
        return dict(blocks)


@dataclass(frozen=True, slots=True)
class Project:
    """A Pulumi project with a stack.

    Attributes:
        folder: the directory of its Pulumi.yaml.
        environment: the environment of commands; see `engine_environment`.
    """

    folder: Path
    environment: Mapping[str, str]

    def pulumi(self, *arguments: str) -> Outcome:
        """Run the pulumi command in the project."""
        began = time.time()
        process = subprocess.Popen(
            ["pulumi", "--non-interactive", "--color", "never", *arguments],
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        watchdog = threading.Timer(TIME_LIMIT_SECONDS, process.kill)
        watchdog.start()
        with process:
            lines = tuple(Line(time.time(), text.rstrip("\n")) for text in process.stdout or ())
        watchdog.cancel()
        return Outcome(process.returncode, lines, began, time.time())

    def preview(self, *arguments: str, config: Mapping[str, Any] | None = None) -> Outcome:
        """Preview with this project's pack; `config` is its configuration file."""
        if config is not None:
            file = self.folder / "policy-config.json"
            file.write_text(json.dumps(config), encoding="utf-8")
            arguments = (*arguments, "--policy-pack-config", str(file))
        return self.pulumi("preview", "--policy-pack", str(PACK), *arguments)

    def up(self, *arguments: str) -> Outcome:
        """Preview and update with this project's pack."""
        return self.pulumi("up", "--yes", "--policy-pack", str(PACK), *arguments)


def missing_engine() -> str | None:
    """The reason why the engine cannot run; None if it can."""
    if shutil.which("pulumi") is None:
        return "the pulumi command is not on PATH"
    listed = subprocess.run(["pulumi", "plugin", "ls", "--json"], capture_output=True, text=True, check=False).stdout
    wanted = version("pulumi-kubernetes")
    if any((item["name"], item.get("version")) == ("kubernetes", wanted) for item in json.loads(listed or "[]")):
        return None
    return f"needs the pulumi plugin kubernetes {wanted}: pulumi plugin install resource kubernetes {wanted}"


def engine_version() -> str:
    """The version of the pulumi command, such as 3.260.0.

    Raises:
        FileNotFoundError: the command is not installed.
    """
    return subprocess.check_output(["pulumi", "version"], text=True).strip().removeprefix("v")


def engine_environment(state: Path, kubeconfig: Path | None = None) -> dict[str, str]:
    """The environment in which the pulumi command needs no account and no network.

    Args:
        state: the directory for its stacks.
        kubeconfig: the kubeconfig of the cluster; None for no cluster.
    """
    return {
        **os.environ,
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_CI_DETECTION": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "KUBECONFIG": str(kubeconfig or state / "no-cluster"),
    }


def make_project(folder: Path, program: str | Path, *, stack: str = "dev", kubeconfig: Path | None = None) -> Project:
    """A project with its own stack.

    Args:
        folder: the directory for the project and its state.
        program: the text of the program, or the directory of a project, which is copied.
        stack: the stack's name.
        kubeconfig: the kubeconfig of the cluster; None for no cluster.

    Raises:
        RuntimeError: the stack cannot be created; the message has the reason.
    """
    home, state = folder / "project", folder / "state"
    state.mkdir(parents=True)
    description: dict[str, Any] = {"name": "test"}
    if isinstance(program, Path):
        _copy(program, home)
        description = yaml.safe_load((home / "Pulumi.yaml").read_text(encoding="utf-8"))
    else:
        home.mkdir()
        (home / "__main__.py").write_text(program, encoding="utf-8")
    # The interpreter of the tests has all packages that the program needs.
    description["runtime"] = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
    (home / "Pulumi.yaml").write_text(yaml.safe_dump(description), encoding="utf-8")
    project = Project(home, engine_environment(state, kubeconfig))
    made = project.pulumi("stack", "init", stack)
    if made.status != 0:
        raise RuntimeError(f"pulumi stack init {stack}: {made.output}")
    return project


def _copy(source: Path, target: Path) -> None:
    """Copy a project; for the reference stack, only the files that belong to it."""
    ignored = shutil.ignore_patterns("__pycache__")
    if source == ROOT:
        shutil.copytree(source / "stacks", target / "stacks", ignore=ignored)
        shutil.copy(source / "Pulumi.yaml", target)
    else:
        shutil.copytree(source, target, ignore=ignored)
