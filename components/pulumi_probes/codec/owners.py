"""Recognizes objects that a controller made from another one of the same file, as in the output of `kubectl get`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from pulumi_probes.codec.late_content import LateContent
from pulumi_probes.codec.manifest import expand, reference_of
from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import group_of
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.node import Node
from pulumi_probes.model.values import revealed

_MADE_BY_CONTROLLERS: Final = frozenset(
    {"Pod", "ReplicaSet", "ReplicationController", "Job", "StatefulSet", "Deployment"}
)

Key = tuple[str, str, str, str]
"""Group, kind, namespace and name of an object."""


def mark_owned(manifests: Sequence[Manifest]) -> list[Manifest]:
    """The manifests, with those marked whose controller is among them: a mistake in a template is reported once.

    Lists are only expanded if something in them is owned.
    """
    owners: set[Key] = set()
    for manifest in manifests:
        for item in _items(manifest):
            owners.update(owner for owner in (_owner_of(item),) if owner is not None)
    if not owners:
        return list(manifests)
    present = {key for manifest in manifests for item in expand(manifest) if (key := _key(item)) in owners}
    result: list[Manifest] = []
    for manifest in manifests:
        entries = list(expand(manifest))
        owned = [_owner_of(entry) in present for entry in entries]
        if any(owned):
            result += (
                replace(entry, is_owned=True) if is_owned else entry
                for entry, is_owned in zip(entries, owned, strict=True)
            )
        else:
            result.append(manifest)
    return result


def _items(manifest: Manifest) -> Iterator[Manifest]:
    """The objects that may be owned; nothing else is built."""
    kind = manifest.content.get("kind")
    if kind in _MADE_BY_CONTROLLERS or (isinstance(kind, str) and kind.endswith("List")):
        yield from expand(manifest)


def _owner_of(manifest: Manifest) -> Key | None:
    """The controller of an object."""
    content: Any = manifest.content
    if content.get("kind") not in _MADE_BY_CONTROLLERS or (isinstance(content, LateContent) and not content.has_owner):
        return None
    metadata = Node(content)["metadata"]
    controller = controller_of(metadata)
    if controller is None:
        return None
    group, kind, name = controller
    return group, kind, _namespace(metadata), name


def controller_of(metadata: Node) -> tuple[str, str, str] | None:
    """Group, kind and name of the object whose controller made an object, given its metadata; None if not known."""
    try:
        for owner in metadata.items("ownerReferences"):
            if owner.boolean("controller"):
                return group_of(owner.text("apiVersion", "")), owner.text("kind"), owner.text("name")
    except ValueNotAvailable:
        return None
    return None


def _key(manifest: Manifest) -> Key:
    reference = reference_of(manifest)
    group = group_of(reference.api_version)
    metadata = Node(manifest.content).reach(FieldPath(("metadata",)))
    return group, reference.kind, _namespace(metadata), reference.name or ""


def _namespace(metadata: Node) -> str:
    """The namespace as written, which may be malformed: `n` without quotes is a boolean."""
    value = metadata.value.get("namespace") if isinstance(metadata.value, Mapping) else None
    return str(revealed(value))
