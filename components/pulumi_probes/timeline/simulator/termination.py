"""How containers end: preStop, SIGTERM, SIGKILL, and sidecars after the containers they serve.

Mirrors `pkg/kubelet/kuberuntime/kuberuntime_container.go: killContainer` and
`pkg/kubelet/kuberuntime/kuberuntime_termination_order.go: waitForTurn`;
see docs/explanation/kubelet/termination.md#steps-of-a-kill.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pulumi_probes.timeline.model.duration import MILLISECONDS
from pulumi_probes.timeline.model.kubelet import MINIMUM_GRACE
from pulumi_probes.timeline.model.result import Event, EventKind
from pulumi_probes.timeline.simulator.task import Steps, Task, Until

if TYPE_CHECKING:
    from pulumi_probes.timeline.simulator.container import ContainerState
    from pulumi_probes.timeline.simulator.simulation import Simulation


def stop_container(
    simulation: Simulation, container: ContainerState, grace: int, now: int, turn: Callable[[], bool] | None = None
) -> Steps:
    """End one container: preStop within the grace period, SIGTERM, SIGKILL when the rest of it is over.

    Args:
        simulation: the pod.
        container: a container that runs.
        grace: how long it may take, in milliseconds.
        now: the moment.
        turn: whether it is this container's turn; waiting for that uses up the grace period too. None: at once.
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
        simulation.log(Event(now, EventKind.PRE_STOP_ENDS, container.spec.name, process.number))
    if turn is not None and remaining > 0:
        begin = now
        now = yield Until(now + remaining, turn)
        remaining -= _whole_seconds(now - begin)
    if process.is_alive:
        send_sigterm(simulation, container, now, now + max(MINIMUM_GRACE, remaining))
    while process.is_alive and process.ends_at is not None:
        now = yield process.ends_at
    return now


def stop_pod(simulation: Simulation, now: int, then: Callable[[int], None]) -> None:
    """End every container that runs, all at once, with the pod's grace period; sidecars wait for their turn.

    A sidecar gets SIGTERM when the regular containers and the sidecars that started after it are gone, or when the
    grace period is over.

    Mirrors `pkg/kubelet/kuberuntime/kuberuntime_container.go: killContainersWithSyncResult`;
    see docs/explanation/kubelet/termination.md#order-of-containers.
    """
    pod = simulation.pod
    running = {name for name, container in simulation.containers.items() if container.is_alive}
    errands: list[Task] = []

    def ended(name: str) -> Callable[[int], None]:
        def end(moment: int) -> None:
            running.discard(name)
            for task in errands:
                task.nudge(moment)
            if not running:
                then(moment)

        return end

    def after(names: frozenset[str]) -> Callable[[], bool]:
        return lambda: running.isdisjoint(names)

    later = [spec.name for spec in pod.containers]
    turns: dict[str, Callable[[], bool] | None] = dict.fromkeys(later)
    for spec in reversed(pod.init_containers):
        turns[spec.name] = after(frozenset(later)) if spec.is_sidecar else None
        later.append(spec.name)
    if not running:
        then(now)
    for name in sorted(running, key=list(simulation.containers).index):
        steps = stop_container(simulation, simulation.containers[name], pod.grace, now, turns[name])
        errands.append(Task(simulation.event_queue, steps, ended(name)))
    for task in errands:
        task.begin(now)


def send_sigterm(simulation: Simulation, container: ContainerState, now: int, sigkill_at: int) -> None:
    """Send SIGTERM, and SIGKILL at `sigkill_at` if that is still needed; a second SIGTERM only moves SIGKILL."""
    process = container.process
    if process is None or not process.is_alive:
        return
    if process.sigterm_at is None:
        process.sigterm_at = now
        process.sigkill_at = sigkill_at
        simulation.log(Event(now, EventKind.SIGTERM, container.spec.name, process.number, until=sigkill_at))
    else:
        process.sigkill_at = min(sigkill_at, process.sigkill_at or sigkill_at)
    patience = process.life.exits_after_sigterm
    ends = [process.sigkill_at]
    if patience is not None:
        ends.append(process.sigterm_at + patience)
    if process.ends_at is not None:
        ends.append(process.ends_at)
    process.ends_at = min(ends)
    simulation.expect_exit(container, process)
    if process.life.refuses_after_sigterm:
        simulation.look_again(container, now)


def _whole_seconds(milliseconds: int) -> int:
    return milliseconds - milliseconds % MILLISECONDS
