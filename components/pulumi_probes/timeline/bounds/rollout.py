"""Closed-form bounds for the rollout of a workload.

`ready` is the longest time that a pod may take from its creation until Ready, `stop` the longest time from its deletion
until it is removed, both in seconds. docs/explanation/kubelet/rollout.md describes what the Deployment, StatefulSet and
DaemonSet controllers do.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from pulumi_probes.model.await_timeout import PULUMI, endless_wait, read_await_timeouts
from pulumi_probes.model.defaults import DEFAULT_AWAIT_TIMEOUT_SECONDS, DEFAULT_PROGRESS_DEADLINE_SECONDS
from pulumi_probes.model.errors import MalformedValue, ValueNotAvailable
from pulumi_probes.model.rounding import ceil_div, round_up
from pulumi_probes.model.version import DEFAULT, KubernetesVersion
from pulumi_probes.model.written_number import percentage

if TYPE_CHECKING:
    from pulumi_probes.model.node import Node
    from pulumi_probes.model.workload import Workload


DEFAULT_AMOUNT: Final = "25%"
"""The default of `maxSurge` and of `maxUnavailable` of a Deployment."""

AMOUNT_FORM: Final = "must be a whole number or a percentage such as 25%"
"""The valid form of `maxSurge` and `maxUnavailable`, as a clause."""

SEVERAL_UNAVAILABLE_SINCE: Final = KubernetesVersion(1, 37)
"""Since this version, a StatefulSet may replace several pods at once.

