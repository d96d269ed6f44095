"""The public names of `pulumi_probes`, and the cost of importing it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import pulumi_probes

INIT = Path(pulumi_probes.__file__)
PROBE = "import sys; {program}; print(sorted(name for name in sys.modules if name in ('pulumi', 'pulumi_kubernetes')))"


def imported_names() -> set[str]:
    """The names for type checkers: those imported under TYPE_CHECKING."""
    block = next(node for node in ast.parse(INIT.read_text(encoding="utf-8")).body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.asname or alias.name for node in imports for alias in node.names}


def test_the_public_names_are_as_they_were(golden: Callable[[str, str], None]) -> None:
    """Removing a name breaks programs."""
    golden("public_api.txt", "\n".join(pulumi_probes.__all__) + "\n")


def test_all_is_sorted_and_complete() -> None:
    """`__all__`, the names for type checkers and the available names are the same."""
    assert sorted(pulumi_probes.__all__) == pulumi_probes.__all__
    assert set(pulumi_probes.__all__) == imported_names()


@pytest.mark.parametrize("name", pulumi_probes.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    """Each of them has a docstring."""
    assert getattr(pulumi_probes, name).__doc__ or name in ("Manifests", "Transform")
    assert name in dir(pulumi_probes)


def test_other_names_are_an_error() -> None:
    """As in any module."""
    with pytest.raises(AttributeError, match="module 'pulumi_probes' has no attribute 'WebServise'"):
        _ = pulumi_probes.WebServise  # type: ignore[attr-defined] # the point of the test


@pytest.mark.parametrize(
    ("program", "loaded"),
    [
        ("import pulumi_probes", "[]"),
        ("import pulumi_probes.rules", "[]"),
        ("from pulumi_probes import presets, Probe, HealthContract, UnsatisfiableIntent", "[]"),
        ("from pulumi_probes import WebService", "['pulumi', 'pulumi_kubernetes']"),
    ],
)
def test_nothing_is_loaded_before_it_is_needed(program: str, loaded: str) -> None:
    """pulumi_kubernetes takes 64 MB and is only needed for components."""
    command = [sys.executable, "-c", PROBE.format(program=program)]
    assert loaded == subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
