"""The kubelet's cache of statuses, from which it reports to the API server.

Mirrors `pkg/kubelet/status/status_manager.go: SetPodStatus` and its siblings for a single container,
`pkg/kubelet/status/status_manager.go: SetContainerReadiness` and
`pkg/kubelet/status/status_manager.go: SetContainerStartup`; see docs/explanation/kubelet/pod-sync.md#results.
"""

from __future__ import annotations

from msgspec import Struct

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.timeline.model.result import Event, EventKind
from pulumi_probes.timeline.simulator.context import Context
from pulumi_probes.timeline.simulator.endpoints import Endpoints


class ContainerStatus(Struct):
    """The cached status of a container.

    Attributes:
        life: the number of its process.
        is_running: whether that process was seen running.
        is_started: whether its startup probe has passed, if it has one.
        is_ready: whether it is ready.
        started_at: when the process started, truncated to a whole second of the wall clock.
        is_over: whether it has exited and will not be restarted.
        inherits_started: whether `is_started` is that of the process before, and not a result of its startup probe.
    """

    life: int
    is_running: bool
    is_started: bool
    is_ready: bool
    started_at: int
    is_over: bool = False
    inherits_started: bool = False


class StatusManager:
    """The statuses of one pod.

    Attributes:
        is_pod_ready: whether every container that counts for readiness is ready.
    """

    def __init__(self, context: Context, endpoints: Endpoints) -> None:
        self._containers = context.containers
        self._counting = [name for name, item in context.containers.items() if item.spec.counts_for_readiness]
        self._journal = context.journal
        self._endpoints = endpoints
        self._statuses: dict[str, ContainerStatus] = {}
        self.is_pod_ready = False

    def get(self, container: str) -> ContainerStatus | None:
        """The status of a container; None before a process of it was seen."""
        return self._statuses.get(container)

    def set_container_status(self, container: str, status: ContainerStatus, now: int) -> None:
        """Store a status from a pod sync; `update_pod_ready` follows after those of all containers."""
        old = self._statuses.get(container)
        self._statuses[container] = status
        if old == status:
            return
        if status.inherits_started and old is not None and old.life != status.life:
            self._journal.log(Event(now, EventKind.INHERITS_STARTED, container, status.life))
        if (old is not None and old.is_ready) != status.is_ready:
            self._log_ready(container, status, now)
        self._containers[container].look_again(now)

    def set_container_readiness(self, container: str, life: int, now: int, *, is_ready: bool) -> None:
        """Store a changed readiness result before any pod sync; ignore it for a process that was not seen yet."""
        status = self._statuses.get(container)
        if status is None or status.life != life:
            return
        is_ready = is_ready and status.is_started
        if status.is_ready != is_ready:
            status.is_ready = is_ready
            self._log_ready(container, status, now)
            self.update_pod_ready(now)

    def set_container_startup(self, container: str, life: int, now: int, *, is_started: bool) -> None:
        """Store a changed startup result before any pod sync; ignore it for a process that was not seen yet."""
        status = self._statuses.get(container)
        if status is not None and status.life == life and status.is_started != is_started:
            status.is_started, status.inherits_started = is_started, False
            kind = EventKind.STARTED if is_started else EventKind.NOT_STARTED
            self._journal.log(Event(now, kind, container, life))
            self._containers[container].look_again(now)

    def update_pod_ready(self, now: int) -> None:
        """Update whether the pod is Ready, and notify the endpoints.

        Mirrors `pkg/kubelet/status/generate.go: GenerateContainersReadyCondition`;
        see docs/explanation/kubelet/endpoints.md#pod-ready. Readiness gates are not modelled.
        """
        statuses = map(self._statuses.get, self._counting)
        is_ready = all(status is not None and status.is_ready for status in statuses)
        if is_ready != self.is_pod_ready:
            self.is_pod_ready = is_ready
            self._journal.log(Event(now, EventKind.POD_READY if is_ready else EventKind.POD_NOT_READY))
            self._endpoints.pod_ready_changed(now, is_ready=is_ready)

    def terminate_pod(self, now: int) -> None:
        """Mark all containers as stopped, as in `pkg/kubelet/status/status_manager.go: TerminatePod`."""
        for status in self._statuses.values():
            status.is_running = status.is_started = status.is_ready = False
        self.update_pod_ready(now)

    def _log_ready(self, container: str, status: ContainerStatus, now: int) -> None:
        kind = EventKind.READY if status.is_ready else EventKind.NOT_READY
        readiness = self._containers[container].spec.readiness
        probe = None if readiness is None else ProbeKind.READINESS
        self._journal.log(Event(now, kind, container, status.life, probe=probe))
