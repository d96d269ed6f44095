"""Pulumi's engine, installed or built from its Go module: projects whose state is in their directory."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import yaml

from harness.pulumi_build import HOST, build_pulumi, pulumi_folder
from harness.toolchain import UnobtainableError

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

    def analyze(self, state: Mapping[str, Any], *arguments: str, config: Mapping[str, Any] | None = None) -> Outcome:
        """Audit an exported state with this project's pack; needs no provider."""
        exported = self.folder / "state.json"
        exported.write_text(json.dumps(state), encoding="utf-8")
        if config is not None:
            file = self.folder / "policy-config.json"
            file.write_text(json.dumps(config), encoding="utf-8")
            arguments = (*arguments, "--policy-pack-config", str(file))
        return self.pulumi("policy", "analyze", "--policy-pack", str(PACK), "--file", str(exported), *arguments)

    def up(self, *arguments: str) -> Outcome:
        """Preview and update with this project's pack."""
        return self.pulumi("up", "--yes", "--policy-pack", str(PACK), *arguments)


def missing_command() -> str | None:
    """The reason why the engine cannot run without providers; None if it can.

    An installed engine is preferred. Otherwise, it is built if PULUMI_PROBES_INSTALL=1; this takes minutes.
    """
    if is_installed() or pulumi_folder().exists():
        return None
    if os.environ.get("PULUMI_PROBES_INSTALL") != "1":
        remedy = "run scripts/engine --install, or set PULUMI_PROBES_INSTALL=1"
        return f"pulumi is neither on PATH nor built ({remedy})"
    try:
        build_pulumi(lambda line: sys.stderr.write(f"{line}\n"))
    except UnobtainableError as failure:
        return f"no engine here: {failure}"
    return None


def missing_engine() -> str | None:
    """The reason why the engine cannot run with the Kubernetes provider; None if it can."""
    if not is_installed():
        return "no pulumi command with its Kubernetes provider is on PATH"
    listed = subprocess.run(["pulumi", "plugin", "ls", "--json"], capture_output=True, text=True, check=False).stdout
    wanted = version("pulumi-kubernetes")
    if any((item["name"], item.get("version")) == ("kubernetes", wanted) for item in json.loads(listed or "[]")):
        return None
    return f"needs the pulumi plugin kubernetes {wanted}: pulumi plugin install resource kubernetes {wanted}"


def is_installed() -> bool:
    """Whether the pulumi command is on PATH, with its own language hosts."""
    return shutil.which("pulumi") is not None


def engine_version() -> str:
    """The version of the pulumi command, such as 3.260.0.

    Raises:
        FileNotFoundError: the command is neither installed nor built.
    """
    command = "pulumi" if is_installed() else str(pulumi_folder() / "pulumi")
    return subprocess.check_output([command, "version"], text=True).strip().removeprefix("v")


def engine_description() -> str:
    """One line about the engine that the tests use, and what stands in for parts of it."""
    if is_installed():
        return f"pulumi {engine_version()} from PATH"
    return f"pulumi {engine_version()}, built from its Go module; a program of the tests stands in for {HOST}"


def engine_environment(state: Path, kubeconfig: Path | None = None) -> dict[str, str]:
    """The environment in which the pulumi command needs no account and no network.

    Args:
        state: the directory for its stacks, and for its settings if it is not installed.
        kubeconfig: the kubeconfig of the cluster; None for no cluster.
    """
    path = os.environ.get("PATH", os.defpath)
    built = {"PATH": f"{pulumi_folder()}{os.pathsep}{path}", "PULUMI_HOME": str(state / "home")}
    return {
        **os.environ,
        **({} if is_installed() else built),
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


def exported_state(manifests: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The state of a stack with these objects, as `pulumi stack export` writes it."""
    stack = "pulumi:pulumi:Stack"
    resources: list[dict[str, Any]] = [{"urn": f"urn:pulumi:dev::test::{stack}::test-dev", "type": stack}]
    for manifest in manifests:
        group_version = manifest["apiVersion"] if "/" in manifest["apiVersion"] else f"core/{manifest['apiVersion']}"
        kind, name = f"kubernetes:{group_version}:{manifest['kind']}", manifest["metadata"]["name"]
        urn = f"urn:pulumi:dev::test::{kind}::{name}"
        resources.append(
            {"urn": urn, "custom": True, "id": name, "type": kind, "inputs": manifest, "outputs": manifest}
        )
    made = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}
    return {"version": 3, "deployment": {"manifest": made, "resources": resources}}


def _copy(source: Path, target: Path) -> None:
    """Copy a project; for the reference stack, only the files that belong to it."""
    ignored = shutil.ignore_patterns("__pycache__")
    if source == ROOT:
        shutil.copytree(source / "stacks", target / "stacks", ignore=ignored)
        shutil.copy(source / "Pulumi.yaml", target)
    else:
        shutil.copytree(source, target, ignore=ignored)
