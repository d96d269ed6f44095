"""The kubelet's main loop, which reacts to new results and changed processes.

Mirrors `pkg/kubelet/kubelet.go: syncLoopIteration`; see docs/explanation/kubelet/pod-sync.md#results.
"""

from __future__ import annotations

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.simulator.pod_cache import noticed_after
from pulumi_probes.timeline.simulator.process import Process
from pulumi_probes.timeline.simulator.results_manager import ResultUpdate
from pulumi_probes.timeline.simulator.status_manager import StatusManager
from pulumi_probes.timeline.simulator.work_queue import WorkQueue


class SyncLoop:
    """The main loop for one pod."""

    def __init__(self, kubelet: Kubelet, statuses: StatusManager, work_queue: WorkQueue) -> None:
        self._kubelet = kubelet
        self._statuses = statuses
        self._work_queue = work_queue

    def handle_result(self, update: ResultUpdate, now: int) -> None:
        """Update the status for readiness and startup; request a sync for every result but a liveness success."""
        passed = update.passed is True
        if update.kind is ProbeKind.READINESS:
            self._statuses.set_container_readiness(update.container, update.life, now, is_ready=passed)
        elif update.kind is ProbeKind.STARTUP:
            self._statuses.set_container_startup(update.container, update.life, now, is_started=passed)
        if update.kind is not ProbeKind.LIVENESS or update.passed is False:
            self._work_queue.add(now + self._kubelet.acts_after)

    def handle_process(self, process: Process, now: int) -> None:
        """Request a sync for when the kubelet notices that a process has started or exited."""
        self._work_queue.add(now + noticed_after(process, self._kubelet))
