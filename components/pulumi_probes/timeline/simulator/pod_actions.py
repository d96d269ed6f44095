"""The decisions of a pod sync: which containers to kill and which to start.

Mirrors `pkg/kubelet/kuberuntime/kuberuntime_manager.go: computePodActions` and
`pkg/kubelet/kuberuntime/kuberuntime_container.go: computeInitContainerActions`;
see docs/explanation/kubelet/pod-sync.md#kills-and-starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct, field

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.timeline.model.pod import Pod
from pulumi_probes.timeline.simulator.container import SimulatedContainer
from pulumi_probes.timeline.simulator.pod_cache import RuntimeStatus, RuntimeStatuses
from pulumi_probes.timeline.simulator.results_manager import ResultsManager


class PodActions(Struct):
    """The kills and starts of a sync, in order.

    Attributes:
        kills: the containers to kill, each with the probe that has failed.
        starts: the containers to start, if their back-off allows it.
        ends_pod: whether no container is left to run, so that the whole pod ends.
    """

    kills: list[tuple[SimulatedContainer, ProbeKind]] = field(default_factory=list)
    starts: list[SimulatedContainer] = field(default_factory=list)
    ends_pod: bool = False


class _Step(Enum):
    """The consequence of an init container's state for the next one."""

    WAIT = "not done yet"
    START = "to be started first"
    GO_ON = "done, the next one may start"
    START_AND_GO_ON = "was done and has to be restarted"
    NEVER = "failed and is not restarted"


class PodActionsComputer:
    """Computes the actions for a pod that is not being deleted.

    Args:
        pod: the pod.
        containers: its containers by name.
        results: the results of its probes.
    """

    def __init__(self, pod: Pod, containers: Mapping[str, SimulatedContainer], results: ResultsManager) -> None:
        self._pod = pod
        self._containers = containers
        self._results = results

    def compute(self, statuses: RuntimeStatuses) -> PodActions:
        """The actions for the container statuses that the kubelet has seen."""
        actions = PodActions()
        if not self._decide_about_init_containers(statuses, actions) or actions.ends_pod:
            return actions
        kept = 0
        started: list[SimulatedContainer] = []
        for spec in self._pod.containers:
            container, seen = self._containers[spec.name], statuses.get(spec.name)
            if seen is None or not seen.is_running:
                if seen is None or self._pod.may_restart(spec, seen.process.exit_code):
                    started.append(container)
                continue
            failed = self._failed_probe(container, seen.process.number)
            if failed is None:
                kept += 1
                continue
            # A kill has no exit code yet, so OnFailure restarts whatever the code will be:
            # see docs/explanation/kubelet/pod-sync.md#restart-policy.
            if self._pod.restarts_after_probe(spec):
                started.append(container)
            actions.kills.append((container, failed))
        if kept == 0 and not started:
            # No container is left to run: the whole pod ends, with the pod's grace period, even if the probe has its
            # own. See docs/explanation/kubelet/termination.md#grace-period.
            return PodActions(kills=actions.kills, ends_pod=True)
        actions.starts += started
        return actions

    def _failed_probe(self, container: SimulatedContainer, life: int) -> ProbeKind | None:
        # This is the kubelet's order; it determines grace period and message of a kill when both probes have failed.
        for kind in (ProbeKind.LIVENESS, ProbeKind.STARTUP):
            if self._results.get(container.name, kind, life) is False:
                return kind
        return None

    def _decide_about_init_containers(  # noqa: C901 - the kubelet's cases, kept together for comparison
        self, statuses: RuntimeStatuses, actions: PodActions
    ) -> bool:
        """Whether the regular containers may run; like the kubelet, go backwards through the init containers.

        Mirrors `pkg/kubelet/kuberuntime/kuberuntime_container.go: computeInitContainerActions`;
        see docs/explanation/kubelet/pod-sync.md#init-containers.
        """
        specs = self._pod.init_containers
        if not specs:
            return True
        is_initialized = any(statuses[spec.name].is_running for spec in self._pod.containers if spec.name in statuses)
        was_initialized = is_initialized
        starts: list[int] = []
        for index in range(len(specs) - 1, -1, -1):
            spec = specs[index]
            seen = statuses.get(spec.name)
            if was_initialized and (seen is None or not spec.is_sidecar):
                # After initialization, only sidecars are restarted.
                starts += [index] if spec.is_sidecar else []
                continue
            if seen is None:
                continue
            step = self._look_at_init_container(self._containers[spec.name], seen, actions)
            if step is _Step.NEVER:
                actions.ends_pod = True
                return False
            if step in (_Step.START, _Step.START_AND_GO_ON):
                starts.append(index)
            if step in (_Step.GO_ON, _Step.START_AND_GO_ON):
                if index == len(specs) - 1:
                    is_initialized = True
                elif not was_initialized:
                    starts.append(index + 1)
            was_initialized = True
        if not was_initialized:
            starts.append(0)
        actions.starts += [self._containers[specs[index].name] for index in sorted(starts)]
        return is_initialized

    def _look_at_init_container(self, container: SimulatedContainer, seen: RuntimeStatus, actions: PodActions) -> _Step:
        if container.spec.is_sidecar:
            return self._look_at_sidecar(container, seen, actions)
        code = seen.process.exit_code
        if seen.is_running:
            return _Step.WAIT
        if code == 0:
            return _Step.GO_ON
        return _Step.START if self._pod.may_restart(container.spec, code) else _Step.NEVER

    def _look_at_sidecar(self, container: SimulatedContainer, seen: RuntimeStatus, actions: PodActions) -> _Step:
        life = seen.process.number
        if not seen.is_running:
            return _Step.START
        has_started = (
            container.spec.startup is None or self._results.get(container.name, ProbeKind.STARTUP, life) is True
        )
        failed = self._failed_probe(container, life)
        # The kubelet checks the liveness result only after a startup success.
        if failed is not None and (has_started or failed is ProbeKind.STARTUP):
            actions.kills.append((container, failed))
            return _Step.START_AND_GO_ON if has_started else _Step.START
        return _Step.GO_ON if has_started else _Step.WAIT
