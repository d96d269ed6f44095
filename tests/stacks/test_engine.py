"""The reference stack and the components with Pulumi's own engine; skipped where there is none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
STACKS = ("dev", "production", "edge")
SITE_PACKAGES = next(path for path in sys.path if path.endswith("site-packages"))


@cache
def missing() -> str | None:
    """What keeps these tests from running."""
    if shutil.which("pulumi") is None:
        return "the pulumi command is not on PATH"
    listed = subprocess.run(["pulumi", "plugin", "ls", "--json"], capture_output=True, text=True, check=False).stdout
    plugins = json.loads(listed or "[]")
    wanted = version("pulumi-kubernetes")
    if any((plugin["name"], plugin.get("version")) == ("kubernetes", wanted) for plugin in plugins):
        return None
    return f"needs the pulumi plugin kubernetes {wanted}: pulumi plugin install resource kubernetes {wanted}"


@pytest.fixture(scope="module", autouse=True)
def _engine() -> None:
    if (reason := missing()) is not None:
        pytest.skip(reason)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """No account, no cluster, no downloads."""
    folder = tmp_path_factory.mktemp("engine")
    return {
        **os.environ,
        "PULUMI_BACKEND_URL": f"file://{folder}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "KUBECONFIG": str(folder / "none"),
    }


def pulumi(folder: Path, environment: Mapping[str, str], *arguments: str) -> str:
    """Run a command that must succeed; returns what it prints."""
    command = ["pulumi", *arguments, "--non-interactive", "--color=never"]
    finished = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def manifests(folder: Path) -> dict[tuple[str, str], Any]:
    """The objects in a folder by kind and name."""
    contents = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(folder.rglob("*.yaml"))]
    return {(content["kind"], content["metadata"]["name"]): content for content in contents}


def project(folder: Path, program: str, packages: str = "") -> Path:
    """A project with a program of its own."""
    (folder / "Pulumi.yaml").write_text(
        f"name: shop\nruntime: {{name: python, options: {{toolchain: pip, virtualenv: {sys.prefix}}}}}\n{packages}",
        encoding="utf-8",
    )
    (folder / "__main__.py").write_text(program, encoding="utf-8")
    return folder


@pytest.mark.parametrize("stack", STACKS)
def test_up_writes_what_preview_writes(tmp_path: Path, environment: Mapping[str, str], stack: str) -> None:
    """With manifests rendered to a folder, `pulumi up` and `probes preview --out` agree on every object."""
    copy = tmp_path / "project"
    copy.mkdir()
    shutil.copytree(ROOT / "stacks", copy / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    settings = (ROOT / "Pulumi.yaml").read_text(encoding="utf-8")
    (copy / "Pulumi.yaml").write_text(
        settings.replace("virtualenv: .venv", f"virtualenv: {sys.prefix}"), encoding="utf-8"
    )
    pulumi(copy, environment, "stack", "init", stack)
    pulumi(copy, environment, "up", "--yes", "--stack", stack, "--config", f"renderTo={tmp_path / 'up'}")
    probes = Path(sys.executable).with_name("probes")
    command = [str(probes), "preview", str(ROOT), "--stack", stack, "--out", str(tmp_path / "preview")]
    subprocess.run(command, capture_output=True, check=True)
    assert manifests(tmp_path / "up") == manifests(tmp_path / "preview")
    assert len(manifests(tmp_path / "up")) >= 9


def test_a_renamed_component_replaces_nothing(tmp_path: Path, environment: Mapping[str, str]) -> None:
    """An alias of the component holds for its children, too."""
    program = """
import pulumi, pulumi_kubernetes
from pulumi_probes import WebService
provider = pulumi_kubernetes.Provider("render", render_yaml_to_directory="out")
options = pulumi.ResourceOptions(provider=provider{alias})
WebService("{name}", {{"image": "web:1", "port": 8080, "name": "web"}}, options)
"""
    folder = project(tmp_path, program.format(name="old", alias=""))
    pulumi(folder, environment, "stack", "init", "alias")
    pulumi(folder, environment, "up", "--yes", "--stack", "alias")
    project(folder, program.format(name="new", alias=', aliases=[pulumi.Alias(name="old")]'))
    summary = pulumi(folder, environment, "preview", "--stack", "alias")
    assert "6 unchanged" in summary, summary


def test_a_users_mistake_shows_no_traceback(tmp_path: Path, environment: Mapping[str, str]) -> None:
    """All problems at once, and the way into none of our files."""
    program = 'from pulumi_probes import WebService\nWebService("web", {"image": "web:1", "port": 0, "prt": 1})\n'
    folder = project(tmp_path, program)
    pulumi(folder, environment, "stack", "init", "mistake")
    command = ["pulumi", "preview", "--stack", "mistake", "--non-interactive", "--color=never"]
    finished = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode != 0
    assert 'WebService "web" has 2 problems:' in finished.stdout
    assert "port: must be from 1 to 65535, not 0." in finished.stdout
    assert "prt: is no argument." in finished.stdout
    assert "Traceback" not in finished.stdout + finished.stderr


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `components/`, with an environment that needs no downloads."""
    folder = tmp_path_factory.mktemp("plugin")
    copy = folder / "components"
    shutil.copytree(
        ROOT / "components", copy, ignore=shutil.ignore_patterns("__pycache__", "requirements.txt", ".venv")
    )
    environment = folder / "environment"
    venv.create(environment, with_pip=False, symlinks=True)
    (next(environment.glob("lib/python*/site-packages")) / "shared.pth").write_text(
        f"{SITE_PACKAGES}\n{ROOT / 'components'}\n", encoding="utf-8"
    )
    settings = copy / "PulumiPlugin.yaml"
    text = settings.read_text(encoding="utf-8").replace("virtualenv: .venv", f"virtualenv: {environment}")
    settings.write_text(text, encoding="utf-8")
    return copy


def test_other_languages_get_the_schema(tmp_path: Path, environment: Mapping[str, str], plugin: Path) -> None:
    """`pulumi package get-schema ./components` finds every component."""
    command = ["pulumi", "package", "get-schema", str(plugin), "--non-interactive"]
    finished = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    if "No matching distribution" in finished.stderr:
        pytest.skip("needs an index from which pulumi can install wheel for a plugin")
    assert finished.returncode == 0, finished.stderr
    schema = json.loads(finished.stdout)
    names = {name.rpartition(":")[2] for name in schema["resources"]}
    assert {"WebService", "GrpcService", "SlowStartService", "TelcoService"} == names
