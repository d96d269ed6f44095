"""Converts Kubernetes dictionaries to the objects that rules evaluate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from pulumi_probes.codec.injection import find_injection
from pulumi_probes.codec.kinds import Kinds, PodPath, meant_group, pod_paths
from pulumi_probes.codec.late_content import LateContent
from pulumi_probes.model.autoscaler import HORIZONTAL, KEDA
from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import ResourceReference, SourceLocation
from pulumi_probes.model.manifest import Manifest, SourceMap
from pulumi_probes.model.node import Node
from pulumi_probes.model.stack import DisruptionBudget, Service, Stack
from pulumi_probes.model.values import revealed
from pulumi_probes.model.workload import KUBERNETES_SHAPE, Workload

_MAXIMUM_GUESS_DEPTH = 12
_SERVICE = ("v1", "Service")
_BUDGETS = frozenset({("policy/v1", "PodDisruptionBudget"), ("policy/v1beta1", "PodDisruptionBudget")})
_AUTOSCALERS = frozenset(
    [(f"autoscaling/{version}", HORIZONTAL) for version in ("v1", "v2", "v2beta1", "v2beta2")]
    + [("keda.sh/v1alpha1", KEDA)]
)


def read_stack(manifests: Iterable[Manifest], kinds: Kinds | None = None) -> Stack:
    """Convert manifests to a stack; lists are expanded.

    Args:
        manifests: all objects that are deployed together.
        kinds: the paths of pod specifications in objects of additional kinds, see `read_kinds`.
    """
    workloads: list[Workload] = []
    services: list[Service] = []
    others: list[Manifest] = []
    budgets: list[DisruptionBudget] = []
    autoscalers: list[tuple[Manifest, ResourceReference]] = []
    for manifest in (item for whole in manifests for item in expand(whole)):
        if manifest.is_owned or (kinds is None and _is_counted_late(manifest)):
            others.append(manifest)
            continue
        found = read_workloads(manifest, kinds)
        if found:
            workloads += found
        elif not manifest.is_patch and (service := read_service(manifest)) is not None:
            services.append(service)
        else:
            others.append(manifest)
            if not manifest.is_patch and (budget := read_disruption_budget(manifest)) is not None:
                budgets.append(budget)
            elif is_shared(manifest):
                autoscalers.append((manifest, reference_of(manifest)))
    return Stack(tuple(workloads), tuple(services), tuple(others), tuple(budgets), tuple(autoscalers))


def read_shared(manifests: Iterable[Manifest]) -> Stack:
    """The objects that rules look at in addition to a workload: a stack without workloads and others."""
    services: list[Service] = []
    budgets: list[DisruptionBudget] = []
    autoscalers: list[tuple[Manifest, ResourceReference]] = []
    for manifest in shared_objects(manifests):
        if (service := read_service(manifest)) is not None:
            services.append(service)
        elif (budget := read_disruption_budget(manifest)) is not None:
            budgets.append(budget)
        else:
            autoscalers.append((manifest, reference_of(manifest)))
    return Stack((), tuple(services), (), tuple(budgets), tuple(autoscalers))


def shared_objects(manifests: Iterable[Manifest]) -> Iterator[Manifest]:
    """The manifests of the objects that `read_shared` returns; lists are expanded."""
    for manifest in manifests:
        if is_shared(manifest):
            yield manifest
        elif (_text(manifest.content, "kind") or "").endswith("List"):
            yield from (item for item in expand(manifest) if is_shared(item))


def is_shared(manifest: Manifest) -> bool:
    """Whether an object is one of those that `read_shared` returns; False for a list."""
    key = (_text(manifest.content, "apiVersion"), _text(manifest.content, "kind"))
    return not manifest.is_patch and (key == _SERVICE or key in _BUDGETS or key in _AUTOSCALERS)


def built(manifest: Manifest) -> Manifest:
    """The manifest with its content built, unless an audit only counts it; the original one remains as it is."""
    content = manifest.content
    if not isinstance(content, LateContent) or content.is_only_counted:
        return manifest
    return replace(manifest, content=content.build())


def _is_counted_late(manifest: Manifest) -> bool:
    content = manifest.content
    return not manifest.is_patch and isinstance(content, LateContent) and content.is_only_counted


def is_only_counted(api_version: str, kind: str, *, has_containers: bool) -> bool:
    """Whether a stack only counts objects of a kind: neither workloads nor what selects them, and no list.

    Args:
        api_version: the API version of the object.
        kind: its kind.
        has_containers: whether it may contain something that looks like a pod specification.
    """
    if kind.endswith(("List", "Patch")) or pod_paths(api_version, kind) is not None:
        return False
    is_guessed = has_containers and _may_be_custom(api_version)
    key = (api_version, kind)
    return not is_guessed and key != _SERVICE and key not in _BUDGETS and key not in _AUTOSCALERS


def expand(manifest: Manifest) -> Iterator[Manifest]:
    """The objects in a `List` (or `DeploymentList`, ...), at any depth; any other object yields itself."""
    # Iterative, because lists can be nested deeper than the recursion limit.
    waiting = [manifest]
    while waiting:
        current = waiting.pop()
        entries = _entries_of_list(current)
        if entries is None:
            yield current
        else:
            waiting += reversed(entries)


def _entries_of_list(manifest: Manifest) -> list[Manifest] | None:
    """The items of a list; None for an object that is not a list."""
    kind = _text(manifest.content, "kind")
    if kind is None or not kind.endswith("List"):
        return None
    items = revealed(manifest.content.get("items"))
    if not isinstance(items, Sequence) or isinstance(items, (str, bytes)):
        return None
    # The items of a typed list may leave out kind and apiVersion.
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
    """The workloads in an object: none in a ConfigMap, one in a Deployment, several in a Volcano Job.

    An object of an unknown kind is searched for something that looks like a pod specification. The result is marked as
    guessed, and findings about it are advice at most.
    """
    reference = reference_of(manifest)
    known = pod_paths(reference.api_version, reference.kind, kinds)
    if known is None:
        if not _may_be_custom(reference.api_version):
            return []
        return [
            Workload(manifest, reference, path, is_guessed=True) for path in _guessed(manifest.content, FieldPath(), 0)
        ]
    group = meant_group(reference.api_version, reference.kind)
    found: dict[FieldPath, Workload] = {}
    for place in known:
        for path in _existing(manifest, place):
            injection = find_injection(manifest.content, path)
            workload = Workload(
                manifest if injection is None else replace(manifest, content=injection.content),
                reference,
                path,
                place.shape,
                group=group,
                is_job=place.is_job,
                is_completed=place.is_completed,
                is_overlay=place.is_overlay,
                injected=frozenset() if injection is None else injection.containers,
            )
            # Several paths can lead to the same unknown or malformed value, which is one workload.
            found.setdefault(workload.path, workload)
    return list(found.values())


def read_service(manifest: Manifest) -> Service | None:
    """The Service in an object; None if it is not one of the core API."""
    reference = reference_of(manifest)
    return Service(manifest, reference) if (reference.api_version, reference.kind) == _SERVICE else None


def reference_of(manifest: Manifest) -> ResourceReference:
    """The reference of an object; unknown and malformed parts are left out."""
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
    """The PodDisruptionBudget in an object; None if it is not one."""
    reference = reference_of(manifest)
    return DisruptionBudget(manifest, reference) if (reference.api_version, reference.kind) in _BUDGETS else None


class _Below:
    """Locates the values of an entry of a list."""

    def __init__(self, source: SourceMap, prefix: FieldPath) -> None:
        self._source = source
        self._prefix = prefix

    @property
    def unit(self) -> str:
        return self._source.unit

    def locate(self, path: FieldPath) -> SourceLocation | None:
        return self._source.locate(self._prefix.joined(path))


def _may_be_custom(api_version: str) -> bool:
    """Whether an unknown kind may be a custom resource, which may contain a pod specification."""
    return "." in api_version


def _existing(manifest: Manifest, place: PodPath) -> list[FieldPath]:
    """The paths in this object that match a pattern, also if something unknown or malformed is on the way."""
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
    """Whether a template of a custom resource has containers; Argo's steps and graphs have none."""
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
