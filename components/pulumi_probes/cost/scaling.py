"""Other objects of a stack that affect the number of pods: autoscalers, and controllers that created a workload."""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from pulumi_probes.codec.manifest import reference_of
from pulumi_probes.cost.replicas import Replicas, replicas_of
from pulumi_probes.model.errors import UnknownValue, ValueNotAvailable
from pulumi_probes.model.finding import ResourceReference
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.node import Node
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.workload import Workload

_HORIZONTAL: Final = "HorizontalPodAutoscaler"
_KEDA: Final = "ScaledObject"
_KEDA_JOBS: Final = "ScaledJob"
"""A ScaledJob contains the pod template that it scales."""
_KEDA_MOST: Final = 100
"""KEDA's default of `maxReplicaCount`."""

_Name = tuple[str, str | None, str]
"""Kind, name and namespace."""


class _Autoscaler(Struct, frozen=True):
    reference: ResourceReference
    spec: Node
    is_patch: bool

    @property
    def most(self) -> int:
        """The maximum number of replicas; raises the errors of `replicas_of`."""
        name, default = ("maxReplicas", None) if self.reference.kind == _HORIZONTAL else ("maxReplicaCount", _KEDA_MOST)
        if self.is_patch and not self.spec.has(name):
            raise UnknownValue(self.spec.path / name)
        return self.spec.integer(name, default)


class Scaling:
    """Which workloads of a stack are created or scaled by other objects of the stack."""

    def __init__(self, stack: Stack) -> None:
        self._workloads = {_name_of(workload) for workload in stack.workloads}
        self._autoscalers: dict[_Name, _Autoscaler] = {
            _name_of(workload): _Autoscaler(workload.reference, workload.spec, workload.manifest.is_patch)
            for workload in stack.workloads
            if workload.kind == _KEDA_JOBS
        }
        for manifest in stack.others:
            reference = reference_of(manifest)
            target = _target_of(manifest) if reference.kind in {_HORIZONTAL, _KEDA} else None
            if target is not None:
                autoscaler = _Autoscaler(reference, Node(manifest.content)["spec"], manifest.is_patch)
                self._autoscalers.setdefault(target, autoscaler)

    def made(self, workload: Workload) -> bool:
        """Whether a controller in the stack created this workload, so that its pods are counted there."""
        namespace = workload.reference.namespace or "default"
        try:
            return any(
                owner.boolean("controller", default=False)
                and (owner.text("kind", ""), owner.text("name", ""), namespace) in self._workloads
                for owner in workload.top["metadata"].items("ownerReferences")
            )
        except ValueNotAvailable:
            return False

    def replicas_of(self, workload: Workload) -> Replicas:
        """The number according to the object or its autoscaler; raises the errors of the function `replicas_of`."""
        autoscaler = self._autoscalers.get(_name_of(workload))
        if autoscaler is None:
            return replicas_of(workload)
        return replace(replicas_of(workload, autoscaler.most), autoscaler=autoscaler.reference)


def _name_of(workload: Workload) -> _Name:
    reference = workload.reference
    return workload.kind, reference.name, reference.namespace or "default"


def _target_of(autoscaler: Manifest) -> _Name | None:
    top = Node(autoscaler.content)
    try:
        target = top["spec"]["scaleTargetRef"]
        # Deployment is KEDA's default kind.
        kind, name = target.text("kind", "Deployment"), target.text("name")
        return kind, name, top["metadata"].optional_text("namespace") or "default"
    except ValueNotAvailable:
        return None
