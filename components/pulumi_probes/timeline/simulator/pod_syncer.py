"""The steps of a pod sync and of the pod's termination.

Mirrors `pkg/kubelet/kubelet.go: SyncPod`, `pkg/kubelet/kubelet.go: SyncTerminatingPod` and
`pkg/kubelet/kubelet.go: SyncTerminatedPod`; see docs/explanation/kubelet/pod-sync.md#order-of-a-sync.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from pulumi_probes.timeline.model.result import Event, EventKind
from pulumi_probes.timeline.simulator.context import Context
from pulumi_probes.timeline.simulator.pod_actions import PodActionsComputer
from pulumi_probes.timeline.simulator.pod_cache import RuntimeStatuses, read_pod_cache
from pulumi_probes.timeline.simulator.prober_manager import ProberManager
from pulumi_probes.timeline.simulator.results_manager import ResultsManager
from pulumi_probes.timeline.simulator.runtime_manager import RuntimeManager
from pulumi_probes.timeline.simulator.status_manager import StatusManager
from pulumi_probes.timeline.simulator.task import Steps
from pulumi_probes.timeline.simulator.termination import log_killing
from pulumi_probes.timeline.simulator.work_queue import WorkQueue


class SyncResult(Struct, frozen=True):
    """The result of a sync.

    Attributes:
        is_terminal: whether no container is left to run, so that the pod ends.
        retry_at: when to sync again because a start was refused; None if none was.
    """

    is_terminal: bool = False
    retry_at: int | None = None


_DONE: Final = SyncResult()


class PodSyncer:
    """Runs the syncs of a pod, then its termination."""

    def __init__(
        self,
        context: Context,
        *,
        work_queue: WorkQueue,
        results: ResultsManager,
        statuses: StatusManager,
        probers: ProberManager,
        runtime: RuntimeManager,
    ) -> None:
        self._context = context
        self._work_queue = work_queue
        self._actions = PodActionsComputer(context.pod, context.containers, results)
        self._statuses = statuses
        self._probers = probers
        self._runtime = runtime

    @property
    def is_pod_ready(self) -> bool:
        """Whether the pod is Ready in its newest status."""
        return self._statuses.is_pod_ready

    def sync_pod(self, now: int) -> Steps[SyncResult]:
        """Publish the status, then kill and start containers."""
        # All decisions below are based on this state, even after kills that take a whole grace period.
        context = self._context
        seen = read_pod_cache(context.containers, context.kubelet, now)
        self._update_status(seen, now)
        actions = self._actions.compute(seen)
        if actions.ends_pod:
            for container, kind in actions.kills:
                log_killing(context.journal, container, kind, now, context.pod.grace)
            return SyncResult(is_terminal=True)
        if not actions.kills and not actions.starts:
            return _DONE
        retry_at = yield from self._runtime.sync_pod(actions, seen, now)
        return _DONE if retry_at is None else SyncResult(retry_at=retry_at)

    def sync_deleted_pod(self, now: int) -> None:
        """Publish the status once more and stop the probes that could cause restarts.

        See docs/explanation/kubelet/termination.md#deletion.
        """
        self._update_status(read_pod_cache(self._context.containers, self._context.kubelet, now), now)
        self._probers.stop_liveness_and_startup(now)

    def sync_terminating_pod(self, now: int, then: Callable[[int], None]) -> None:
        """Stop every container, and call `then` when none is running."""
        self._runtime.kill_pod(now, then)

    def sync_terminated_pod(self, now: int, kind: EventKind) -> None:
        """Stop the workers and publish the last status."""
        self._probers.remove_pod(now)
        self._statuses.terminate_pod(now)
        self._context.journal.log(Event(now, kind))

    def _update_status(self, seen: RuntimeStatuses, now: int) -> None:
        """Store the status of every container that was seen, then that of the pod."""
        kubelet = self._context.kubelet
        for name, known in seen.items():
            is_new = self._probers.update_container_status(self._context.containers[name], known, now)
            if is_new and known.is_running:
                # The worker stores an initial result for the new process, which requests another sync.
                self._work_queue.add(now + kubelet.second_looks.get((name, known.process.number), 0))
        self._statuses.update_pod_ready(now)
