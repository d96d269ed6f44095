"""Integer arithmetic that rounds up."""

from __future__ import annotations


def ceil_div(dividend: int, divisor: int) -> int:
    """The quotient rounded up, exact for integers of any size: ``ceil_div(7, 2)`` is 4, ``ceil_div(-7, 2)`` is -3."""
    return -(-dividend // divisor)


def round_up(number: int, step: int) -> int:
    """The smallest multiple of `step` that is not less than `number`: ``round_up(61, 60)`` is 120."""
    return ceil_div(number, step) * step
