"""The probe workers of a pod, and the container statuses that follow from their results.

Mirrors `pkg/kubelet/prober/prober_manager.go: AddPod` and `pkg/kubelet/prober/prober_manager.go: UpdatePodStatus`.
"""

from __future__ import annotations

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.timeline.model.duration import MILLISECONDS
from pulumi_probes.timeline.model.kubelet import STARTED_INHERITED_SINCE
from pulumi_probes.timeline.simulator.container import SimulatedContainer
from pulumi_probes.timeline.simulator.context import Context
from pulumi_probes.timeline.simulator.pod_cache import RuntimeStatus
from pulumi_probes.timeline.simulator.probe_worker import ProbeWorker
from pulumi_probes.timeline.simulator.results_manager import ResultsManager
from pulumi_probes.timeline.simulator.status_manager import ContainerStatus, StatusManager


class ProberManager:
    """Holds one worker for each probe of each container, through all restarts."""

    def __init__(self, context: Context, results: ResultsManager, statuses: StatusManager) -> None:
        self._context = context
        self._results = results
        self._statuses = statuses
        self._workers: dict[tuple[str, ProbeKind], ProbeWorker] = {}
        for name, container in context.containers.items():
            for kind, probe in container.spec.probes:
                worker = ProbeWorker(
                    context, container, kind, probe, rank=len(self._workers), results=results, statuses=statuses
                )
                self._workers[name, kind] = worker
                container.observers.append(worker)

    def update_container_status(self, container: SimulatedContainer, seen: RuntimeStatus, now: int) -> bool:
        """Store the status of a container; if it is not ready, request a manual readiness run.

        Mirrors `pkg/kubelet/prober/prober_manager.go: UpdatePodStatus`;
        see docs/explanation/kubelet/probe-worker.md#manual-runs.

        Returns:
            Whether this is the first status of its process.
        """
        old = self._statuses.get(container.name)
        new = self._container_status(container, seen, old)
        is_new = old is None or old.life != new.life
        self._statuses.set_container_status(container.name, new, now)
        if not new.is_started or new.is_ready:
            return is_new
        readiness = self._workers.get((container.name, ProbeKind.READINESS))
        if readiness is not None:
            # The kubelet requests the run before it stores the status, so a worker that has not seen the process yet
            # does not probe; the next sync, which follows at once, requests another run.
            if is_new:
                readiness.miss_trigger(now)
            else:
                readiness.trigger(now)
        return is_new

    def stop_liveness_and_startup(self, now: int) -> None:
        """Stop the workers that could cause restarts of a pod being deleted; those of sidecars keep running.

        Mirrors `pkg/kubelet/prober/prober_manager.go: StopLivenessAndStartup`.
        """
        for (name, kind), worker in self._workers.items():
            if kind is not ProbeKind.READINESS and not self._context.containers[name].spec.is_sidecar:
                worker.stop(now)

    def remove_pod(self, now: int) -> None:
        """Stop all workers of a pod that has ended, as in `pkg/kubelet/prober/prober_manager.go: RemovePod`."""
        for worker in self._workers.values():
            worker.stop(now)

    def account(self, now: int) -> None:
        """Record the skipped attempts at the end of the simulation."""
        for worker in self._workers.values():
            worker.account(now)

    def _container_status(
        self, container: SimulatedContainer, seen: RuntimeStatus, old: ContainerStatus | None
    ) -> ContainerStatus:
        process, spec, result = seen.process, container.spec, self._results.get
        passed_startup = spec.startup is None or result(container.name, ProbeKind.STARTUP, process.number) is True
        inherits_started = not passed_startup and self._inherits_started(container, seen, old)
        is_started = inherits_started or (seen.is_running and passed_startup)
        passed = spec.readiness is None or result(container.name, ProbeKind.READINESS, process.number) is True
        # `pkg/kubelet/status/status_manager.go: normalizeStatus` truncates the start to whole seconds of wall clock
        # time; see docs/explanation/kubelet/probe-worker.md#initial-delay.
        wall = self._context.kubelet.clock_fraction
        return ContainerStatus(
            life=process.number,
            is_running=seen.is_running,
            is_started=is_started,
            is_ready=is_started and passed,
            started_at=(process.started_at + wall) // MILLISECONDS * MILLISECONDS - wall,
            is_over=not seen.is_running and not self._context.pod.may_restart(spec, process.exit_code),
            inherits_started=inherits_started,
        )

    def _inherits_started(
        self, container: SimulatedContainer, seen: RuntimeStatus, old: ContainerStatus | None
    ) -> bool:
        """Whether the kubelet takes `started` from the previous status, because there is no startup result yet.

        Mirrors `pkg/kubelet/kubelet_pods.go: convertToAPIContainerStatuses` and
        `pkg/kubelet/prober/prober_manager.go: isContainerStarted`;
        see docs/explanation/kubelet/versions.md#started-is-inherited.
        """
        if old is None or not old.is_started or self._context.kubelet.version < STARTED_INHERITED_SINCE:
            return False
        if self._results.has(container.name, ProbeKind.STARTUP, seen.process.number):
            # A process that the same sync has stopped and replaced is never seen down: the kubelet's next sync waits
            # for a newer state of the runtime.
            process = container.process
            return not seen.is_running and process is not None and process.number > seen.process.number
        return seen.is_running
