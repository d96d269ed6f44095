"""Quantities are read exactly, and only those that the API server accepts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.codec.quantity import parse_quantity, read_quantity
from pulumi_probes.model.errors import MalformedValue, UnknownValue
from pulumi_probes.model.node import Node
from pulumi_probes.model.values import UNKNOWN


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", Fraction(2)),
        ("2000m", Fraction(2)),
        ("2.0", Fraction(2)),
        (2, Fraction(2)),
        (2.5, Fraction(5, 2)),
        (1e-9, Fraction(1, 10**9)),
        ("+.5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("-1", Fraction(-1)),
        ("0.1", Fraction(1, 10)),
        ("1n", Fraction(1, 10**9)),
        ("1u", Fraction(1, 10**6)),
        ("1k", Fraction(1000)),
        ("128Mi", Fraction(128 * 2**20)),
        ("1Gi", Fraction(2**30)),
        ("1G", Fraction(10**9)),
        ("1e3", Fraction(1000)),
        ("1E3", Fraction(1000)),
        ("1E", Fraction(10**18)),
        ("12e-1", Fraction(6, 5)),
        ("1Ei", Fraction(2**60)),
    ],
)
def test_a_quantity_is_a_number(text: Any, number: Fraction) -> None:
    """Decimal and binary suffixes, exponents, and plain JSON numbers."""
    assert number == parse_quantity(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", " 1", "1 ", "1 Gi", "1Kb", "1K", "Mi", "1e", "1e3Mi", "1,5", "0x10", "\u0661", "nan", "inf"),
        *("1" * 65, "1e9999", True, None, [], float("nan"), float("inf"), 10**70),
    ],
    ids=repr,
)
def test_anything_else_is_none(text: Any) -> None:
    """The message does not contain the value."""
    with pytest.raises(ValueError, match=r"^must be a quantity") as raised:
        parse_quantity(text)
    assert len(str(raised.value)) < 70


@given(number=st.integers(-(10**15), 10**15), suffix=st.sampled_from(["", "m", "k", "Ki", "Mi", "G"]))
def test_suffixes_only_scale(number: int, suffix: str) -> None:
    """A number with a suffix is the number times the suffix."""
    assert parse_quantity(f"{number}{suffix}") == number * parse_quantity(f"1{suffix}")


def test_a_field_may_be_absent_unknown_or_malformed() -> None:
    """Like any other field."""
    node = Node({"cpu": "1500m", "memory": UNKNOWN, "disk": "much", "gone": None})
    assert Fraction(3, 2) == read_quantity(node, "cpu")
    assert None is read_quantity(node, "gone")
    assert None is read_quantity(node, "absent")
    with pytest.raises(UnknownValue):
        read_quantity(node, "memory")
    with pytest.raises(MalformedValue) as raised:
        read_quantity(node, "disk")
    assert "disk: must be a quantity such as 2, 500m or 128Mi" == str(raised.value)
