"""Numbers that are written as text."""

from __future__ import annotations

import pytest

from pulumi_probes.model.written_number import percentage, whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("8080", 8080), ("0080", 80), ("9" * 9, 10**9 - 1)])
def test_digits_are_a_number(text: str, number: int) -> None:
    """Leading zeros are allowed, as in the kubelet."""
    assert number == whole_number(text)
    assert number == percentage(f"{text}%")


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.5", " 1", "1\n", "1s", "²", "٣", "9" * 10, "9" * 5000])
def test_anything_else_is_none(text: str) -> None:
    """Neither signs nor other digits, nor more digits than the API has numbers for."""
    assert whole_number(text) is None
    assert percentage(f"{text}%") is None


def test_a_percentage_ends_with_its_sign() -> None:
    """Once."""
    assert percentage("25") is None
    assert percentage("25%%") is None
    assert percentage("25%\n") is None
