"""Resources of a Pulumi stack -> what rules look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from pulumi_probes.codec.kinds import Kinds, pod_paths
from pulumi_probes.codec.manifest import read_stack, reference_of
from pulumi_probes.codec.pulumi_resource import ObjectIdentity, read_pulumi_resource, seconds_or_unset
from pulumi_probes.model.finding import ResourceReference
from pulumi_probes.model.manifest import PulumiOptions
from pulumi_probes.model.stack import Stack

STACK: Final = "pulumi:pulumi:Stack"
"""The type of the stack itself, which the engine shows to every policy once."""

_BULKY = frozenset({"ConfigMap", "Secret", "CustomResourceDefinition"})
"""Kinds that no rule looks at and that can be large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedResource:
    """A resource that holds pods.

    Attributes:
        reference: which object it is.
        stack: its workloads and nothing else.
        is_list: whether it holds several objects.
    """

    reference: ResourceReference
    stack: Stack
    is_list: bool


def read_audited_resource(
    type_token: str, content: Mapping[str, Any], options: PulumiOptions, kinds: Kinds
) -> AuditedResource | None:
    """The workloads in one resource; None when it has none.

    Args:
        type_token: its type.
        content: its properties.
        options: what else Pulumi knows about it.
        kinds: custom resources with pods, beside those that are known anyway.
    """
    manifest = read_pulumi_resource(type_token, content, options)
    if manifest is None:
        return None
    stack = read_stack((manifest,), kinds)
    if not stack.workloads:
        return None
    reference = reference_of(manifest)
    return AuditedResource(reference=reference, stack=stack, is_list=reference.kind.endswith("List"))


def read_whole_stack(resources: Iterable[tuple[str, Mapping[str, Any], PulumiOptions]], kinds: Kinds) -> Stack:
    """Everything that is deployed together, from the type, properties and options of each resource."""
    manifests = (read_pulumi_resource(*resource) for resource in resources)
    return read_stack((manifest for manifest in manifests if manifest is not None), kinds)


def can_have_workloads(identity: ObjectIdentity | None) -> bool:
    """Whether it is worth reading the properties of a resource by itself: most resources hold no pods."""
    if not can_matter(identity):
        return False
    is_custom = "." in identity.api_version
    is_list = identity.kind.endswith("List")
    return is_custom or is_list or pod_paths(identity.api_version, identity.kind) is not None


def can_matter(identity: ObjectIdentity | None) -> TypeGuard[ObjectIdentity]:
    """Whether it is worth reading the properties of a resource as a part of a stack."""
    return identity is not None and identity.kind not in _BULKY


def pulumi_options(urn: str, create_seconds: float, update_seconds: float) -> PulumiOptions:
    """What Pulumi knows about a resource; a timeout of 0 stands for unset."""
    return PulumiOptions(
        urn=urn or None,
        create_timeout_seconds=seconds_or_unset(create_seconds),
        update_timeout_seconds=seconds_or_unset(update_seconds),
    )
