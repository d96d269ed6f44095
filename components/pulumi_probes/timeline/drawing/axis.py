"""The time axis of a diagram: ticks at round intervals, all labelled in one unit."""

from __future__ import annotations

from typing import Final

_TICKS: Final = (
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    1_800_000,
    3_600_000,
    7_200_000,
    14_400_000,
    43_200_000,
    86_400_000,
    604_800_000,
    2_592_000_000,
)

_UNITS: Final = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"))


def tick_step(ends_at: int, most: int) -> int:
    """The interval of the ticks in milliseconds, so that at most `most` of them follow the first one."""
    return next((step for step in _TICKS if ends_at // step <= most), _TICKS[-1])


def format_tick(moment: int, step: int) -> str:
    """The label of a tick, in the largest unit in which all ticks are whole numbers."""
    size, unit = next(((size, unit) for size, unit in _UNITS if step % size == 0), (1, "ms"))
    return f"{moment // size} {unit}"
