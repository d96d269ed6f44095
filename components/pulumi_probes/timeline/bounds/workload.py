"""The timings that a set of probes guarantees, in seconds: the summary that components, presets and reports print.

summarize(contract.startup, contract.readiness, contract.liveness, shutdown=contract.shutdown).lines()
# Ready within 67 s; a startup of up to 60 s is allowed.
# A hung pod stops receiving traffic after 8-13 s and is restarted after 33-76 s.

Every number holds for every phase of the kubelet's tickers. Latencies other than those of probes (image pull,
publication of the status, 0 to 3 s) are not included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from pulumi_probes.model.await_timeout import PULUMI
from pulumi_probes.model.probe import Shutdown
from pulumi_probes.model.probe_kind import ProbeKind, Timings
from pulumi_probes.model.version import DEFAULT, KubernetesVersion
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.bounds.pod import (
    ContainerStart,
    container_starts,
    contract_start,
    guaranteed_answer,
    latest_answer,
    pod_budget_seconds,
    pod_guarantee_seconds,
    pod_stop_seconds,
    pre_stop_pause,
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
"""A response so late that every initial delay is over and every probe has reached a verdict."""


class ProbeNumbers(Timings, Protocol):
    """The fields of a probe, its own grace period included; `Probe` and `ContainerProbe` have them."""

    @property
    def termination_grace_period_seconds(self) -> int | None:
        """The grace period of kills by this probe in seconds; None for the pod's."""
        ...


def summarize(
    startup: ProbeNumbers | None,
    readiness: ProbeNumbers | None,
    liveness: ProbeNumbers | None,
    *,
    shutdown: Shutdown | None = None,
) -> HealthSummary:
    """Summarize the timings of one container.

    Args:
        startup: its startup probe.
        readiness: its readiness probe.
        liveness: its liveness probe.
        shutdown: the postStart and preStop sleeps and the grace period; no sleeps and 30 s if None.
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
    """Summarize the timings of a Deployment of `replicas` pods with one container that has this contract."""
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
    container = ContainerSummary(name=name, role=ContainerRole.REGULAR, health=health)
    return _workload_summary((container,), [start], plan, health.stop_within)


def summarize_workload(
    workload: Workload, *, nodes: int = 3, deployer: str = PULUMI, version: KubernetesVersion = DEFAULT
) -> WorkloadSummary:
    """Summarize the timings of a workload from its manifest.

    A preStop hook other than `sleep` is assumed to take from no time to the whole grace period; a postStart hook other
    than `sleep` and plain init containers are assumed to take no time.

    Args:
        workload: a workload of any kind.
        nodes: how many nodes a DaemonSet runs on.
        deployer: who waits for a rollout, one of `DEPLOYERS`.
        version: the version of the cluster.

    Raises:
        UnknownValue: a number is not known before deployment.
        MalformedValue: a field has the wrong type, or the API server rejects a probe's handlers or port.
    """
    watched = [
        _watched(container, start)
        for container, start in zip(workload.probed_containers, container_starts(workload), strict=True)
    ]
    starts = [item.start for item in watched]
    containers = tuple(
        _summarize_container(item, seen_at) for item, seen_at in zip(watched, seen_after(starts), strict=True)
    )
    plan = read_rollout_plan(workload, nodes=nodes, deployer=deployer, version=version)
    return _workload_summary(containers, starts, plan, pod_stop_seconds(workload))


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
        # If nothing is restarted, the whole pod is terminated, with the pod's grace period.
        allowed = grace if liveness_grace is None or not restarts else liveness_grace
        restarted = Interval(
            killed.earliest + min(pre_stop.earliest, allowed), killed.latest + stop_seconds(pre_stop.latest, allowed)
        )
    given_up = None
    if start.startup_limit is not None:
        given_up = Interval(
            start_verdict(start.startup_limit, start.post_start_seconds).earliest,
            start_verdict(start.startup_limit, seen_at).latest,
        )
    is_bounded = becomes_ready and start.is_bounded
    return HealthSummary(
        guaranteed_start=None if start.startup_limit is None else guaranteed_answer(start, seen_at),
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


class _Watched(Struct, frozen=True):
    """A container and its probes without those whose attempts are always errors.

    An error is not counted: liveness never fails, readiness never passes, and startup keeps both from running.
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
        pre_stop=pre_stop_pause(container, grace),
        restarts=container.role is ContainerRole.SIDECAR or _restart_policy(container) != "Never",
        becomes_ready=watched.becomes_ready,
    )
    return ContainerSummary(name=container.name, role=container.role, health=health)


def _restart_policy(container: Container) -> str:
    return container.node.text("restartPolicy", "") or container.workload.restart_policy


def _workload_summary(
    containers: tuple[ContainerSummary, ...], starts: Sequence[ContainerStart], plan: RolloutPlan, stop: int
) -> WorkloadSummary:
    becomes_ready = bool(containers) and all(item.health.becomes_ready for item in containers)
    within = pod_guarantee_seconds(starts) if becomes_ready else None
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
