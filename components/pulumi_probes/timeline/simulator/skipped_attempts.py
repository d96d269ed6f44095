"""Attempts that a probe worker does not walk through, because they all end alike and change nothing.

The kubelet has nothing like it: here it keeps the cost of a simulation independent of how long the scenario is.
"""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_probes.model.rounding import ceil_div
from pulumi_probes.timeline.model.result import Outcome


@dataclass(slots=True)
class SkippedAttempts:
    """Attempts at equal distances.

    Attributes:
        first: when the first one begins.
        spacing: between two beginnings.
        count: how many there may be; None when only an interruption ends them.
        duration: of each.
        outcome: of each.
        life: the number of the process that they ask.
    """

    first: int
    spacing: int
    count: int | None
    duration: int
    outcome: Outcome
    life: int

    @property
    def followed_at(self) -> int | None:
        """When the first attempt begins that has to be walked again; None for never."""
        return None if self.count is None else self.begin_of(self.count)

    def begin_of(self, index: int) -> int:
        """When an attempt begins, counted from 0."""
        return self.first + index * self.spacing

    def begun_before(self, moment: int) -> int:
        """How many have begun before a moment."""
        begun = max(0, ceil_div(moment - self.first, self.spacing))
        return begun if self.count is None else min(begun, self.count)
