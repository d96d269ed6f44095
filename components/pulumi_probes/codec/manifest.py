"""Kubernetes dictionaries -> the view that rules look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pulumi_probes.codec.kinds import PodPath, pod_paths
from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.finding import ResourceReference, SourceLocation
from pulumi_probes.model.manifest import Manifest, SourceMap
from pulumi_probes.model.node import Node
from pulumi_probes.model.path import Path
from pulumi_probes.model.stack import Service, Stack
from pulumi_probes.model.values import revealed
from pulumi_probes.model.workload import Workload

_MAXIMUM_GUESS_DEPTH = 12


def read_stack(manifests: Iterable[Manifest]) -> Stack:
    """Sort manifests into what rules look at; lists are expanded, kinds without pods are kept aside."""
    workloads: list[Workload] = []
    services: list[Service] = []
    others: list[Manifest] = []
    for manifest in (item for whole in manifests for item in expand(whole)):
        found = read_workloads(manifest)
        if found:
            workloads += found
        elif not manifest.is_patch and (service := read_service(manifest)) is not None:
            services.append(service)
        else:
            others.append(manifest)
    return Stack(tuple(workloads), tuple(services), tuple(others))


def expand(manifest: Manifest) -> Iterator[Manifest]:
    """The objects in a `List` (or `DeploymentList`, …), however nested; any other object is itself."""
    kind = _text(manifest.content, "kind")
    items = revealed(manifest.content.get("items"))
    if kind is None or not kind.endswith("List") or not isinstance(items, Sequence) or isinstance(items, str):
        yield manifest
        return
    # The items of a typed list need not repeat what the list says.
    implied = {"apiVersion": manifest.content.get("apiVersion"), "kind": kind.removesuffix("List")}
    for index, entry in enumerate(items):
        item = revealed(entry)
        if isinstance(item, Mapping):
            content = item if kind == "List" or "kind" in item else {**implied, **item}
            source = _Below(manifest.source, Path(("items", index))) if manifest.source else None
            yield from expand(replace(manifest, content=content, source=source))


def read_workloads(manifest: Manifest) -> list[Workload]:
    """The workloads in one object: none for a ConfigMap, one for a Deployment, several for a Volcano Job.

    A kind that is in no table is searched for something that looks like a pod specification; what is found there is
    marked as guessed, and nothing said about it is more than advice.
    """
    reference = reference_of(manifest)
    known = pod_paths(reference.api_version, reference.kind)
    if known is not None:
        return [
            Workload(manifest, reference, path, place.shape) for place in known for path in _existing(manifest, place)
        ]
    if not reference.api_version or "." not in reference.api_version:
        return []
    return [Workload(manifest, reference, path, is_guessed=True) for path in _guessed(manifest.content, Path(), 0)]


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


class _Below:
    """The lines of an entry of a list."""

    def __init__(self, source: SourceMap, prefix: Path) -> None:
        self._source = source
        self._prefix = prefix

    def locate(self, path: Path) -> SourceLocation | None:
        return self._source.locate(self._prefix.joined(path))


def _existing(manifest: Manifest, place: PodPath) -> list[Path]:
    """The paths that a pattern stands for in this object."""
    top = Node(manifest.content)
    paths = [Path()]
    for step in place.path.split("."):
        key = step.removesuffix("[]")
        paths = [path / key for path in paths]
        if key != step:
            paths = [path / index for path in paths for index in range(top.reach(path).length)]
    return [path for path in paths if top.reach(path).is_set]


def _guessed(value: Any, path: Path, depth: int) -> Iterator[Path]:
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
