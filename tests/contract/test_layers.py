"""The import contracts leave nothing out. That they hold is checked by `lint-imports` in `scripts/check`."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter.api import read_configuration

ROOT = Path(__file__).parents[2]
OUTSIDE_THE_LAYERS = {"pulumi_probes": "the public names, which are imported on demand"}


@pytest.fixture(scope="module")
def contracts() -> list[dict[str, Any]]:
    """The contracts of pyproject.toml."""
    options: list[dict[str, Any]] = read_configuration(str(ROOT / "pyproject.toml"))["contracts_options"]
    return options


def test_every_package_has_a_layer(contracts: list[dict[str, Any]]) -> None:
    """A new package or module at the top has to say which layer it belongs to."""
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    named = {name for layer in layers for name in re.findall(r"[\w.]+", layer)}
    packages = {
        f"pulumi_probes.{path.stem}"
        for path in (ROOT / "components" / "pulumi_probes").iterdir()
        if path.stem != "__init__" and (path.suffix == ".py" or (path / "__init__.py").is_file())
    }
    assert packages
    assert packages - named == set(), "not in [tool.importlinter] layers"


def test_the_model_may_import_no_package_that_the_project_uses(contracts: list[dict[str, Any]]) -> None:
    """The contract names what the model must not know; the list is complete for what is imported anywhere here."""
    graph = grimp.build_graph("pulumi_probes", include_external_packages=True, cache_dir=None)
    used = {module for module in graph.modules if graph.is_module_squashed(module)}
    third_party = {module.partition(".")[0] for module in used} - sys.stdlib_module_names
    forbidden = next(
        contract["forbidden_modules"]
        for contract in contracts
        if contract.get("source_modules") == ["pulumi_probes.model"]
    )
    assert third_party - set(forbidden) == set()


def test_every_contract_is_named_by_a_sentence(contracts: list[dict[str, Any]]) -> None:
    """A broken contract reads as English."""
    assert contracts
    for contract in contracts:
        assert re.fullmatch(r"[A-Z].* .*[^.]", contract["name"]), contract["name"]


def test_one_place_runs_the_policy_pack() -> None:
    """A pack serves until it is killed, so nothing that can be imported may run one."""
    builders = {
        str(path.relative_to(ROOT))
        for folder in ("components", "policies", "stacks", "scripts")
        for path in (ROOT / folder).rglob("*.py")
        if {"PolicyPack", "run_policy_pack"} & called_names(path)
    }
    assert builders - {"policies/__main__.py"} == set()


def called_names(path: Path) -> set[str]:
    """The names of all functions and classes that a file calls."""
    calls = (node.func for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call))
    return {getattr(function, "attr", getattr(function, "id", "")) for function in calls}
