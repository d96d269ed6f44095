"""Counts and lists of things in sentences."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: float, noun: str) -> str:
    """A number with its noun: ``1 pod``, ``2 pods``, ``0.5 CPUs``, ``2 pieces of advice``."""
    if noun == "advice":
        return f"{counted(number, 'piece')} of advice"
    written = str(number) if isinstance(number, int) else f"{number:g}"
    return f"{written} {noun}" if number == 1 else f"{written} {noun}s"


def enumerated(clauses: Sequence[str]) -> str:
    """A list as a part of a sentence: ``a``, ``a and b``, ``a, b and c``."""
    *others, last = clauses
    return f"{', '.join(others)} and {last}" if others else last
