"""How many pods of a workload there are, as far as its manifests say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pulumi_probes.model.errors import UnknownValue
from pulumi_probes.model.finding import ResourceReference
from pulumi_probes.model.path import Path
from pulumi_probes.model.workload import Workload

_ON_EVERY_NODE: Final = "DaemonSet"
_OF_OTHERS: Final = "PodTemplate"


@dataclass(frozen=True, slots=True)
class Replicas:
    """The pods of a workload.

    Attributes:
        number: how many in the cluster; on each node where `is_on_every_node`.
        is_on_every_node: whether each node has one, as with a DaemonSet.
        autoscaler: the HorizontalPodAutoscaler whose `maxReplicas` is the number, None where there is none.
    """

    number: int
    is_on_every_node: bool = False
    autoscaler: ResourceReference | None = None

    def on_a_node(self, nodes: int) -> float:
        """How many an average node has, where there are so many nodes."""
        return float(self.number) if self.is_on_every_node else self.number / nodes


def replicas_of(workload: Workload) -> Replicas:
    """What the object itself says: `replicas`, for a Job `parallelism`, beside the template or in `spec`; 1 when unset.

    Raises:
        UnknownValue: it is not known before deployment; in a patch also when it is not set.
        MalformedValue: it is no number.
    """
    if workload.kind == _ON_EVERY_NODE:
        return Replicas(1, is_on_every_node=True)
    if workload.kind == _OF_OTHERS:
        return Replicas(0)
    segments = workload.template_path.segments
    if not segments:
        # The object is the pod.
        return Replicas(1)
    beside = workload.top.reach(Path(segments[:-1]))
    names = ("parallelism", "replicas") if workload.is_job else ("replicas",)
    for place in (beside, workload.spec):
        for name in names:
            if place.has(name):
                return Replicas(max(0, place.integer(name)))
    if workload.is_partial:
        raise UnknownValue(workload.spec.path / names[0])
    return Replicas(1)
