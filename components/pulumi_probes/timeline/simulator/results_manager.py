"""The cache of probe results, which reports changes.

Mirrors `pkg/kubelet/prober/results/results_manager.go: Set`; see docs/explanation/kubelet/pod-sync.md#results.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from pulumi_probes.model.probe_kind import ProbeKind


class ResultUpdate(Struct):
    """A result that has changed.

    Attributes:
        container: the container.
        kind: the kind of the probe.
        life: the process of the container, counted from 1.
        passed: True for success, False for failure, None for unknown.
    """

    container: str
    kind: ProbeKind
    life: int
    passed: bool | None


class ResultsManager:
    """The newest result of each probe.

    Args:
        on_update: a function that is called with every change and its time.
    """

    def __init__(self, on_update: Callable[[ResultUpdate, int], None]) -> None:
        self._on_update = on_update
        self._results: dict[tuple[str, ProbeKind], tuple[int, bool | None]] = {}

    def get(self, container: str, kind: ProbeKind, life: int) -> bool | None:
        """The result of a probe for a process: True for success, False for failure, None for none yet."""
        known = self._results.get((container, kind))
        return known[1] if known is not None and known[0] == life else None

    def has(self, container: str, kind: ProbeKind, life: int) -> bool:
        """Whether there is a result of a probe for a process, be it the initial one."""
        known = self._results.get((container, kind))
        return known is not None and known[0] == life

    def set(self, container: str, kind: ProbeKind, life: int, now: int, *, passed: bool | None) -> None:
        """Store a result."""
        if self._results.get((container, kind)) != (life, passed):
            self._results[container, kind] = (life, passed)
            self._on_update(ResultUpdate(container, kind, life, passed), now)
