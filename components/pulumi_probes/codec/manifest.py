"""Kubernetes dictionaries -> the view that rules look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pulumi_probes.codec.kinds import Kinds, PodPath, pod_paths
from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import ResourceReference, SourceLocation
from pulumi_probes.model.manifest import Manifest, SourceMap
from pulumi_probes.model.node import Node
from pulumi_probes.model.stack import DisruptionBudget, Service, Stack
from pulumi_probes.model.values import revealed
from pulumi_probes.model.workload import KUBERNETES_SHAPE, Workload

_MAXIMUM_GUESS_DEPTH = 12


def read_stack(manifests: Iterable[Manifest], kinds: Kinds | None = None) -> Stack:
    """Sort manifests into what rules look at; lists are expanded, what has no pods is kept aside.

    Args:
        manifests: everything that is deployed together.
        kinds: where objects of further kinds hold pod specifications, see `read_kinds`.
    """
    workloads: list[Workload] = []
    services: list[Service] = []
    others: list[Manifest] = []
    budgets: list[DisruptionBudget] = []
    for manifest in (item for whole in manifests for item in expand(whole)):
        found = read_workloads(manifest, kinds)
        if found:
            workloads += found
        elif not manifest.is_patch and (service := read_service(manifest)) is not None:
            services.append(service)
        else:
            others.append(manifest)
            if not manifest.is_patch and (budget := read_disruption_budget(manifest)) is not None:
                budgets.append(budget)
    return Stack(tuple(workloads), tuple(services), tuple(others), tuple(budgets))


def expand(manifest: Manifest) -> Iterator[Manifest]:
    """The objects in a `List` (or `DeploymentList`, …), however nested; any other object is itself."""
    # A loop, since a list may nest deeper than Python calls.
    waiting = [manifest]
    while waiting:
        current = waiting.pop()
        entries = _entries_of_list(current)
        if entries is None:
            yield current
        else:
            waiting += reversed(entries)


def _entries_of_list(manifest: Manifest) -> list[Manifest] | None:
    """What a list holds, None for an object that is none."""
    kind = _text(manifest.content, "kind")
    items = revealed(manifest.content.get("items"))
    if kind is None or not kind.endswith("List") or not isinstance(items, Sequence) or isinstance(items, (str, bytes)):
        return None
    # The items of a typed list need not repeat what the list says.
    implied = {} if kind == "List" else {"kind": kind.removesuffix("List")}
    if implied and manifest.content.get("apiVersion") is not None:
        implied["apiVersion"] = manifest.content["apiVersion"]
    entries: list[Manifest] = []
    for index, entry in enumerate(items):
        item = revealed(entry)
        if isinstance(item, Mapping):
            source = _Below(manifest.source, FieldPath(("items", index))) if manifest.source else None
            entries.append(replace(manifest, content={**implied, **item}, source=source))
    return entries


def read_workloads(manifest: Manifest, kinds: Kinds | None = None) -> list[Workload]:
    """The workloads in one object: none for a ConfigMap, one for a Deployment, several for a Volcano Job.

    A kind that is in no table is searched for something that looks like a pod specification; what is found there is
    marked as guessed, and nothing said about it is more than advice.
    """
    reference = reference_of(manifest)
    known = pod_paths(reference.api_version, reference.kind, kinds)
    if known is None:
        if "." not in reference.api_version:
            return []
        return [
            Workload(manifest, reference, path, is_guessed=True) for path in _guessed(manifest.content, FieldPath(), 0)
        ]
    found: dict[FieldPath, Workload] = {}
    for place in known:
        for path in _existing(manifest, place):
            workload = Workload(
                manifest,
                reference,
                path,
                place.shape,
                is_job=place.is_job,
                is_completed=place.is_completed,
                is_overlay=place.is_overlay,
            )
            # What blocks the way to several pod specifications is one place, and is looked at once.
            found.setdefault(workload.path, workload)
    return list(found.values())


def read_service(manifest: Manifest) -> Service | None:
    """The Service of the core API in one object."""
    reference = reference_of(manifest)
    return Service(manifest, reference) if (reference.api_version, reference.kind) == ("v1", "Service") else None


def reference_of(manifest: Manifest) -> ResourceReference:
    """Which object this is; what is unknown or malformed is left out."""
    top = Node(manifest.content)
    kind = _text(manifest.content, "kind") or ""
    return ResourceReference(
        kind=kind.removesuffix("Patch") if manifest.is_patch else kind,
        api_version=_text(manifest.content, "apiVersion") or "",
        name=_optional(top, "name"),
        namespace=_optional(top, "namespace"),
        urn=manifest.pulumi.urn,
    )


def read_disruption_budget(manifest: Manifest) -> DisruptionBudget | None:
    """The PodDisruptionBudget in one object."""
    reference = reference_of(manifest)
    is_budget = reference.kind == "PodDisruptionBudget" and reference.api_version in ("policy/v1", "policy/v1beta1")
    return DisruptionBudget(manifest, reference) if is_budget else None


class _Below:
    """The lines of an entry of a list."""

    def __init__(self, source: SourceMap, prefix: FieldPath) -> None:
        self._source = source
        self._prefix = prefix

    def locate(self, path: FieldPath) -> SourceLocation | None:
        return self._source.locate(self._prefix.joined(path))


def _existing(manifest: Manifest, place: PodPath) -> list[FieldPath]:
    """The paths that a pattern stands for in this object, also where something unknown or malformed is in the way."""
    top = Node(manifest.content)
    paths = [FieldPath()]
    for step in place.path.split("."):
        key = step.removesuffix("[]")
        paths = [path / key for path in paths]
        if key != step:
            paths = [below for path in paths for below in _entries(top.reach(path), path)]
    found: list[FieldPath] = []
    for path in paths:
        node = top.reach(path)
        if node.is_set and (node.path != path or place.shape is KUBERNETES_SHAPE or _has_containers(node, place)):
            found.append(path)
    return found


def _entries(node: Node, path: FieldPath) -> list[FieldPath]:
    try:
        return [path / index for index in range(len(node.entries()))]
    except ValueNotAvailable:
        return [path]


def _has_containers(node: Node, place: PodPath) -> bool:
    """Whether a template of a custom resource runs anything; Argo's steps and graphs do not."""
    shape = place.shape
    return any(
        node.reach(FieldPath((key.partition(".")[0],))).is_set
        for key in shape.single_containers + shape.containers + shape.init_containers + shape.ephemeral_containers
    )


def _guessed(value: Any, path: FieldPath, depth: int) -> Iterator[FieldPath]:
    value = revealed(value)
    if depth > _MAXIMUM_GUESS_DEPTH:
        return
    if isinstance(value, Mapping):
        containers = revealed(value.get("containers"))
        if isinstance(containers, Sequence) and not isinstance(containers, str) and containers:
            first = revealed(containers[0])
            if isinstance(first, Mapping) and "name" in first and "image" in first:
                yield path
                return
        for key, below in value.items():
            if isinstance(key, str):
                yield from _guessed(below, path / key, depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for index, below in enumerate(value):
            yield from _guessed(below, path / index, depth + 1)


def _text(content: Mapping[str, Any], key: str) -> str | None:
    value = revealed(content.get(key))
    return value if isinstance(value, str) else None


def _optional(top: Node, key: str) -> str | None:
    try:
        return top["metadata"].optional_text(key)
    except ValueNotAvailable:
        return None
