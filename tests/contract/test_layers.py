"""The import contracts are complete; `lint-imports` in `scripts/check` checks that they hold."""

from __future__ import annotations

import ast
import re
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import grimp
import pytest
from grimp import ImportGraph
from importlinter.api import read_configuration

ROOT = Path(__file__).parents[2]
OUTSIDE_THE_LAYERS = {"pulumi_probes": "the public names, which are imported on demand"}


@pytest.fixture(scope="module")
def contracts() -> list[dict[str, Any]]:
    """The contracts of pyproject.toml."""
    options: list[dict[str, Any]] = read_configuration(str(ROOT / "pyproject.toml"))["contracts_options"]
    return options


@pytest.fixture(scope="module")
def graph() -> ImportGraph:
    """The imports of each module, including those in functions and for type checkers."""
    return grimp.build_graph("pulumi_probes", "pulumi_probes_policies", cache_dir=None)


def circle(graph: ImportGraph) -> list[str]:
    """Modules that form an import cycle; empty if there is none."""
    try:
        TopologicalSorter({name: graph.find_modules_directly_imported_by(name) for name in graph.modules}).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_no_file_imports_itself_through_others(graph: ImportGraph) -> None:
    """Not even between a package's own module and its submodules, which the contract does not check."""
    assert [] == circle(graph)


def test_a_circle_for_type_checkers_is_a_circle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import below `if TYPE_CHECKING` counts, and so does one inside a function."""
    package = tmp_path / "ring"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "stone.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ring.gold import x\n", encoding="utf-8"
    )
    (package / "gold.py").write_text("def f():\n    from ring import stone\n    return stone\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert {"ring.stone", "ring.gold"} == set(circle(grimp.build_graph("ring", cache_dir=None)))


def test_no_rule_imports_another(graph: ImportGraph) -> None:
    """Shared code is in private modules, so that a rule can be read, changed and removed on its own."""
    rules = {name for name in graph.modules if re.fullmatch(r"pulumi_probes\.rules\.prb\d\d\d_\w+", name)}
    assert rules
    imported = {name: graph.find_modules_directly_imported_by(name) & rules for name in rules}
    assert {} == {name: others for name, others in imported.items() if others}


def test_the_drawing_of_the_layers_is_true(contracts: list[dict[str, Any]]) -> None:
    """`CONTRIBUTING.md` shows the layers of the contract, line by line, without private packages."""
    top, _ = drawings()
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    named = [[name.split(".")[-1] for name in re.findall(r"[\w.]+", layer)] for layer in layers]
    expected = [sorted(name for name in layer if not name.startswith("_")) for layer in named]
    assert [sorted(line.split()) for line in top] == expected


def test_the_drawing_of_the_packages_is_true(contracts: list[dict[str, Any]]) -> None:
    """Each package in the second drawing has a contract, with the same order."""
    _, rooms = drawings()
    layers = {
        container.split(".")[-1]: contract["layers"]
        for contract in contracts
        for container in contract.get("containers", ())
    }
    assert {line.split()[0] for line in rooms} == set(layers)
    for line in rooms:
        room, _, way = line.partition(" ")
        names = way.strip().split(" > ")
        depths = [
            next((depth for depth, layer in enumerate(layers[room]) if name in layer.split(" | ")), -1)
            for name in names
        ]
        assert -1 not in depths, line
        assert sorted(set(depths)) == depths, line


def drawings() -> list[list[str]]:
    """The lines of the two drawings in CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return [block.splitlines() for block in re.findall(r"^```\n(.*?)\n```$", text, flags=re.MULTILINE | re.DOTALL)]


def test_every_package_has_a_layer(contracts: list[dict[str, Any]]) -> None:
    """A new top-level package or module must be added to a layer."""
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    named = {name for layer in layers for name in re.findall(r"[\w.]+", layer)}
    packages = {
        f"pulumi_probes.{path.stem}"
        for path in (ROOT / "components" / "pulumi_probes").iterdir()
        if path.stem != "__init__" and (path.suffix == ".py" or (path / "__init__.py").is_file())
    }
    assert packages
    assert set() == packages - named, "not in [tool.importlinter] layers"


def test_the_model_may_import_no_package_that_the_project_uses(contracts: list[dict[str, Any]]) -> None:
    """The contract forbids all packages that are imported anywhere, except the one that makes classes of values."""
    graph = grimp.build_graph("pulumi_probes", include_external_packages=True, cache_dir=None)
    used = {module for module in graph.modules if graph.is_module_squashed(module)}
    third_party = {module.partition(".")[0] for module in used} - sys.stdlib_module_names
    forbidden = next(
        contract["forbidden_modules"]
        for contract in contracts
        if contract.get("source_modules") == ["pulumi_probes.model"]
    )
    assert {"msgspec"} == third_party - set(forbidden)


def test_every_contract_is_named_by_a_sentence(contracts: list[dict[str, Any]]) -> None:
    """The output for a broken contract is a sentence."""
    assert contracts
    for contract in contracts:
        assert re.fullmatch(r"[A-Z].* .*[^.]", contract["name"]), contract["name"]


def test_one_place_runs_the_policy_pack() -> None:
    """A pack serves until it is stopped, so no importable module may run one."""
    builders = {
        str(path.relative_to(ROOT))
        for folder in ("components", "policies", "stacks", "scripts")
        for path in (ROOT / folder).rglob("*.py")
        if {"PolicyPack", "run_policy_pack"} & called_names(path)
    }
    assert set() == builders - {"policies/__main__.py"}


def called_names(path: Path) -> set[str]:
    """The names of all functions and classes that a module calls."""
    calls = (node.func for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call))
    return {getattr(function, "attr", getattr(function, "id", "")) for function in calls}
