"""When a whole pod is Ready at the latest, in whole seconds from the start of its first sidecar or container.

Sidecars start one after another, each when the startup probe of the one before has passed; the regular containers start
after them, one after another too where postStart hooks take time, since the kubelet waits for a hook before it starts
the next container. It looks at regular containers when all of them run. All must be Ready in the end.

Pulling images and plain init containers come on top; a postStart hook that is no native sleep counts as taking no time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.bounds.probe import attempt_spacing, guaranteed_start_seconds, ready, start_verdict, started

if TYPE_CHECKING:
    from pulumi_probes.model.probe import HealthContract, Timings
    from pulumi_probes.model.workload import Container, Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerStart:
    """What decides when a sidecar or a regular container is Ready.

    Attributes:
        is_sidecar: whether it is an init container that goes on running.
        startup: its startup probe.
        readiness: its readiness probe.
        liveness: its liveness probe.
        post_start_seconds: how long its postStart hook takes.
    """

    is_sidecar: bool = False
    startup: Timings | None = None
    readiness: Timings | None = None
    liveness: Timings | None = None
    post_start_seconds: int = 0

    @property
    def judge(self) -> Timings | None:
        """The probe that kills a start which takes too long: the startup probe, else the liveness probe."""
        return self.startup or self.liveness

    @property
    def is_bounded(self) -> bool:
        """Whether it is killed or Ready one day: only readiness failures may go on without end."""
        return self.judge is not None or self.readiness is None


AnswersAt: TypeAlias = Callable[[ContainerStart, int], int]
"""When the application of a container answers, given when the kubelet can first see the container; both in seconds from
the container's start."""


def container_starts(workload: Workload) -> tuple[ContainerStart, ...]:
    """The sidecars of a workload, then its regular containers, in the order in which they start.

    Raises:
        UnknownValue: a probe or hook is not known before deployment.
        MalformedValue: a field has the wrong type.
    """
    return tuple(_container_start(container) for container in workload.probed_containers)


def contract_start(contract: HealthContract) -> ContainerStart:
    """What decides when the one container of a contract is Ready."""
    return ContainerStart(
        startup=contract.startup,
        readiness=contract.readiness,
        liveness=contract.liveness,
        post_start_seconds=contract.shutdown.post_start_sleep_seconds or 0,
    )


def seen_after(containers: Sequence[ContainerStart]) -> tuple[int, ...]:
    """For each container how long after its start the kubelet sees it running.

    That is when its own postStart hook is over and, for a regular container, those of all that start after it.
    """
    hooks = [container.post_start_seconds for container in containers]
    return tuple(
        hooks[index] if container.is_sidecar else sum(hooks[index:]) for index, container in enumerate(containers)
    )


def pod_ready_seconds(containers: Sequence[ContainerStart], answers_at: AnswersAt) -> int:
    """When a pod is Ready at the latest if nothing kills a container before.

    Args:
        containers: sidecars in their order, then regular containers.
        answers_at: when each application answers.
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
    """When a pod is Ready at the latest if every start takes as long as is sure to survive.

    None when only a readiness probe watches one of the containers, so that no start is too long.
    """
    if not all(container.is_bounded for container in containers):
        return None
    return pod_ready_seconds(containers, guaranteed_answer)


def pod_budget_seconds(containers: Sequence[ContainerStart]) -> int:
    """The longest that the probes allow a pod until it is Ready; deadlines must be longer.

    The kubelet waits without end for a container that only a readiness probe watches. What counts then is how long its
    failures add up to a verdict, since that is what people mean to allow when they set it.
    """
    return pod_ready_seconds(containers, latest_answer)


def guaranteed_answer(container: ContainerStart, _seen_at: int) -> int:
    """The slowest start that survives in every phase of the ticker; 0 where nothing ever kills the container.

    Hooks of other containers are left out, since they delay the probes of the pod's first start only.
    """
    judge = container.judge
    return 0 if judge is None else guaranteed_start_seconds(judge, container.post_start_seconds)


def latest_answer(container: ContainerStart, seen_at: int) -> int:
    """The last moment at which an answer may come before the kubelet kills, or readiness fails for good."""
    judge, readiness = container.judge, container.readiness
    if judge is not None:
        return start_verdict(judge, seen_at).latest
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
