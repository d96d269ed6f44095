"""What a set of probes promises, in plain seconds: the short answer that components, presets and reports print.

summarize(contract.startup, contract.readiness, contract.liveness, shutdown=contract.shutdown).lines()
# Ready within 67 s; a start of up to 60 s survives.
# A hung pod leaves traffic after 8-13 s and is restarted after 33-76 s.

Every number holds for every phase of the kubelet's tickers. Latencies outside the probes (image pull, publication of
the status, 0 to 3 s) are not included.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from pulumi_probes.model.probe import MINIMUM_GRACE_SECONDS, ProbeKind, Shutdown, Timings
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.bounds.pod import (
    ContainerStart,
    container_starts,
    contract_start,
    guaranteed_answer,
    latest_answer,
    pod_budget_seconds,
    pod_guarantee_seconds,
    seen_after,
)
from pulumi_probes.timeline.bounds.probe import (
    Interval,
    hang_detection,
    ready,
    start_verdict,
    stop_seconds,
)
from pulumi_probes.timeline.bounds.rollout import RolloutPlan, read_rollout_plan
from pulumi_probes.timeline.bounds.summary import ContainerSummary, HealthSummary, WorkloadSummary, format_interval
from pulumi_probes.timeline.model.attempt import always_errs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_probes.model.probe import HealthContract
    from pulumi_probes.model.workload import Container, Workload


__all__ = [
    "ContainerSummary",
    "HealthSummary",
    "ProbeNumbers",
    "WorkloadSummary",
    "format_interval",
    "summarize",
    "summarize_contract",
    "summarize_workload",
]

_SETTLED: Final = 10**15
"""An answer so late that every initial delay is over, and every verdict too."""


class ProbeNumbers(Timings, Protocol):
    """The numbers of a probe and its own grace period; `Probe` has them, and so has the view that rules get."""

    @property
    def termination_grace_period_seconds(self) -> int | None:
        """The grace period after this probe's verdict; None for the pod's."""
        ...


def summarize(
    startup: ProbeNumbers | None,
    readiness: ProbeNumbers | None,
    liveness: ProbeNumbers | None,
    *,
    shutdown: Shutdown | None = None,
) -> HealthSummary:
    """The promise of one container.

    Args:
        startup: its startup probe.
        readiness: its readiness probe.
        liveness: its liveness probe.
        shutdown: pauses after the start and before the end, and the grace period; no pauses and Kubernetes' 30 s when
            None.
    """
    ending = shutdown or Shutdown(pre_stop_sleep_seconds=0)
    pause, seen_at = ending.pre_stop_sleep_seconds, ending.post_start_sleep_seconds or 0
    return _summarize(
        ContainerStart(startup=startup, readiness=readiness, liveness=liveness, post_start_seconds=seen_at),
        seen_at,
        grace=ending.termination_grace_period_seconds,
        liveness_grace=None if liveness is None else liveness.termination_grace_period_seconds,
        pre_stop=Interval(pause, pause),
    )


def summarize_contract(contract: HealthContract, *, name: str = "", replicas: int = 1) -> WorkloadSummary:
    """The promise of a contract whose workload is a Deployment of `replicas` pods with one container."""
    health = summarize(contract.startup, contract.readiness, contract.liveness, shutdown=contract.shutdown)
    plan = RolloutPlan(
        pods=replicas,
        max_surge=contract.rollout.max_surge,
        max_unavailable=contract.rollout.max_unavailable,
        min_ready_seconds=contract.rollout.min_ready_seconds,
        progress_deadline_seconds=contract.rollout.progress_deadline_seconds,
        create_timeout_seconds=contract.rollout.await_timeout_seconds,
        update_timeout_seconds=contract.rollout.await_timeout_seconds,
    )
    start = contract_start(contract)
    return _workload_summary((ContainerSummary(name=name, role=ContainerRole.REGULAR, health=health),), [start], plan)


def summarize_workload(workload: Workload, *, nodes: int = 3) -> WorkloadSummary:
    """The promise of a workload from its manifest.

    A preStop hook that is no native sleep takes no time at the earliest and the whole grace period at the latest. A
    postStart hook that is none takes no time, and so do plain init containers.

    Args:
        workload: any kind.
        nodes: how many nodes a DaemonSet runs on.

    Raises:
        UnknownValue: a number is not known before deployment.
        MalformedValue: a field has the wrong type, or the API server refuses a probe's handlers or port.
    """
    watched = [
        _watched(container, start)
        for container, start in zip(workload.probed_containers, container_starts(workload), strict=True)
    ]
    starts = [item.start for item in watched]
    containers = tuple(
        _summarize_container(item, seen_at) for item, seen_at in zip(watched, seen_after(starts), strict=True)
    )
    plan = read_rollout_plan(workload, nodes=nodes)
    sidecar_stop = _sidecar_stop(workload, workload.termination_grace_period_seconds) if workload.sidecars else 0
    return _workload_summary(containers, starts, plan, sidecar_stop)


def _sidecar_stop(workload: Workload, grace: int) -> int:
    """When sidecars are gone at the latest: they wait for the others as long as the grace period lasts, and get 2 s.

    The kubelet deducts whole seconds of hooks, so a hook that takes a fraction more makes it up to 1 s later.
    """
    pauses = [_pre_stop_pause(item, grace) for item in workload.sidecars]
    return grace + MINIMUM_GRACE_SECONDS + any(pause.earliest != pause.latest for pause in pauses)


def _summarize(
    start: ContainerStart,
    seen_at: int,
    *,
    grace: int,
    liveness_grace: int | None,
    pre_stop: Interval,
    restarts: bool = True,
    becomes_ready: bool = True,
) -> HealthSummary:
    startup, readiness, liveness = start.startup, start.readiness, start.liveness
    killed = None if liveness is None else hang_detection(liveness)
    restarted = None
    if killed is not None:
        # Where nothing is restarted the pod as a whole is ended, with the pod's grace period.
        allowed = grace if liveness_grace is None or not restarts else liveness_grace
        restarted = Interval(
            killed.earliest + min(pre_stop.earliest, allowed), killed.latest + stop_seconds(pre_stop.latest, allowed)
        )
    given_up = None
    if start.judge is not None:
        given_up = Interval(
            start_verdict(start.judge, start.post_start_seconds).earliest, start_verdict(start.judge, seen_at).latest
        )
    is_bounded = becomes_ready and start.is_bounded
    return HealthSummary(
        guaranteed_start=None if start.judge is None else guaranteed_answer(start, seen_at),
        never_answers_killed=given_up,
        ready_within=ready(startup, readiness, guaranteed_answer(start, seen_at), seen_at).latest
        if is_bounded
        else None,
        ready_delay=ready(startup, readiness, _SETTLED).latest - (_SETTLED if startup or readiness else 0)
        if becomes_ready
        else None,
        hung_leaves_traffic=None if readiness is None else hang_detection(readiness),
        hung_killed=killed,
        hung_restarted=restarted,
        restarts=restarts,
        stop_within=stop_seconds(pre_stop.latest, grace),
        waits_for_answers=startup is not None or readiness is not None or not becomes_ready,
        becomes_ready=becomes_ready,
        start_budget=None if given_up is None else given_up.latest,
        ready_budget=ready(startup, readiness, latest_answer(start, seen_at), seen_at).latest if is_bounded else None,
    )


@dataclass(frozen=True, slots=True)
class _Watched:
    """A container and its probes without those that err always.

    An error counts for nothing: liveness never fails, readiness never passes, and startup keeps both from running.
    """

    container: Container
    start: ContainerStart
    becomes_ready: bool


def _watched(container: Container, start: ContainerStart) -> _Watched:
    errs = {probe.kind for probe in container.probes if always_errs(probe)}
    is_blocked = ProbeKind.STARTUP in errs
    becomes_ready = not is_blocked and ProbeKind.READINESS not in errs
    effective = replace(
        start,
        startup=None if is_blocked else start.startup,
        readiness=start.readiness if becomes_ready else None,
        liveness=None if is_blocked or ProbeKind.LIVENESS in errs else start.liveness,
    )
    return _Watched(container, effective, becomes_ready)


def _summarize_container(watched: _Watched, seen_at: int) -> ContainerSummary:
    container = watched.container
    grace = container.workload.termination_grace_period_seconds
    liveness = container.liveness
    health = _summarize(
        watched.start,
        seen_at,
        grace=grace,
        liveness_grace=None if liveness is None else liveness.termination_grace_period_seconds,
        pre_stop=_pre_stop_pause(container, grace),
        restarts=container.role is ContainerRole.SIDECAR or _restart_policy(container) != "Never",
        becomes_ready=watched.becomes_ready,
    )
    return ContainerSummary(name=container.name, role=container.role, health=health)


def _restart_policy(container: Container) -> str:
    return container.node.text("restartPolicy", "") or container.workload.restart_policy


def _pre_stop_pause(container: Container, grace: int) -> Interval:
    """How long a preStop hook takes: exactly known for a native sleep only."""
    hook = container.hook("preStop")
    if hook is None:
        return Interval(0, 0)
    seconds = hook.sleep_seconds
    return Interval(0, grace) if seconds is None else Interval(seconds, seconds)


def _workload_summary(
    containers: tuple[ContainerSummary, ...], starts: Sequence[ContainerStart], plan: RolloutPlan, sidecar_stop: int = 0
) -> WorkloadSummary:
    becomes_ready = bool(containers) and all(item.health.becomes_ready for item in containers)
    within = pod_guarantee_seconds(starts) if becomes_ready else None
    stop = max([sidecar_stop, *(item.health.stop_within for item in containers)])
    return WorkloadSummary(
        containers=containers,
        ready_within=within,
        ready_budget=None if within is None else pod_budget_seconds(starts),
        stop_within=stop,
        plan=plan,
        rollout_within=None if within is None else plan.rollout_within(within, stop),
        create_within=None if within is None else plan.create_within(within),
        longest_gap=None if within is None else plan.longest_gap(within, stop),
    )
