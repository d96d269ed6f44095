"""What a set of probes promises, in plain seconds: the short answer that components, presets and reports print.

summarize(contract.startup, contract.readiness, contract.liveness, shutdown=contract.shutdown).lines()
# Ready within 67 s; a start of up to 60 s survives.
# A hung pod leaves traffic after 8-13 s and is restarted after 33-76 s.

Every number holds for every phase of the kubelet's tickers. Latencies outside the probes (image pull, publication of
the status, 0 to 3 s) are not included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from pulumi_probes.model.probe import ProbeKind, Shutdown, Timings
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.bounds.probe import (
    MINIMUM_GRACE_SECONDS,
    Interval,
    guaranteed_start_seconds,
    hang_detection,
    ready,
    ready_budget_seconds,
    start_budget_seconds,
    start_verdict,
    started,
    stop_seconds,
)
from pulumi_probes.timeline.bounds.rollout import RolloutPlan, read_rollout_plan
from pulumi_probes.timeline.bounds.summary import ContainerSummary, HealthSummary, WorkloadSummary, format_interval
from pulumi_probes.timeline.model.attempt import always_errs

if TYPE_CHECKING:
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

_SETTLED: Final = 10**6
"""An answer so late that every initial delay is over."""


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
    pause = ending.pre_stop_sleep_seconds
    return _summarize(startup, readiness, liveness, shutdown=ending, pre_stop=Interval(pause, pause))


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
    return _workload_summary((ContainerSummary(name=name, role=ContainerRole.REGULAR, health=health),), [], plan)


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
    found: list[ContainerSummary] = []
    starts: list[Interval] = []
    for container in workload.probed_containers:
        health = _summarize_container(container)
        found.append(ContainerSummary(name=container.name, role=container.role, health=health))
        if container.role is ContainerRole.SIDECAR:
            starts.append(_sidecar_start(container))
    plan = read_rollout_plan(workload, nodes=nodes)
    grace = workload.termination_grace_period_seconds
    return _workload_summary(tuple(found), starts, plan, _sidecar_stop(workload, grace) if starts else 0)


def _sidecar_stop(workload: Workload, grace: int) -> int:
    """When sidecars are gone at the latest: they wait for the others as long as the grace period lasts, and get 2 s.

    The kubelet deducts whole seconds of hooks, so a hook that takes a fraction more makes it up to 1 s later.
    """
    sidecars = [item for item in workload.init_containers if item.role is ContainerRole.SIDECAR]
    pauses = [_hook_pause(item, "preStop", unknown=grace) for item in sidecars]
    return grace + MINIMUM_GRACE_SECONDS + any(pause.earliest != pause.latest for pause in pauses)


def _summarize(
    startup: ProbeNumbers | None,
    readiness: ProbeNumbers | None,
    liveness: ProbeNumbers | None,
    *,
    shutdown: Shutdown,
    pre_stop: Interval,
    restarts: bool = True,
    becomes_ready: bool = True,
) -> HealthSummary:
    grace = shutdown.termination_grace_period_seconds
    seen_at = shutdown.post_start_sleep_seconds or 0
    judge = startup or liveness
    start = None if judge is None else guaranteed_start_seconds(judge, seen_at)
    killed = None if liveness is None else hang_detection(liveness)
    restarted = None
    if liveness is not None and killed is not None:
        # Where nothing is restarted the pod as a whole is ended, with the pod's grace period.
        own = liveness.termination_grace_period_seconds if restarts else None
        allowed = grace if own is None else own
        restarted = Interval(
            killed.earliest + min(pre_stop.earliest, allowed), killed.latest + stop_seconds(pre_stop.latest, allowed)
        )
    return HealthSummary(
        guaranteed_start=start,
        never_answers_killed=None if judge is None else start_verdict(judge, seen_at),
        ready_within=None if start is None or not becomes_ready else ready(startup, readiness, start, seen_at).latest,
        ready_delay=None
        if not becomes_ready
        else ready(startup, readiness, _SETTLED).latest - (_SETTLED if startup or readiness else 0),
        hung_leaves_traffic=None if readiness is None else hang_detection(readiness),
        hung_killed=killed,
        hung_restarted=restarted,
        restarts=restarts,
        stop_within=stop_seconds(pre_stop.latest, grace),
        waits_for_answers=startup is not None or readiness is not None or not becomes_ready,
        becomes_ready=becomes_ready,
        start_budget=start_budget_seconds(startup, liveness),
        ready_budget=None
        if judge is None or not becomes_ready
        else ready_budget_seconds(startup, readiness, liveness) + seen_at,
    )


def _summarize_container(container: Container) -> HealthSummary:
    grace = container.workload.termination_grace_period_seconds
    pre_stop = _hook_pause(container, "preStop", unknown=grace)
    # An error counts for nothing: liveness never fails, readiness never passes, and startup keeps both from running.
    errs = {probe.kind for probe in container.probes if always_errs(probe)}
    blocked = ProbeKind.STARTUP in errs
    becomes_ready = not blocked and ProbeKind.READINESS not in errs
    return _summarize(
        None if blocked else container.startup,
        container.readiness if becomes_ready else None,
        None if blocked or ProbeKind.LIVENESS in errs else container.liveness,
        shutdown=Shutdown(
            pre_stop_sleep_seconds=pre_stop.latest,
            termination_grace_period_seconds=grace,
            post_start_sleep_seconds=_hook_pause(container, "postStart", unknown=0).latest,
        ),
        pre_stop=pre_stop,
        restarts=container.role is ContainerRole.SIDECAR or _restart_policy(container) != "Never",
        becomes_ready=becomes_ready,
    )


def _restart_policy(container: Container) -> str:
    return container.node.text("restartPolicy", "") or container.workload.restart_policy


def _hook_pause(container: Container, name: str, *, unknown: int) -> Interval:
    """How long a hook takes: exactly known for a native sleep only."""
    hook = container.hook(name)
    if hook is None:
        return Interval(0, 0)
    if hook.handlers == ("sleep",):
        seconds = hook.node["sleep"].integer("seconds", 0)
        return Interval(seconds, seconds)
    return Interval(0, unknown)


def _sidecar_start(container: Container) -> Interval:
    """When the next container may start, which is when this one's startup probe has passed.

    Earliest: the latest after a start that is guaranteed to survive. Latest: the longest the kubelet waits.
    """
    startup = container.startup
    seen_at = _hook_pause(container, "postStart", unknown=0).latest
    if startup is None:
        return Interval(seen_at, seen_at)
    return Interval(
        started(startup, guaranteed_start_seconds(startup, seen_at), seen_at).latest,
        start_verdict(startup, seen_at).latest,
    )


def _workload_summary(
    containers: tuple[ContainerSummary, ...], sidecars: list[Interval], plan: RolloutPlan, sidecar_stop: int = 0
) -> WorkloadSummary:
    # A sidecar must have started before the next container does; all must be Ready in the end.
    starts = [item.health.ready_within for item in containers]
    budgets = [item.health.ready_budget for item in containers]
    within = _latest(starts, sum(start.earliest for start in sidecars))
    stop = max([sidecar_stop, *(item.health.stop_within for item in containers)])
    return WorkloadSummary(
        containers=containers,
        ready_within=within,
        ready_budget=_latest(budgets, sum(start.latest for start in sidecars)),
        stop_within=stop,
        plan=plan,
        rollout_within=None if within is None else plan.rollout_within(within, stop),
        create_within=None if within is None else plan.create_within(within),
        longest_gap=None if within is None else plan.longest_gap(within, stop),
    )


def _latest(seconds: list[int | None], offset: int) -> int | None:
    known = [item for item in seconds if item is not None]
    return max(known) + offset if known and len(known) == len(seconds) else None
