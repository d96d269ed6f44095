"""The reference stack and the components with Pulumi's engine; skipped if it is neither installed nor built."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness.engine import ROOT, Project, engine_environment, make_project, missing_command, missing_engine

STACKS = ("dev", "production", "edge")
SITE_PACKAGES = next(path for path in sys.path if path.endswith("site-packages"))


@pytest.fixture(scope="module")
def provider() -> None:
    """The engine works with the Kubernetes provider."""
    if (reason := missing_engine()) is not None:
        pytest.skip(reason)


@pytest.fixture(scope="module", autouse=True)
def _command() -> None:
    if (reason := missing_command()) is not None:
        pytest.skip(reason)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """No account, no cluster, no downloads."""
    return engine_environment(tmp_path_factory.mktemp("engine"))


def pulumi(folder: Path, environment: Mapping[str, str], *arguments: str) -> str:
    """Run a command that must succeed; returns its output."""
    outcome = Project(folder, environment).pulumi(*arguments)
    assert 0 == outcome.status, outcome.output
    return outcome.output


def manifests(folder: Path) -> dict[tuple[str, str], Any]:
    """The objects in a directory by kind and name."""
    contents = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(folder.rglob("*.yaml"))]
    return {(content["kind"], content["metadata"]["name"]): content for content in contents}


def project(folder: Path, program: str, packages: str = "") -> Path:
    """A project with its own program."""
    (folder / "Pulumi.yaml").write_text(
        f"name: shop\nruntime: {{name: python, options: {{toolchain: pip, virtualenv: {sys.prefix}}}}}\n{packages}",
        encoding="utf-8",
    )
    (folder / "__main__.py").write_text(program, encoding="utf-8")
    return folder


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize("stack", STACKS)
def test_up_writes_what_preview_writes(tmp_path: Path, stack: str) -> None:
    """With manifests rendered to a directory, `pulumi up` and `probes preview --out` agree on every object."""
    copy = make_project(tmp_path / "engine", ROOT, stack=stack)
    pulumi(copy.folder, copy.environment, "up", "--yes", "--stack", stack, "--config", f"renderTo={tmp_path / 'up'}")
    probes = Path(sys.executable).with_name("probes")
    command = [str(probes), "preview", str(ROOT), "--stack", stack, "--out", str(tmp_path / "preview")]
    subprocess.run(command, capture_output=True, check=True)
    assert manifests(tmp_path / "up") == manifests(tmp_path / "preview")
    assert len(manifests(tmp_path / "up")) >= 9


@pytest.mark.usefixtures("provider")
def test_a_renamed_component_replaces_nothing(tmp_path: Path, environment: Mapping[str, str]) -> None:
    """An alias of the component also applies to its children."""
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


def test_invalid_arguments_show_no_traceback(tmp_path: Path, environment: Mapping[str, str]) -> None:
    """All problems are shown at once, without internal frames."""
    program = 'from pulumi_probes import WebService\nWebService("web", {"image": "web:1", "port": 0, "prt": 1})\n'
    folder = project(tmp_path, program)
    pulumi(folder, environment, "stack", "init", "mistake")
    outcome = Project(folder, environment).pulumi("preview", "--stack", "mistake")
    assert outcome.status != 0
    assert 'WebService "web" has 2 problems:' in outcome.output
    assert "port: must be from 1 to 65535, not 0." in outcome.output
    assert "prt: is not an argument." in outcome.output
    assert "Traceback" not in outcome.output


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory `components/`, with an environment that needs no downloads."""
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


@pytest.mark.usefixtures("provider")  # the schema refers to that of the provider
def test_other_languages_get_the_schema(tmp_path: Path, environment: Mapping[str, str], plugin: Path) -> None:
    """`pulumi package get-schema ./components` finds every component."""
    command = ["pulumi", "package", "get-schema", str(plugin), "--non-interactive"]
    finished = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    if "No matching distribution" in finished.stderr:
        pytest.skip("needs an index from which pulumi can install wheel for a plugin")
    assert 0 == finished.returncode, finished.stderr
    schema = json.loads(finished.stdout)
    names = {name.rpartition(":")[2] for name in schema["resources"]}
    assert {"WebService", "GrpcService", "SlowStartService", "TelcoService"} == names
