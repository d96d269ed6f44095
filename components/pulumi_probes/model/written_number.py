"""Reads numbers that are written as text."""

from __future__ import annotations

from typing import Final

_MOST_DIGITS: Final = 9
"""More than any port, percentage or time needs, and always a 32-bit number; int() of very long text raises an error."""


def whole_number(text: str) -> int | None:
    """The number that a text of ASCII digits stands for: 25 for ``25`` and ``025``, None for ``+25`` and ``25s``."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def percentage(text: str) -> int | None:
    """The number before a percent sign: 25 for ``25%``, None for ``25`` and ``2.5%``."""
    return whole_number(text[:-1]) if text.endswith("%") else None
