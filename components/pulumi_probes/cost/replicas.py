"""The number of pods of a workload, as far as its manifests determine it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from pulumi_probes.model.errors import UnknownValue
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import ResourceReference
from pulumi_probes.model.node import Node
from pulumi_probes.model.workload import Workload

_ON_EVERY_NODE: Final = frozenset({"DaemonSet", "BroadcastJob"})
_BROADCAST: Final = "broadcastJobTemplate"
_OF_OTHERS: Final = frozenset({"PodTemplate", "SidecarSet"})
"""Kinds that have no pods of their own."""


class Replicas(Struct, frozen=True):
    """The number of pods of a workload.

    Attributes:
        number: pods in the cluster, or on each node if `is_on_every_node`.
        is_on_every_node: whether each node has one pod, as with a DaemonSet.
        autoscaler: the HorizontalPodAutoscaler, ScaledObject or ScaledJob whose maximum is the number, if there is
            one.
    """

    number: int
    is_on_every_node: bool = False
    autoscaler: ResourceReference | None = None

    def on_a_node(self, nodes: int) -> float:
        """The number of pods on an average node of a cluster with this many nodes."""
        return float(self.number) if self.is_on_every_node else self.number / nodes


def replicas_of(workload: Workload, autoscaled: int | None = None) -> Replicas:
    """The number of pods according to the object itself: `replicas`, or `parallelism` for a Job; 1 if unset.

    The Jobs of a JobSet or ScaledJob and the groups of a LeaderWorkerSet are multiplied by the pods of each. The number
    of Jobs of a ScaledJob is determined by its autoscaler.

    Args:
        workload: the workload whose pods are counted.
        autoscaled: the number that an autoscaler sets in place of `replicas`, if there is one.

    Raises:
        UnknownValue: the number is not known before deployment, or not set in a patch.
        MalformedValue: the number has the wrong type.
    """
    if workload.kind in _ON_EVERY_NODE or _BROADCAST in workload.template_path.segments:
        return Replicas(1, is_on_every_node=True)
    if workload.kind in _OF_OTHERS:
        return Replicas(0)
    if not workload.template_path.segments:
        # The object itself is the pod.
        return Replicas(1)
    units = autoscaled if autoscaled is not None else _replicas(workload)
    pods = _PODS_OF_A_UNIT.get(workload.kind)
    return Replicas(units if pods is None else units * pods(workload))


def _replicas(workload: Workload) -> int:
    spec = workload.spec
    if workload.kind == "LeaderWorkerSet":
        return _count(workload, spec, "replicas")
    if workload.kind == "JobSet":
        return _count(workload, _beside(workload, 3), "replicas")
    if workload.kind == "ScaledJob":
        return 1
    names = ("parallelism", "replicas") if workload.is_job else ("replicas",)
    places = [(place, name) for place in (_beside(workload), spec) for name in names if place.has(name)]
    return _count(workload, *(places[0] if places else (spec, names[0])))


def _pods_of_a_job(workload: Workload) -> int:
    return _count(workload, _beside(workload), "parallelism")


def _pods_of_a_group(workload: Workload) -> int:
    """One leader, and workers for the rest; without a template for leaders, they use the one for workers."""
    if "leaderTemplate" in workload.template_path.segments:
        return 1
    group = workload.spec["leaderWorkerTemplate"]
    return max(0, _count(workload, group, "size") - group.has("leaderTemplate"))


_PODS_OF_A_UNIT: Final[Mapping[str, Callable[[Workload], int]]] = {
    "LeaderWorkerSet": _pods_of_a_group,
    "JobSet": _pods_of_a_job,
    "ScaledJob": _pods_of_a_job,
}


def _beside(workload: Workload, steps: int = 1) -> Node:
    """The object that contains the pod template, or a parent of it."""
    return workload.top.reach(FieldPath(workload.template_path.segments[:-steps]))


def _count(workload: Workload, place: Node, name: str) -> int:
    if workload.is_partial and not place.has(name):
        raise UnknownValue(place.path / name)
    return max(0, place.integer(name, 1))
