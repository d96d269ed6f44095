"""A worker's ticker: which moments it ticks at, and which of them a busy worker finds waiting.

Mirrors the ticker in the kubelet's `pkg/kubelet/prober/worker.go: run`;
see docs/explanation/kubelet/probe-worker.md#ticker.
"""

from __future__ import annotations


class Ticker:
    """Ticks every `period` milliseconds, at moments that equal `phase` modulo the period.

    A Go ticker keeps one tick for a reader that is late and drops the rest: if a tick fell into (begin, end] of the
    last run, the next run follows at once; else it waits for the next tick.
    """

    __slots__ = ("_after", "_phase", "period")

    def __init__(self, period: int, phase: int) -> None:
        self.period = period
        self._phase = phase % period
        self._after = -1

    def restart(self, now: int) -> None:
        """Forget all ticks; the next one comes a whole period from now."""
        self._phase = now % self.period
        self._after = now

    def at_or_after(self, moment: int) -> int:
        """The first tick at this moment or later."""
        # Go's Reset leaves no tick behind: none of the old grid comes before a whole period has passed.
        moment = max(moment, self._after + 1)
        return moment + (self._phase - moment) % self.period

    def next_wake(self, begin: int, end: int, wakes_from: int) -> int:
        """When a worker wakes up that ran from `begin` to `end` and sleeps until `wakes_from` at least."""
        if begin >= 0 and end >= wakes_from and self.at_or_after(begin + 1) <= end:
            # A tick is waiting.
            return end
        return self.at_or_after(max(wakes_from, end + 1))
