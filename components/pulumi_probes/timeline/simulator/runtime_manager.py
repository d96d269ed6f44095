"""Carry out the decisions of a sync: the kills, then the starts that back-off allows.

Mirrors `pkg/kubelet/kuberuntime/kuberuntime_manager.go: SyncPod`;
see docs/explanation/kubelet/pod-sync.md#kills-and-starts.
"""

from __future__ import annotations

from collections.abc import Callable

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.model.result import Event, EventKind
from pulumi_probes.timeline.simulator.back_off import BackOff
from pulumi_probes.timeline.simulator.container import SimulatedContainer
from pulumi_probes.timeline.simulator.container_runtime import ContainerRuntime
from pulumi_probes.timeline.simulator.context import Context
from pulumi_probes.timeline.simulator.pod_actions import PodActions
from pulumi_probes.timeline.simulator.pod_cache import RuntimeStatuses
from pulumi_probes.timeline.simulator.task import Steps
from pulumi_probes.timeline.simulator.termination import log_killing, stop_container, stop_pod


class RuntimeManager:
    """Kills and starts the containers of one pod, and holds their back-off entries."""

    def __init__(self, context: Context, runtime: ContainerRuntime) -> None:
        self._context = context
        self._runtime = runtime
        self._back_offs = {name: BackOff(context.kubelet.back_off) for name in context.containers}
        self._refused: dict[str, int] = {}

    def sync_pod(self, actions: PodActions, seen: RuntimeStatuses, now: int) -> Steps[int | None]:
        """Kill, then start containers, one after another.

        Returns:
            When to retry starts that CrashLoopBackOff has refused; None if it has refused none.
        """
        for container, kind in actions.kills:
            now = yield from self._kill(container, kind, now)
        refused: list[int] = []
        for container in actions.starts:
            known = seen.get(container.name)
            until = self._back_offs[container.name].refused_until(now, None if known is None else known.exited_at)
            if until is None:
                now = yield from self._start(container, now)
                continue
            refused.append(until)
            self._log_refusal(container, now, until)
            if container.spec.role is ContainerRole.INIT:
                # Later containers need a plain init container; a refused sidecar does not block the others.
                break
        return now + self._context.kubelet.requeued_after(min(refused) - now) if refused else None

    def kill_pod(self, now: int, then: Callable[[int], None]) -> None:
        """Stop every running container with the pod's grace period, and call `then` when none is running."""
        stop_pod(self._context, self._runtime, now, then)

    def _kill(self, container: SimulatedContainer, kind: ProbeKind, now: int) -> Steps[int]:
        # `pkg/kubelet/kuberuntime/kuberuntime_container.go: setTerminationGracePeriod`;
        # see docs/explanation/kubelet/termination.md#grace-period.
        probe = container.spec.probe(kind)
        own = probe.grace if probe is not None else None
        grace = self._context.pod.grace if own is None else own
        log_killing(self._context.journal, container, kind, now, grace)
        return (yield from stop_container(self._context.journal, self._runtime, container, grace, now))

    def _start(self, container: SimulatedContainer, now: int) -> Steps[int]:
        latency = self._context.kubelet.start_latency(container.name, len(container.processes) + 1)
        if latency:
            now = yield now + latency
        self._refused.pop(container.name, None)
        self._runtime.start(container, now)
        if container.post_start:
            # `pkg/kubelet/kuberuntime/kuberuntime_container.go: startContainer` waits for the hook, so no sync sees the
            # container, and no probe runs, before the hook is over.
            now = yield now + container.post_start
        return now

    def _log_refusal(self, container: SimulatedContainer, now: int, until: int) -> None:
        if self._refused.get(container.name) != until:
            self._refused[container.name] = until
            life = len(container.processes) or None
            self._context.journal.log(Event(now, EventKind.BACK_OFF, container.name, life, until=until))
