"""When a whole pod is Ready at the latest, in whole seconds from the start of its first sidecar or container.

Sidecars start one after another, each once the startup probe of the previous one has passed. The regular containers
start after them, also one after another if postStart hooks take time, because the kubelet waits for a hook before it
starts the next container. It first sees the regular containers when all of them run. The pod is Ready when all
containers are.

Image pulls and plain init containers are not included. A postStart hook other than `sleep` is assumed to take no time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from pulumi_probes.model.defaults import MINIMUM_GRACE_SECONDS
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.bounds.probe import (
    Interval,
    attempt_spacing,
    guaranteed_start_seconds,
    ready,
    start_verdict,
    started,
    stop_seconds,
)

if TYPE_CHECKING:
    from pulumi_probes.model.probe import HealthContract
    from pulumi_probes.model.probe_kind import Timings
    from pulumi_probes.model.workload import Container, Workload


class ContainerStart(Struct, frozen=True, kw_only=True):
    """Everything that determines when a sidecar or regular container is Ready.

    Attributes:
        is_sidecar: whether it is an init container that keeps running.
        startup: its startup probe.
        readiness: its readiness probe.
        liveness: its liveness probe.
        post_start_seconds: the duration of its postStart hook, in seconds.
    """

    is_sidecar: bool = False
    startup: Timings | None = None
    readiness: Timings | None = None
    liveness: Timings | None = None
    post_start_seconds: int = 0

    @property
    def startup_limit(self) -> Timings | None:
        """The probe that limits the startup time: the startup probe, or else the liveness probe."""
        return self.startup or self.liveness

    @property
    def is_bounded(self) -> bool:
        """Whether it is Ready or killed after a limited time; readiness failures alone have no limit."""
        return self.startup_limit is not None or self.readiness is None


AnswersAt: TypeAlias = Callable[[ContainerStart, int], int]
"""When the application of a container begins to respond, given the container and the moment at which the kubelet first
sees it running; both in seconds from the container's start."""


def container_starts(workload: Workload) -> tuple[ContainerStart, ...]:
    """The sidecars of a workload, then its regular containers, in the order in which they start.

    Raises:
        UnknownValue: a probe or hook is not known before deployment.
        MalformedValue: a field has the wrong type.
    """
    return tuple(_container_start(container) for container in workload.probed_containers)


def contract_start(contract: HealthContract) -> ContainerStart:
    """The start of a container with this contract."""
    return ContainerStart(
        startup=contract.startup,
        readiness=contract.readiness,
        liveness=contract.liveness,
        post_start_seconds=contract.shutdown.post_start_sleep_seconds or 0,
    )


def seen_after(containers: Sequence[ContainerStart]) -> tuple[int, ...]:
    """For each container, the seconds from its start until the kubelet sees it running.

    These are the durations of its own postStart hook and, for a regular container, of the hooks of all containers that
    start after it.
    """
    hooks = [container.post_start_seconds for container in containers]
    return tuple(
        hooks[index] if container.is_sidecar else sum(hooks[index:]) for index, container in enumerate(containers)
    )


def pod_ready_seconds(containers: Sequence[ContainerStart], answers_at: AnswersAt) -> int:
    """When a pod is Ready at the latest, provided that no container is killed.

    Args:
        containers: the sidecars, then the regular containers, in the order in which they start.
        answers_at: when each application begins to respond.
    """
    begins = latest = 0
    for container, seen_at in zip(containers, seen_after(containers), strict=True):
        answers = answers_at(container, seen_at)
        latest = max(latest, begins + ready(container.startup, container.readiness, answers, seen_at).latest)
        if container.is_sidecar:
            begins += started(container.startup, answers, seen_at).latest
        else:
            begins += container.post_start_seconds
    return latest


def pod_guarantee_seconds(containers: Sequence[ContainerStart]) -> int | None:
    """When a pod is Ready at the latest if every startup takes its guaranteed time.

    None if a container has only a readiness probe, so that its startup time is not limited.
    """
    if not all(container.is_bounded for container in containers):
        return None
    return pod_ready_seconds(containers, guaranteed_answer)


def pod_budget_seconds(containers: Sequence[ContainerStart]) -> int:
    """The longest time that the probes allow until a pod is Ready; deadlines must be longer.

    The kubelet waits without limit for a container that has only a readiness probe. The time until that probe's verdict
    is counted instead, because its fields are usually meant to allow that much.
    """
    return pod_ready_seconds(containers, latest_answer)


@lru_cache(maxsize=1)
def workload_budget_seconds(workload: Workload) -> int:
    """The longest time that the probes allow until a pod of a workload is Ready; several rules ask for it in turn.

    Raises:
        UnknownValue: a probe or hook is not known before deployment.
        MalformedValue: a field has the wrong type.
    """
    return pod_budget_seconds(container_starts(workload))


def pod_stop_seconds(workload: Workload) -> int:
    """The longest time from the deletion of a pod until its last container has ended; 0 without containers.

    Sidecars wait for the others during the grace period and then have 2 s. The kubelet subtracts whole seconds for
    hooks, so a hook of a sidecar that takes a fraction more adds up to 1 s.
    """
    grace = workload.termination_grace_period_seconds
    stops = [stop_seconds(pre_stop_pause(container, grace).latest, grace) for container in workload.probed_containers]
    if workload.sidecars:
        pauses = [pre_stop_pause(item, grace) for item in workload.sidecars]
        stops.append(grace + MINIMUM_GRACE_SECONDS + any(pause.earliest != pause.latest for pause in pauses))
    return max(stops, default=0)


def pre_stop_pause(container: Container, grace: int) -> Interval:
    """The duration of a preStop hook, which is only known exactly for `sleep`."""
    hook = container.hook("preStop")
    if hook is None:
        return Interval(0, 0)
    seconds = hook.sleep_seconds
    return Interval(0, grace) if seconds is None else Interval(seconds, seconds)


def guaranteed_answer(container: ContainerStart, _seen_at: int) -> int:
    """The slowest startup that no phase of the ticker ends with a kill; 0 if no probe limits the startup time.

    The hooks of other containers are left out, because they delay the probes only when the pod starts.
    """
    limit = container.startup_limit
    return 0 if limit is None else guaranteed_start_seconds(limit, container.post_start_seconds)


def latest_answer(container: ContainerStart, seen_at: int) -> int:
    """The last moment at which a response can prevent a kill, or else the failure of readiness."""
    limit, readiness = container.startup_limit, container.readiness
    if limit is not None:
        return start_verdict(limit, seen_at).latest
    if readiness is None:
        return 0
    return (readiness.failure_threshold - 1) * attempt_spacing(readiness, readiness.timeout_seconds)


def _container_start(container: Container) -> ContainerStart:
    hook = container.hook("postStart")
    return ContainerStart(
        is_sidecar=container.role is ContainerRole.SIDECAR,
        startup=container.startup,
        readiness=container.readiness,
        liveness=container.liveness,
        post_start_seconds=0 if hook is None else hook.sleep_seconds or 0,
    )
