"""Attempts that a probe worker skips because they all have the same outcome and change nothing.

The kubelet has no such thing: it makes the cost of a simulation independent of the duration of the scenario.
"""

from __future__ import annotations

from msgspec import Struct

from pulumi_probes.model.rounding import ceil_div
from pulumi_probes.timeline.model.result import Outcome


class SkippedAttempts(Struct):
    """Skipped attempts at equal intervals.

    Attributes:
        first: the start of the first attempt, in milliseconds.
        spacing: milliseconds between the starts of two attempts.
        count: the largest number of attempts; None if only an interruption ends them.
        duration: the duration of each attempt, in milliseconds.
        outcome: the outcome of each attempt.
        life: the number of the process that they probe.
    """

    first: int
    spacing: int
    count: int | None
    duration: int
    outcome: Outcome
    life: int

    @property
    def followed_at(self) -> int | None:
        """The start of the first attempt that is not skipped; None for never."""
        return None if self.count is None else self.begin_of(self.count)

    def begin_of(self, index: int) -> int:
        """The start of an attempt, counted from 0."""
        return self.first + index * self.spacing

    def begun_before(self, moment: int) -> int:
        """The number of attempts that have begun before a moment."""
        begun = max(0, ceil_div(moment - self.first, self.spacing))
        return begun if self.count is None else min(begun, self.count)