`pkg/controller/statefulset/stateful_set_control.go: updateStatefulSetAfterInvariantEstablished`, under
`MaxUnavailableStatefulSet`; see docs/explanation/kubelet/rollout.md#statefulset.
"""

PLACEMENT_SECONDS: Final = 120
"""Seconds allowed for scheduling and image pulls, which happen before any probe runs."""


def deadline_seconds(seconds: int) -> int:
    """A deadline for pods whose probes allow `seconds`: whole minutes, including `PLACEMENT_SECONDS`."""
    return round_up(seconds + PLACEMENT_SECONDS, 60)


class RolloutPlan(Struct, frozen=True, kw_only=True):
    """Everything that determines how long a rollout takes, apart from the pods themselves.

    Attributes:
        kind: `Deployment`, `StatefulSet`, `DaemonSet`, or another kind, for which no rollout is known.
        strategy: `RollingUpdate`, `Recreate` or `OnDelete`, which never replaces a pod by itself.
        pods: the number of pods that are replaced; for a DaemonSet the number of nodes, for a StatefulSet the pods at
            or above the partition.
        max_surge: the number of pods above the desired number during a rollout.
        max_unavailable: the number of pods that may be unavailable during a rollout; 1 for a StatefulSet before 1.37.
        first_pods: the number of pods of a first rollout, which has no partition; None if it is `pods`.
        ordered: whether a StatefulSet starts its pods one after another.
        min_ready_seconds: seconds for which a pod must stay Ready before it is available.
        progress_deadline_seconds: the longest time without progress before a Deployment reports failure, in seconds;
            None for other kinds, which have no such deadline.
        create_timeout_seconds: seconds for which Pulumi waits for the first rollout; None if it does not wait, or if
            the number is not known before deployment.
        update_timeout_seconds: the same for a later rollout.
        deployer: who waits, one of `DEPLOYERS`.
        endless_wait: why that deployer never sees the end of an update, see `endless_wait`.
    """

    kind: str = "Deployment"
    strategy: str = "RollingUpdate"
    pods: int = 1
    max_surge: int = 1
    max_unavailable: int = 0
    first_pods: int | None = None
    ordered: bool = False
    min_ready_seconds: int = 0
    progress_deadline_seconds: int | None = DEFAULT_PROGRESS_DEADLINE_SECONDS
    create_timeout_seconds: int | None = DEFAULT_AWAIT_TIMEOUT_SECONDS
    update_timeout_seconds: int | None = DEFAULT_AWAIT_TIMEOUT_SECONDS
    deployer: str = PULUMI
    endless_wait: str | None = None

    @property
    def waves(self) -> int:
        """The number of times in succession that a rollout waits for new pods."""
        if self.pods == 0:
            return 0
        if self.kind == "StatefulSet":
            if self.ordered:
                return self.pods
            return 1 if self.strategy == "Recreate" else ceil_div(self.pods, max(1, self.max_unavailable))
        if self.strategy == "Recreate":
            return 1
        if self.kind == "DaemonSet":
            return ceil_div(self.pods, max(1, self.max_surge or self.max_unavailable))
        return ceil_div(self.pods, max(1, self.max_surge + self.max_unavailable))

    @property
    def stops(self) -> int:
        """The number of times in succession that a rollout waits for old pods to stop before new ones start."""
        if self.pods == 0 or not self.deletes_first:
            return 0
        if self.strategy == "Recreate":
            return 1
        # An ordered StatefulSet stops `maxUnavailable` pods at the same time and starts them one after another.
        return ceil_div(self.pods, max(1, self.max_unavailable))

    @property
    def deletes_first(self) -> bool:
        """Whether an old pod must be removed before its replacement starts."""
        if self.kind == "DaemonSet":
            return self.max_surge == 0
        return self.strategy == "Recreate" or self.kind == "StatefulSet"

    def waits_for_pods(self, ready: int) -> int:
        """The longest time that a rollout waits for new pods; the time to stop old pods is not included."""
        return self.waves * (ready + self.min_ready_seconds)

    def rollout_within(self, ready: int, stop: int) -> int | None:
        """The longest rollout of all pods; None for `OnDelete`, because no controller replaces the pods."""
        if self.strategy == "OnDelete":
            return None
        return self.waits_for_pods(ready) + self.stops * stop

    def create_within(self, ready: int) -> int:
        """The longest first rollout: all pods at once, but one after another in an ordered StatefulSet."""
        pods = self.pods if self.first_pods is None else self.first_pods
        if pods == 0:
            return 0
        turns = pods if self.kind == "StatefulSet" and self.ordered else 1
        return turns * (ready + self.min_ready_seconds)

    def awaited(self, within: int | None) -> int | None:
        """The part of a rollout that a deployer waits for: the last pod of a StatefulSet need only be Ready."""
        if self.kind != "StatefulSet" or not within:
            return within
        return within - self.min_ready_seconds

    def longest_gap(self, ready: int, stop: int) -> int:
        """The longest time without progress in a healthy rollout: a pod becomes Ready, then available.

        `Recreate` also waits until all old pods are removed.
        """
        gap = max(ready, self.min_ready_seconds)
        return max(gap, stop) if self.strategy == "Recreate" else gap


# Several rules ask for the plan of one workload after another.
@lru_cache(maxsize=4)
def read_rollout_plan(
    workload: Workload, *, nodes: int = 3, deployer: str = PULUMI, version: KubernetesVersion = DEFAULT
) -> RolloutPlan:
    """Read the plan of a workload from its manifest, with the API server's defaults.

    Args:
        workload: a Deployment, StatefulSet or DaemonSet; any other kind has no rollouts.
        nodes: the number of nodes that a DaemonSet runs on, which the manifest does not contain.
        deployer: who waits for the rollout, one of `DEPLOYERS`.
        version: the version of the cluster.

    Raises:
        UnknownValue: a number is not known before deployment.
        MalformedValue: a field has the wrong type.
    """
    create_timeout, update_timeout, endless = _wait(workload, deployer)
    plan = RolloutPlan(
        kind=workload.kind,
        strategy="OnDelete",
        pods=1,
        max_surge=0,
        max_unavailable=1,
        min_ready_seconds=workload.spec.integer("minReadySeconds", 0),
        progress_deadline_seconds=None,
        create_timeout_seconds=create_timeout,
        update_timeout_seconds=update_timeout,
        deployer=deployer,
        endless_wait=endless,
    )
    match workload.kind:
        case "Deployment":
            return _deployment(plan, workload)
        case "StatefulSet":
            return _stateful_set(plan, workload.spec, version)
        case "DaemonSet":
            return _daemon_set(plan, workload.spec, nodes)
        case "ReplicaSet" | "ReplicationController":
            return replace(plan, pods=workload.spec.integer("replicas", 1))
        case _:
            return plan


def _deployment(plan: RolloutPlan, workload: Workload) -> RolloutPlan:
    spec = workload.spec
    deadline = spec.integer("progressDeadlineSeconds", DEFAULT_PROGRESS_DEADLINE_SECONDS)
    pods = spec.integer("replicas", 1)
    strategy = spec["strategy"]
    name = strategy.word("type", "RollingUpdate")
    surge, unavailable = 0, pods
    if name == "RollingUpdate":
        surge = _share(strategy["rollingUpdate"], "maxSurge", DEFAULT_AMOUNT, pods, rounds_up=True)
        unavailable = _share(strategy["rollingUpdate"], "maxUnavailable", DEFAULT_AMOUNT, pods, rounds_up=False)
        if surge == 0 and unavailable == 0:
            unavailable = 1
    return replace(
        plan,
        strategy=name,
        pods=pods,
        max_surge=surge,
        max_unavailable=unavailable,
        progress_deadline_seconds=deadline if workload.has_progress_deadline else None,
    )


def _stateful_set(plan: RolloutPlan, spec: Node, version: KubernetesVersion) -> RolloutPlan:
    strategy = spec["updateStrategy"]
    replicas = spec.integer("replicas", 1)
    partition = strategy["rollingUpdate"].integer("partition", 0)
    unavailable = 1
    if version >= SEVERAL_UNAVAILABLE_SINCE:
        unavailable = max(1, _share(strategy["rollingUpdate"], "maxUnavailable", 1, replicas, rounds_up=False))
    return replace(
        plan,
        strategy=strategy.word("type", "RollingUpdate"),
        pods=max(0, replicas - partition),
        first_pods=replicas if partition else None,
        max_unavailable=unavailable,
        ordered=spec.text("podManagementPolicy", "OrderedReady") == "OrderedReady",
    )


def _daemon_set(plan: RolloutPlan, spec: Node, nodes: int) -> RolloutPlan:
    strategy = spec["updateStrategy"]
    return replace(
        plan,
        strategy=strategy.word("type", "RollingUpdate"),
        pods=nodes,
        max_surge=_share(strategy["rollingUpdate"], "maxSurge", 0, nodes, rounds_up=True),
        max_unavailable=_share(strategy["rollingUpdate"], "maxUnavailable", 1, nodes, rounds_up=True),
    )


def _share(node: Node, key: str, default: int | str, whole: int, *, rounds_up: bool) -> int:
    """The number of pods in a field that holds a number or a percentage of `whole`."""
    value = node.integer_or_text(key)
    value = default if value is None else value
    if isinstance(value, int):
        return value
    share = percentage(value)
    if share is None:
        raise MalformedValue(node.path / key, AMOUNT_FORM)
    scaled = share * whole
    return ceil_div(scaled, 100) if rounds_up else scaled // 100


def _wait(workload: Workload, deployer: str) -> tuple[int | None, int | None, str | None]:
    """The time limits for the first rollout and for an update, and why the wait for an update never ends."""
    try:
        timeouts, endless = read_await_timeouts(workload, deployer), endless_wait(workload, deployer)
    except ValueNotAvailable:
        return None, None, None
    if timeouts is None:
        return None, None, endless
    return timeouts.create.seconds, timeouts.update.seconds, endless
