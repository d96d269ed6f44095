"""Other objects of a stack that affect the number of pods: autoscalers, and controllers that created a workload."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from pulumi_probes.codec.manifest import reference_of
from pulumi_probes.codec.owners import controller_of
from pulumi_probes.cost.replicas import Replicas, replicas_of
from pulumi_probes.model.autoscaler import HORIZONTAL, KEDA, Autoscaler, autoscalers_by_target, scaled_name
from pulumi_probes.model.defaults import DEFAULT_NAMESPACE
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.workload import Workload

_KEDA_JOBS: Final = "ScaledJob"
"""A ScaledJob contains the pod template that it scales."""


class Scaling:
    """Which workloads of a stack are created or scaled by other objects of the stack."""

    def __init__(self, stack: Stack) -> None:
        self._workloads = {scaled_name(workload.reference) for workload in stack.workloads}
        # Unlike `Stack.autoscalers`, these include patches.
        others = ((manifest, reference_of(manifest)) for manifest in stack.others)
        autoscalers = ((manifest, reference) for manifest, reference in others if reference.kind in (HORIZONTAL, KEDA))
        self._autoscalers = autoscalers_by_target(autoscalers) | {
            scaled_name(workload.reference): Autoscaler(workload.reference, workload.spec, workload.manifest.is_patch)
            for workload in stack.workloads
            if workload.kind == _KEDA_JOBS
        }

    def made(self, workload: Workload) -> bool:
        """Whether a controller in the stack created this workload, so that its pods are counted there."""
        controller = controller_of(workload.top.reach(FieldPath(("metadata",))))
        if controller is None:
            return False
        _, kind, name = controller
        return (kind, name, workload.reference.namespace or DEFAULT_NAMESPACE) in self._workloads

    def replicas_of(self, workload: Workload) -> Replicas:
        """The number according to the object or its autoscaler; raises the errors of the function `replicas_of`."""
        autoscaler = self._autoscalers.get(scaled_name(workload.reference))
        if autoscaler is None:
            return replicas_of(workload)
        return replace(replicas_of(workload, autoscaler.most), autoscaler=autoscaler.reference)
