"""What decides something is written in one place: a fact that exists twice will differ once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (ROOT / "components" / "pulumi_probes", ROOT / "policies" / "pulumi_probes_policies")


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of both packages, by its path."""
    return {
        str(path.relative_to(package.parent)): ast.parse(path.read_text(encoding="utf-8"))
        for package in PACKAGES
        for path in sorted(package.rglob("*.py"))
    }


def texts(module: ast.Module) -> Iterator[str]:
    """The texts that a module's code holds as a whole; documentation and parts of longer texts do not count."""
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("pulumi-probes/ignore", "pulumi_probes/model/annotations.py"),
        ("pulumi-probes/starts-within", "pulumi_probes/model/annotations.py"),
        ("kubectl.kubernetes.io/default-container", "pulumi_probes/model/annotations.py"),
        ("pulumi.com/skipAwait", "pulumi_probes/model/annotations.py"),
        ("pulumi.com/timeoutSeconds", "pulumi_probes/model/annotations.py"),
    ],
)
def test_a_name_is_written_once(text: str, place: str) -> None:
    """Whoever needs it imports it."""
    assert [place] == [path for path, module in modules().items() if text in texts(module)]


def test_one_clock_decides_about_waivers() -> None:
    """Nobody else asks which day it is."""
    clocks = {"now", "utcnow", "today", "fromtimestamp", "localtime"}
    asking = {
        path
        for path, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in clocks
    }
    assert {"pulumi_probes/model/waiver.py"} == asking
