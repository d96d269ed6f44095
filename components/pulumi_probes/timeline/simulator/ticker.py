"""A worker's ticker: when it ticks, and whether a tick is pending for a busy worker.

Mirrors the ticker in the kubelet's `pkg/kubelet/prober/worker.go: run`;
see docs/explanation/kubelet/probe-worker.md#ticker.
"""

from __future__ import annotations


class Ticker:
    """Ticks every `period` milliseconds, at times that equal `phase` modulo the period.

    A Go ticker keeps one tick for a late reader and drops the others: if a tick fell into (begin, end] of the last run,
    the next run follows at once; otherwise it waits for the next tick.
    """

    __slots__ = ("_after", "_phase", "period")

    def __init__(self, period: int, phase: int) -> None:
        self.period = period
        self._phase = phase % period
        self._after = -1

    def restart(self, now: int) -> None:
        """Reset the ticker: the next tick comes a whole period from now."""
        self._phase = now % self.period
        self._after = now

    def at_or_after(self, moment: int) -> int:
        """The first tick at or after a time."""
        # Go's Reset drops a pending tick, so there is no tick before a whole period has passed.
        moment = max(moment, self._after + 1)
        return moment + (self._phase - moment) % self.period

    def next_wake(self, begin: int, end: int, wakes_from: int) -> int:
        """When a worker that ran from `begin` to `end` and sleeps at least until `wakes_from` wakes up."""
        if begin >= 0 and end >= wakes_from and self.at_or_after(begin + 1) <= end:
            # A tick is pending.
            return end
        return self.at_or_after(max(wakes_from, end + 1))
