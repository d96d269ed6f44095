"""Other objects of a stack that affect the number of pods: autoscalers, and controllers that created a workload."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from pulumi_probes.codec.manifest import reference_of
from pulumi_probes.cost.replicas import Replicas, replicas_of
from pulumi_probes.model.autoscaler import HORIZONTAL, KEDA, Autoscaler, ScaledName, scaled_by, scaled_name
from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.node import Node
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.workload import Workload

_KEDA_JOBS: Final = "ScaledJob"
"""A ScaledJob contains the pod template that it scales."""


class Scaling:
    """Which workloads of a stack are created or scaled by other objects of the stack."""

    def __init__(self, stack: Stack) -> None:
        self._workloads = {scaled_name(workload.reference) for workload in stack.workloads}
        self._autoscalers: dict[ScaledName, Autoscaler] = {
            scaled_name(workload.reference): Autoscaler(workload.reference, workload.spec, workload.manifest.is_patch)
            for workload in stack.workloads
            if workload.kind == _KEDA_JOBS
        }
        for manifest in stack.others:
            reference = reference_of(manifest)
            target = scaled_by(manifest) if reference.kind in {HORIZONTAL, KEDA} else None
            if target is not None:
                autoscaler = Autoscaler(reference, Node(manifest.content)["spec"], manifest.is_patch)
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
        autoscaler = self._autoscalers.get(scaled_name(workload.reference))
        if autoscaler is None:
            return replicas_of(workload)
        return replace(replicas_of(workload, autoscaler.most), autoscaler=autoscaler.reference)
