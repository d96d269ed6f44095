"""The schema for other languages is public and only changes on purpose."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from pulumi_probes.components.host import COMPONENTS, ProbesProvider

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The output of `pulumi package get-schema ./components`."""
    with warnings.catch_warnings():
        # The SDK leaves the plugin descriptions of packages open.
        warnings.simplefilter("ignore", ResourceWarning)
        content: dict[str, Any] = json.loads(ProbesProvider().schema or "")
    return content


def test_the_schema_is_as_it_was(schema: dict[str, Any], golden: Callable[[str, str], None]) -> None:
    """Arguments, types and outputs, without versions, which depend on what is installed."""
    text = json.dumps(schema, indent=2, sort_keys=True) + "\n"
    text = text.replace(f"/kubernetes/v{version('pulumi-kubernetes')}/", "/kubernetes/vX/")
    text = text.replace(f'"version": "{version("pulumi-kubernetes")}"', '"version": "X"')
    golden("schema.json", text.replace(f'"version": "{version("pulumi-probes")}"', '"version": "X"'))


def test_every_component_is_served(schema: dict[str, Any]) -> None:
    """Type tokens are part of every URN."""
    assert {f"pulumi-probes:index:{component.__name__}" for component in COMPONENTS} == set(schema["resources"])


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.__name__)
def test_required_arguments_are_required_in_the_schema(schema: dict[str, Any], component: type) -> None:
    """Arguments with a default are optional, all others are required."""
    expected = {
        "WebService": ["image", "port"],
        "GrpcService": ["image", "port"],
        "SlowStartService": ["image", "port", "startsWithin"],
        "TelcoService": ["cpus", "image", "memory", "port"],
    }
    resource = schema["resources"][f"pulumi-probes:index:{component.__name__}"]
    assert expected[component.__name__] == resource["requiredInputs"]


def test_the_plugin_installs_what_the_project_asks_for() -> None:
    """A directory that is fetched alone has its own list of dependencies, which must match."""
    lines = (ROOT / "components" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if not line.startswith("#")]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert wanted
    assert [] == [line for line in wanted if f'"{line}"' not in project]


def test_the_plugin_file_names_its_tools() -> None:
    """Otherwise, a lock file in a parent directory would select the tools."""
    content = yaml.safe_load((ROOT / "components" / "PulumiPlugin.yaml").read_text(encoding="utf-8"))
    assert {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}} == content["runtime"]
