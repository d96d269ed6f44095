"""Terminate containers: preStop, SIGTERM, SIGKILL, and sidecars after the containers they serve.

Mirrors `pkg/kubelet/kuberuntime/kuberuntime_container.go: killContainer` and
`pkg/kubelet/kuberuntime/kuberuntime_termination_order.go: waitForTurn`;
see docs/explanation/kubelet/termination.md#steps-of-a-kill.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pulumi_probes.model.defaults import MINIMUM_GRACE_SECONDS
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.timeline.model.duration import MILLISECONDS
from pulumi_probes.timeline.model.pod import Pod
from pulumi_probes.timeline.model.result import Event, EventKind
from pulumi_probes.timeline.simulator.container import SimulatedContainer
from pulumi_probes.timeline.simulator.container_runtime import ContainerRuntime
from pulumi_probes.timeline.simulator.context import Context
from pulumi_probes.timeline.simulator.journal import Journal
from pulumi_probes.timeline.simulator.task import Steps, Task, Until


def log_killing(journal: Journal, container: SimulatedContainer, kind: ProbeKind, now: int, grace: int) -> None:
    """Log that a container is killed because of a probe, like the kubelet's event `Killing`."""
    process = container.process
    life = process.number if process is not None else None
    journal.log(Event(now, EventKind.KILLING, container.name, life, probe=kind, until=now + grace, cause=kind.word))


def stop_container(
    journal: Journal,
    runtime: ContainerRuntime,
    container: SimulatedContainer,
    grace: int,
    now: int,
    *,
    may_stop: Callable[[], bool] | None = None,
) -> Steps[int]:
    """Terminate a container: preStop within the grace period, SIGTERM, and SIGKILL after the rest of it.

    Args:
        journal: records the end of preStop.
        runtime: sends the signals.
        container: a running container.
        grace: the grace period in milliseconds.
        now: the current time.
        may_stop: whether the container may receive SIGTERM yet; the wait uses up the grace period too. None for at
            once.

    Returns:
        The time at which it has exited.
    """
    process = container.process
    if process is None:
        return now
    # Whole seconds are subtracted, because `executePreStopHook` and `killContainer` count in them: a hook of 4.9 s
    # costs 4 s of the grace period, so the container may take almost a second longer than the field says.
    remaining = grace
    if container.pre_stop and process.sigterm_at is None:
        begin = now
        now = yield now + min(container.pre_stop, grace)
        remaining -= _whole_seconds(now - begin)
        journal.log(Event(now, EventKind.PRE_STOP_ENDS, container.name, process.number))
    if may_stop is not None and remaining > 0:
        begin = now
        now = yield Until(now + remaining, may_stop)
        remaining -= _whole_seconds(now - begin)
    if process.is_alive:
        runtime.stop(container, now, max(MINIMUM_GRACE_SECONDS * MILLISECONDS, remaining))
    while process.is_alive and process.ends_at is not None:
        now = yield process.ends_at
    return now


def stop_pod(context: Context, runtime: ContainerRuntime, now: int, then: Callable[[int], None]) -> None:
    """Terminate all running containers at the same time, with the pod's grace period; sidecars wait for their turn.

    A sidecar receives SIGTERM when the containers that stop before it have exited, or when the grace period is over.

    Mirrors `pkg/kubelet/kuberuntime/kuberuntime_container.go: killContainersWithSyncResult`;
    see docs/explanation/kubelet/termination.md#order-of-containers.

    Args:
        context: the pod and its containers.
        runtime: sends the signals.
        now: the current time.
        then: called when no container is running.
    """
    running = {name for name, container in context.containers.items() if container.is_alive}
    tasks: list[Task] = []

    def ended(name: str) -> Callable[[int], None]:
        def end(moment: int) -> None:
            running.discard(name)
            for task in tasks:
                task.nudge(moment)
            if not running:
                then(moment)

        return end

    if not running:
        then(now)
    waits_for = _termination_order(context.pod)
    for name, container in context.containers.items():
        if name not in running:
            continue
        earlier = waits_for.get(name)
        may_stop = None if earlier is None else partial(running.isdisjoint, earlier)
        steps = stop_container(context.journal, runtime, container, context.pod.grace, now, may_stop=may_stop)
        tasks.append(Task(context.event_queue, steps, ended(name)))
    for task in tasks:
        task.begin(now)


def _termination_order(pod: Pod) -> dict[str, frozenset[str]]:
    """The containers that stop before each sidecar: the regular ones, and the init containers that follow it.

    Mirrors `pkg/kubelet/kuberuntime/kuberuntime_termination_order.go: newTerminationOrdering`.
    """
    later = [spec.name for spec in pod.containers]
    order: dict[str, frozenset[str]] = {}
    for spec in reversed(pod.init_containers):
        if spec.is_sidecar:
            order[spec.name] = frozenset(later)
        later.append(spec.name)
    return order


def _whole_seconds(milliseconds: int) -> int:
    return milliseconds - milliseconds % MILLISECONDS
