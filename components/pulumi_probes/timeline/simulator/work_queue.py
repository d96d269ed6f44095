"""The requests for syncs of the pod worker.

Mirrors the channel that `pkg/kubelet/pod_workers.go: UpdatePod` writes to, and the kubelet's work queue;
see docs/explanation/kubelet/pod-sync.md#the-pod-worker.
"""

from __future__ import annotations

from collections.abc import Callable

from pulumi_probes.timeline.simulator.event_queue import EventQueue, Priority


class WorkQueue:
    """Requests for syncs of one pod; those for the same time are merged."""

    def __init__(self, event_queue: EventQueue) -> None:
        self._event_queue = event_queue
        self._planned: set[int] = set()
        self._sync: Callable[[int], None] | None = None

    def serve(self, sync: Callable[[int], None]) -> None:
        """Call `sync` at each requested time, until the queue is closed."""
        self._sync = sync

    def add(self, at: int) -> None:
        """Request a sync at a time."""
        if at not in self._planned and self._sync is not None:
            self._planned.add(at)
            self._event_queue.add(at, Priority.SYNC, self._run)

    def close(self) -> None:
        """Drop all requests, also later ones, because the pod ends."""
        self._sync = None

    def _run(self, now: int) -> None:
        self._planned.discard(now)
        if self._sync is not None:
            self._sync(now)
