"""Assertions have one order: the expected value, then the actual one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


def comparisons(assertion: ast.expr) -> Iterator[ast.Compare]:
    """The comparisons that must hold for an assertion to hold."""
    if isinstance(assertion, ast.BoolOp) and isinstance(assertion.op, ast.And):
        for part in assertion.values:
            yield from comparisons(part)
    elif isinstance(assertion, ast.Compare):
        yield assertion


def is_literal(expression: ast.expr) -> bool:
    """Whether it is a literal, which can only be the expected value."""
    try:
        ast.literal_eval(expression)
    except (ValueError, TypeError):
        return False
    return True


def reversed_assertions(source: str) -> list[int]:
    """The lines of assertions with a literal on the right side."""
    return [
        comparison.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assert)
        for comparison in comparisons(node.test)
        if isinstance(comparison.ops[0], ast.Eq)
        and is_literal(comparison.comparators[0])
        and not is_literal(comparison.left)
    ]


def test_what_is_expected_comes_first() -> None:
    """If one side is a literal, it is the left one: `assert 3 == len(lines)`."""
    found = [
        f"{file.relative_to(TESTS)}:{line}"
        for file in sorted(TESTS.rglob("*.py"))
        for line in reversed_assertions(file.read_text(encoding="utf-8"))
    ]
    assert [] == found


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("assert 3 == len(x)", []),
        ("assert len(x) == 3", [1]),
        ("assert x and len(x) == -3", [1]),
        ("assert f(x) == [{'a': (1, None)}]", [1]),
        ("assert f(x) == [y]", []),
        ("assert 3 < x == 3", []),
        ("assert all(len(y) == 3 for y in x)", []),
        ("assert x == y\nassert x == 'y'", [2]),
    ],
)
def test_a_reversed_assertion_is_found(source: str, lines: list[int]) -> None:
    """Conditions inside an expression are not assertions, and other values may be on either side."""
    assert lines == reversed_assertions(source)
