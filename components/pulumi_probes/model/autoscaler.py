"""Objects that set the number of replicas of a workload in its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from msgspec import Struct

from pulumi_probes.model.defaults import DEFAULT_NAMESPACE
from pulumi_probes.model.errors import UnknownValue, ValueNotAvailable
from pulumi_probes.model.finding import ResourceReference
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.node import Node

HORIZONTAL: Final = "HorizontalPodAutoscaler"
KEDA: Final = "ScaledObject"
_KEDA_MOST: Final = 100
"""KEDA's default of `maxReplicaCount`."""

ScaledName: TypeAlias = tuple[str, str | None, str]
"""Kind, name and namespace of a workload."""


class Autoscaler(Struct, frozen=True):
    """A HorizontalPodAutoscaler, or a ScaledObject or ScaledJob of KEDA."""

    reference: ResourceReference
    spec: Node
    is_patch: bool = False

    @property
    def most(self) -> int:
        """The maximum number of replicas.

        Raises:
            UnknownValue: it is not known before deployment, or not set in a patch.
            MalformedValue: it has the wrong type.
        """
        name, default = ("maxReplicas", None) if self.reference.kind == HORIZONTAL else ("maxReplicaCount", _KEDA_MOST)
        if self.is_patch and not self.spec.has(name):
            raise UnknownValue(self.spec.path / name)
        return self.spec.integer(name, default)


def scaled_by(manifest: Manifest) -> ScaledName | None:
    """The workload that an autoscaler scales; None if it is not known."""
    top = Node(manifest.content)
    try:
        target = top["spec"]["scaleTargetRef"]
        # Deployment is KEDA's default kind.
        kind, name = target.text("kind", "Deployment"), target.text("name")
        return kind, name, top["metadata"].optional_text("namespace") or DEFAULT_NAMESPACE
    except ValueNotAvailable:
        return None


def autoscalers_by_target(
    manifests: Iterable[tuple[Manifest, ResourceReference]],
) -> dict[ScaledName, Autoscaler]:
    """The autoscalers by the workload that they scale; the first one of each."""
    found: dict[ScaledName, Autoscaler] = {}
    for manifest, reference in manifests:
        target = scaled_by(manifest)
        if target is not None:
            found.setdefault(target, Autoscaler(reference, Node(manifest.content)["spec"], manifest.is_patch))
    return found


def scaled_name(reference: ResourceReference) -> ScaledName:
    """The name under which an autoscaler of the same stack finds a workload."""
    return reference.kind, reference.name, reference.namespace or DEFAULT_NAMESPACE
