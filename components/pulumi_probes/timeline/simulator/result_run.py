"""The number of equal results of a probe in a row, and whether it reaches the threshold.

Mirrors `lastResult` and `resultRun` in `pkg/kubelet/prober/worker.go: doProbe`;
see docs/explanation/kubelet/probe-worker.md#counters.
"""

from __future__ import annotations

from pulumi_probes.timeline.model.pod import PodProbe


class ResultRun:
    """Counts the results of one probe, through all restarts of its container."""

    __slots__ = ("_count", "_failures", "_passed", "_successes")

    def __init__(self, probe: PodProbe) -> None:
        self._successes = probe.successes
        self._failures = probe.failures
        self._passed = True
        self._count = 0

    def add(self, *, passed: bool) -> bool:
        """Count a result, and return whether it reaches the threshold."""
        if passed == self._passed:
            self._count += 1
        else:
            self._passed, self._count = passed, 1
        return self.missing <= 0

    def repeat(self, times: int) -> None:
        """Count further results equal to the newest one."""
        self._count += times

    def reset(self) -> None:
        """Reset the count to zero."""
        self._count = 0

    @property
    def missing(self) -> int:
        """The number of further results equal to the newest one that reach the threshold."""
        return (self._successes if self._passed else self._failures) - self._count
