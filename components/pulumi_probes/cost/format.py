"""Costs as text."""

from __future__ import annotations

from typing import Final

_WHOLE_FROM: Final = 10.0
_TENTHS_FROM: Final = 0.095
_SMALLEST: Final = 0.005


def format_cpu(thousandths: float) -> str:
    """Thousandths of a CPU in Kubernetes notation, with two significant digits: ``18m``, ``1.2m``, ``0.04m``."""
    return f"{_rounded(thousandths)}m"


def format_milliseconds(milliseconds: float) -> str:
    """Milliseconds with two significant digits: ``18 ms``, ``0.3 ms``."""
    return f"{_rounded(milliseconds)} ms"


def _rounded(number: float) -> str:
    if number >= _WHOLE_FROM - 0.05:
        return str(round(number))
    if number >= _TENTHS_FROM:
        return f"{number:.1f}".removesuffix(".0")
    return f"{number:.2f}" if number >= _SMALLEST else "0"
