"""From resources of a Pulumi stack to the objects that rules evaluate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeGuard

from msgspec import Struct

from pulumi_probes.codec.kinds import Kinds, pod_paths
from pulumi_probes.codec.manifest import read_stack, reference_of
from pulumi_probes.codec.pulumi_resource import ObjectIdentity, read_pulumi_resource, seconds_or_unset
from pulumi_probes.model.finding import ResourceReference
from pulumi_probes.model.manifest import PulumiOptions
from pulumi_probes.model.stack import Stack

STACK: Final = "pulumi:pulumi:Stack"
"""The type of the stack itself, which the engine passes to every policy once."""

_BULKY = frozenset({"ConfigMap", "Secret", "CustomResourceDefinition"})
"""Kinds that no rule needs and that can be large."""


class AuditedResource(Struct, frozen=True, kw_only=True):
    """A resource that contains workloads.

    Attributes:
        reference: the object.
        stack: a stack of its workloads only.
        is_list: whether it contains several objects.
    """

    reference: ResourceReference
    stack: Stack
    is_list: bool


def read_audited_resource(
    type_token: str, content: Mapping[str, Any], options: PulumiOptions, kinds: Kinds
) -> AuditedResource | None:
    """The workloads of one resource; None if it has none.

    Args:
        type_token: the type of the resource.
        content: its properties.
        options: its Pulumi options.
        kinds: the paths of pod specifications in custom resources of otherwise unknown kinds.
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
    """All resources that are deployed together, from the type, properties and options of each."""
    manifests = (read_pulumi_resource(*resource) for resource in resources)
    return read_stack((manifest for manifest in manifests if manifest is not None), kinds)


def can_have_workloads(identity: ObjectIdentity | None) -> bool:
    """Whether a resource may contain workloads, so that its properties have to be read; most contain none."""
    if not can_matter(identity):
        return False
    is_custom = "." in identity.api_version
    is_list = identity.kind.endswith("List")
    return is_custom or is_list or pod_paths(identity.api_version, identity.kind) is not None


def can_matter(identity: ObjectIdentity | None) -> TypeGuard[ObjectIdentity]:
    """Whether a resource may matter to the rest of the stack, so that its properties have to be read."""
    return identity is not None and identity.kind not in _BULKY


def pulumi_options(urn: str, create_seconds: float, update_seconds: float) -> PulumiOptions:
    """The Pulumi options of a resource; a timeout of 0 means unset."""
    return PulumiOptions(
        urn=urn or None,
        create_timeout_seconds=seconds_or_unset(create_seconds),
        update_timeout_seconds=seconds_or_unset(update_seconds),
    )
