"""The kubelet's pod worker: one goroutine per pod that runs one sync at a time and blocks meanwhile.

Mirrors `pkg/kubelet/pod_workers.go: podWorkerLoop`; see docs/explanation/kubelet/pod-sync.md#the-pod-worker.
"""

from __future__ import annotations

from pulumi_probes.timeline.model.result import EventKind
from pulumi_probes.timeline.simulator.context import Context
from pulumi_probes.timeline.simulator.event_queue import Priority
from pulumi_probes.timeline.simulator.pod_syncer import PodSyncer
from pulumi_probes.timeline.simulator.task import Steps, Task
from pulumi_probes.timeline.simulator.work_queue import WorkQueue


class PodWorker:
    """Runs one sync at a time and finally terminates the pod.

    Attributes:
        is_terminating: whether the pod is terminating; there are no more syncs.
        terminated_at: when the last container exited; None before.
    """

    def __init__(self, context: Context, work_queue: WorkQueue, syncer: PodSyncer) -> None:
        self.is_terminating = False
        self.terminated_at: int | None = None
        self._kubelet = context.kubelet
        self._event_queue = context.event_queue
        self._work_queue = work_queue
        self._syncer = syncer
        self._task: Task | None = None
        self._is_requested = False
        self._may_sync_from = 0
        self._resync_number = 0
        work_queue.serve(self._begin)

    def delete(self, now: int) -> None:
        """Cancel the current sync and terminate the pod, because it is deleted."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._syncer.sync_deleted_pod(now)
        self._terminate(now, EventKind.GONE)

    def _begin(self, now: int) -> None:
        if self._task is not None:
            self._is_requested = True
        elif now < self._may_sync_from:
            # `podWorkerLoop` waits for a state of the runtime that is newer than its last sync.
            # See docs/explanation/kubelet/pod-sync.md#the-pod-worker.
            self._work_queue.add(self._may_sync_from)
        else:
            self._resync_number += 1
            self._task = Task(self._event_queue, self._sync(now), self._end)
            self._task.begin(now)

    def _sync(self, now: int) -> Steps[None]:
        result = yield from self._syncer.sync_pod(now)
        if result.is_terminal:
            self._terminate(now, EventKind.COMPLETED)
        elif result.retry_at is not None:
            # `pkg/kubelet/pod_workers.go: completeWork`;
            # see docs/explanation/kubelet/back-off.md#when-a-refused-start-is-tried-again.
            self._work_queue.add(result.retry_at)

    def _end(self, now: int) -> None:
        self._task = None
        self._may_sync_from = now + self._kubelet.own_seen_after
        if self._is_requested:
            self._is_requested = False
            self._work_queue.add(now)
        elif self._kubelet.resync_every is not None and not self._syncer.is_pod_ready:
            # Periodic syncs matter only for pods that are not Ready, because they trigger readiness probes.
            number = self._resync_number

            def resync(moment: int) -> None:
                if number == self._resync_number:
                    self._work_queue.add(moment)

            self._event_queue.add(now + self._kubelet.resync_every, Priority.SYNC, resync)

    def _terminate(self, now: int, kind: EventKind) -> None:
        self.is_terminating = True
        self._work_queue.close()

        def terminated(moment: int) -> None:
            self._syncer.sync_terminated_pod(moment, kind)
            self.terminated_at = moment

        self._syncer.sync_terminating_pod(now, terminated)
