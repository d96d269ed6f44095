"""What a pod sync decides: which containers to kill and which to start.

Mirrors `pkg/kubelet/kuberuntime/kuberuntime_manager.go: computePodActions` and
`pkg/kubelet/kuberuntime/kuberuntime_container.go: computeInitContainerActions`;
see docs/explanation/kubelet/pod-sync.md#kills-and-starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from pulumi_probes.model.probe import ProbeKind

if TYPE_CHECKING:
    from pulumi_probes.timeline.model.pod import Pod
    from pulumi_probes.timeline.simulator.container import ContainerState, Process


@dataclass(frozen=True, slots=True)
class Sight:
    """What the kubelet has noticed of a container.

    Attributes:
        process: the newest process that it has seen.
        is_running: whether it has not yet seen it ended.
        exited_at: when the newest process ended that it has seen ended.
    """

    process: Process
    is_running: bool
    exited_at: int | None


Sights = Mapping[str, Sight]
"""By container name; a container that was never seen is absent."""


@dataclass(slots=True)
class PodActions:
    """Kills and starts in their order."""

    kills: list[tuple[ContainerState, ProbeKind]] = field(default_factory=list)
    starts: list[ContainerState] = field(default_factory=list)
    ends_pod: bool = False


def compute_pod_actions(pod: Pod, containers: Mapping[str, ContainerState], sights: Sights) -> PodActions:
    """What to do about a pod that nobody has deleted."""
    decisions = PodActions()
    if not _decide_about_init_containers(pod, containers, sights, decisions) or decisions.ends_pod:
        return decisions
    kept = 0
    started: list[ContainerState] = []
    for spec in pod.containers:
        container, sight = containers[spec.name], sights.get(spec.name)
        if sight is None or not sight.is_running:
            if sight is None or pod.may_restart(spec, sight.process.exit_code):
                started.append(container)
            continue
        failed = _failed_probe(container, sight.process.number)
        if failed is None:
            kept += 1
            continue
        # A kill has no exit code yet, so OnFailure restarts whatever the code will be:
        # see docs/explanation/kubelet/pod-sync.md#restart-policy.
        if pod.restarts_after_probe(spec):
            started.append(container)
        decisions.kills.append((container, failed))
    if kept == 0 and not started:
        # Nothing is left to run: the pod as a whole ends, with the pod's own grace period, even if the probe has one.
        # See docs/explanation/kubelet/termination.md#grace-period.
        return PodActions(kills=decisions.kills, ends_pod=True)
    decisions.starts += started
    return decisions


def _failed_probe(container: ContainerState, life: int) -> ProbeKind | None:
    # In the kubelet's order, which decides whose grace period and which message a kill gets when both have failed.
    for kind in (ProbeKind.LIVENESS, ProbeKind.STARTUP):
        if container.spec.probe(kind) is not None and container.result(kind, life) is False:
            return kind
    return None


def _decide_about_init_containers(  # noqa: C901 - the kubelet's own cases, kept together to be compared with it
    pod: Pod, containers: Mapping[str, ContainerState], sights: Sights, decisions: PodActions
) -> bool:
    """Whether the regular containers may run; backwards through the init containers, as the kubelet does it.

    Mirrors `pkg/kubelet/kuberuntime/kuberuntime_container.go: computeInitContainerActions`;
    see docs/explanation/kubelet/pod-sync.md#init-containers.
    """
    specs = pod.init_containers
    if not specs:
        return True
    is_initialized = any(sights[spec.name].is_running for spec in pod.containers if spec.name in sights)
    was_initialized = is_initialized
    starts: list[int] = []
    for index in range(len(specs) - 1, -1, -1):
        spec = specs[index]
        sight = sights.get(spec.name)
        if was_initialized and (sight is None or not spec.is_sidecar):
            # After initialisation only sidecars are kept running.
            starts += [index] if spec.is_sidecar else []
            continue
        if sight is None:
            continue
        container = containers[spec.name]
        step = (
            _look_at_sidecar(container, sight, decisions)
            if spec.is_sidecar
            else _look_at_init_container(pod, container, sight)
        )
        if step is _Step.NEVER:
            decisions.ends_pod = True
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
    decisions.starts += [containers[specs[index].name] for index in sorted(starts)]
    return is_initialized


class _Step(Enum):
    """What the state of one init container means for the next one."""

    WAIT = "it is not done yet"
    START = "start it first"
    GO_ON = "it is done, the next one may start"
    START_AND_GO_ON = "it was done and has to be restarted"
    NEVER = "it failed and is not restarted"


def _look_at_init_container(pod: Pod, container: ContainerState, sight: Sight) -> _Step:
    code = sight.process.exit_code
    if sight.is_running:
        return _Step.WAIT
    if code == 0:
        return _Step.GO_ON
    return _Step.START if pod.may_restart(container.spec, code) else _Step.NEVER


def _look_at_sidecar(container: ContainerState, sight: Sight, decisions: PodActions) -> _Step:
    spec, life = container.spec, sight.process.number
    if not sight.is_running:
        return _Step.START
    has_started = spec.startup is None or container.result(ProbeKind.STARTUP, life) is True
    failed = _failed_probe(container, life)
    # The kubelet looks at the liveness result only after it has found the startup result a success.
    if failed is not None and (has_started or failed is ProbeKind.STARTUP):
        decisions.kills.append((container, failed))
        return _Step.START_AND_GO_ON if has_started else _Step.START
    return _Step.GO_ON if has_started else _Step.WAIT
