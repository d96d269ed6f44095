"""The unknown fields of a workload, and the nearest right place of each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, Final

from msgspec import Struct

from pulumi_probes.codec.kinds import is_group_of_kubernetes
from pulumi_probes.codec.kubernetes_schema import (
    LIST,
    Examination,
    FieldType,
    Level,
    ObjectType,
    UnknownField,
    api_versions_of,
    examine,
    health_fields,
    missing_fields,
    object_type,
    type_of_kind,
)
from pulumi_probes.model.edit import Edit, MoveField, RenameField
from pulumi_probes.model.errors import UnknownValue, ValueNotAvailable
from pulumi_probes.model.finding import Violation
from pulumi_probes.model.node import Node
from pulumi_probes.model.suggestions import closest, did_you_mean
from pulumi_probes.model.version import KubernetesVersion
from pulumi_probes.model.workload import Workload

_DEEPEST: Final = 4
"""From the top of a Deployment to a container."""

_MOST_LISTED: Final = 12
"""More known fields than that are not listed."""

_HEALTH_TYPES: Final = frozenset(
    {
        *("Probe", "Lifecycle", "LifecycleHandler"),
        *("ExecAction", "HTTPGetAction", "HTTPHeader", "TCPSocketAction", "GRPCAction", "SleepAction"),
    }
)
"""The types of probes and hooks, and of everything in them."""

_OF_FEATURES: Final = frozenset({"evictionResponders"})
"""A field that feature-newer-than-cluster reports too: its feature is off in the versions that have it."""

_WORDS: Final = {
    "Probe": "the probe itself",
    "Container": "the container",
    "EphemeralContainer": "the container",
    "PodSpec": "the pod specification",
    "PodTemplateSpec": "the pod template",
    "ObjectMeta": "`metadata`",
}


@lru_cache(maxsize=1)
def examined(workload: Workload) -> Examination:
    """The unknown fields of a workload; the two rules about them are evaluated one after the other.

    A custom resource has fields of its own, so only its containers are compared with the types of Kubernetes, and only
    for the fields of probes and hooks.
    """
    compared = _compared(workload)
    return _of_custom(workload) if compared is None else examine(*compared)


def missing_of(workload: Workload, version: KubernetesVersion) -> Iterator[tuple[Node, str, FieldType]]:
    """The fields of a workload, except those of probes and hooks, that a version of Kubernetes does not have."""
    compared = _compared(workload)
    for node, key, known in missing_fields(*compared, version) if compared is not None else ():
        is_health = (
            key in _OF_FEATURES
            or key in health_fields()
            or not health_fields().isdisjoint(map(str, node.path.segments))
        )
        if not is_health:
            yield node, key, known


def _compared(workload: Workload) -> tuple[Node, ObjectType] | None:
    """The part of a workload that Kubernetes has a type for, and the type; None for a custom resource."""
    reference = workload.reference
    top = type_of_kind(reference.api_version, reference.kind)
    if top is not None:
        return workload.top, top
    if not is_of_kubernetes(workload):
        return None
    if _is_former(reference.api_version):
        return workload.pod_spec, object_type("PodSpec")
    # Under the wrong group, it is what its author believes it is.
    meant = type_of_kind(api_versions_of(reference.kind)[0], reference.kind)
    return None if meant is None else (workload.top, meant)


def is_of_kubernetes(workload: Workload) -> bool:
    """Whether the API server itself knows the kind, so that it drops or rejects what it does not know."""
    return is_group_of_kubernetes(workload.group) and bool(api_versions_of(workload.kind))


def is_about_health(unknown: UnknownField) -> bool:
    """Whether a field is in a probe or a hook, or is called like one of their fields, or nearly so."""
    if any(level.type.name in _HEALTH_TYPES for level in unknown.levels) or unknown.key in health_fields():
        return True
    similar = closest(unknown.key, health_fields() | unknown.type.fields.keys())
    return similar is not None and similar in health_fields()


def is_without_probes(problem: UnknownValue, owner: ObjectType) -> bool:
    """Whether an object that is not known before deployment contains no probes: volumes, resources, an affinity."""
    name = next((step for step in reversed(problem.path.segments) if isinstance(step, str)), "")
    known = owner.fields.get(name)
    return known is not None and known.object is not None and not _leads_to_probes(known.object)


@cache
def _leads_to_probes(kind: ObjectType) -> bool:
    if kind.name in _HEALTH_TYPES:
        return True
    return any(known.object is not None and _leads_to_probes(known.object) for known in kind.fields.values())


def violation_of(unknown: UnknownField, *, is_dropped: bool) -> Violation:
    """The violation for an unknown field; `is_dropped` tells whether Kubernetes' own API server drops it."""
    fix, edits = advice(unknown)
    return Violation(
        path=unknown.node.path / unknown.key,
        what=f"`{unknown.key}` is not a known field here.",
        consequence="The API server drops it as if it had not been set." if is_dropped else "It has no effect.",
        fix=fix,
        container=container_of(unknown.levels),
        edits=edits,
    )


def container_of(levels: tuple[Level, ...]) -> str | None:
    """The name of the container that the last of some objects is in."""
    for level in levels:
        if level.type.name in ("Container", "EphemeralContainer"):
            try:
                return level.node.optional_text("name")
            except ValueNotAvailable:
                return None
    return None


def advice(unknown: UnknownField) -> tuple[str, tuple[Edit, ...]]:
    """The place where a field belongs, or its correct name, and the change if there is only one."""
    near, far = _places(unknown)
    spelt = closest(unknown.key, unknown.type.fields)
    is_health = unknown.key in health_fields()
    if near or (far and (spelt is None or is_health)):
        return _movement(unknown, near or far)
    if spelt is not None:
        fits = unknown.type.fields[spelt].fits(unknown.value) and not unknown.node.has(spelt)
        edits = (RenameField(unknown.node.path / unknown.key, spelt),) if fits else ()
        return did_you_mean(f"`{spelt}`"), edits
    meant = closest(unknown.key, health_fields())
    if meant is not None:
        places = _places(UnknownField(meant, unknown.levels), unknown.value)
        best = next((found for found in places if found), None)
        if best:
            text, _ = _movement(UnknownField(meant, unknown.levels), best)
            return f"{did_you_mean(f'`{meant}`')} {text}", ()
    known = sorted(unknown.type.fields)
    if 0 < len(known) <= _MOST_LISTED:
        return f"Known fields are `{'`, `'.join(known)}`.", ()
    return "Correct its name, move it to where it belongs, or remove it.", ()


class _Place(Struct, frozen=True):
    """A place where a field is known.

    Attributes:
        up: how many objects above the one that has the field the way begins.
        steps: the fields that lead from there to the object with the known field.
        owner: the type of this object.
    """

    up: int
    steps: tuple[tuple[str, FieldType], ...]
    owner: ObjectType


def _places(unknown: UnknownField, value: Any = None) -> tuple[list[_Place], list[_Place]]:
    """The nearest places where the field is known: one step away, and further away."""
    value = unknown.value if value is None else value
    by_distance: dict[int, list[_Place]] = {}
    for up, level in enumerate(reversed(unknown.levels)):
        known = level.type.fields.get(unknown.key)
        if up and known is not None and known.fits(value):
            by_distance.setdefault(up, []).append(_Place(up, (), level.type))
        # A number of a hook is not meant for a probe, or that of one probe for another.
        left = unknown.levels[len(unknown.levels) - up :]
        if any(above.type.name in _HEALTH_TYPES for above in left):
            continue
        for place in _descents(unknown.key, level.type, value, up):
            # An object that is not written is one of many alternatives, such as the types of a volume.
            if up and unknown.key not in health_fields() and _reached(unknown, place) is None:
                continue
            by_distance.setdefault(up + len(place.steps), []).append(place)
    near = by_distance.pop(1, [])
    return near, by_distance[min(by_distance)] if by_distance else []


def _descents(key: str, start: ObjectType, value: Any, up: int) -> Iterator[_Place]:
    """The places of a field below a type, only those with the fewest steps."""
    level: list[tuple[tuple[tuple[str, FieldType], ...], ObjectType]] = [((), start)]
    seen = {id(start)}
    for _ in range(_DEEPEST):
        below = [
            ((*steps, (name, known)), known.object)
            for steps, kind in level
            for name, known in kind.fields.items()
            if known.object is not None and id(known.object) not in seen
        ]
        found = [
            _Place(up, steps, kind) for steps, kind in below if key in kind.fields and kind.fields[key].fits(value)
        ]
        if found:
            yield from found
            return
        seen.update(id(kind) for _, kind in below)
        level = below


def _movement(unknown: UnknownField, places: list[_Place]) -> tuple[str, tuple[Edit, ...]]:
    upward = [place for place in places if not place.steps]
    downward = _written(unknown, [place for place in places if place.steps])
    if upward and downward:
        return f"Move it to {_above(unknown, upward[0])} or to {_below(unknown, downward)}.", ()
    if upward:
        place = upward[0]
        target = unknown.levels[-1 - place.up].node
        step = "one level up, to" if place.up == 1 else "up to"
        return f"Move it {step} {_above(unknown, place)}.", _moved(unknown, target, ())
    first = downward[0]
    start = unknown.levels[-1 - first.up].node
    edits = _moved(unknown, start, first.steps) if len(downward) == 1 else ()
    is_plain = len(downward) == 1 and not any(known.collection for _, known in first.steps)
    step = "one level down, to" if is_plain and first.up == 0 and len(first.steps) == 1 else "to"
    return f"Move it {step} {_below(unknown, downward)}.", edits


def _written(unknown: UnknownField, places: list[_Place]) -> list[_Place]:
    """Those of several places whose object is in the manifest, if there is one."""
    if len(places) < 2:  # noqa: PLR2004 - a single place needs no choice
        return places
    return [place for place in places if _reached(unknown, place) is not None] or places


def _reached(unknown: UnknownField, place: _Place) -> Node | None:
    """The object in the manifest that a place names; None if there is none, or a list with several entries."""
    node = unknown.levels[-1 - place.up].node
    for name, known in place.steps:
        below = _step(node, name, known)
        if below is None:
            return None
        node = below
    return node


def _step(node: Node, name: str, known: FieldType) -> Node | None:
    try:
        below = node[name]
        if not below.is_set or below.is_unknown:
            return None
        if not known.collection:
            return below
        return below[0] if known.collection == LIST and below.length == 1 else None
    except ValueNotAvailable:
        return None


def _above(unknown: UnknownField, place: _Place) -> str:
    level = unknown.levels[-1 - place.up]
    words = _WORDS.get(level.type.name)
    if words is not None:
        return words
    names = [step for step in level.node.path.segments if isinstance(step, str)]
    return f"`{names[-1]}`" if names else "the top of the object"


def _below(unknown: UnknownField, places: list[_Place]) -> str:
    types = {place.owner.name for place in places}
    if types <= {"Container", "EphemeralContainer"}:
        return "a container"
    if len(places) > 1 and types == {"Probe"}:
        return "a probe" if _reached(unknown, places[0]) is None else "the probe that it is meant for"
    texts = [_path_text(place) for place in places]
    return " or ".join(dict.fromkeys(texts))


def _path_text(place: _Place) -> str:
    names = [f"{name}[]" if known.collection == LIST else name for name, known in place.steps]
    return f"`{'.'.join(names)}`"


def _moved(unknown: UnknownField, start: Node, steps: tuple[tuple[str, FieldType], ...]) -> tuple[Edit, ...]:
    """The move to a place, if it is the only one and nothing is there yet."""
    node, path = start, start.path
    try:
        for position, (name, known) in enumerate(steps):
            below = _step(node, name, known)
            if below is None:
                # Only the last object is added, and neither a probe nor a handler, of which there are several.
                is_last = position + 1 == len(steps)
                if node.has(name) or known.collection or not is_last or _is_choice(known):
                    return ()
                return (MoveField(unknown.node.path / unknown.key, path / name / unknown.key),)
            node, path = below, below.path
        if node.has(unknown.key):
            return ()
    except ValueNotAvailable:
        return ()
    return (MoveField(unknown.node.path / unknown.key, path / unknown.key),)


def _is_choice(known: FieldType) -> bool:
    return known.object is not None and known.object.name in _HEALTH_TYPES - {"Lifecycle"}


def _is_former(api_version: str) -> bool:
    """Whether a version of a group that exists was removed: its kinds had fields that are gone."""
    return "beta" in api_version or "alpha" in api_version


def _of_custom(workload: Workload) -> Examination:
    result = Examination()
    pod, container_type = object_type("PodSpec"), object_type("Container")
    probes = frozenset(
        key
        for key, known in container_type.fields.items()
        if known.object is not None and known.object.name in ("Probe", "Lifecycle")
    )
    numbers = frozenset(key for key, known in object_type("Probe").fields.items() if known.object is None)
    try:
        for key in workload.pod_spec.keys():  # noqa: SIM118 - a Node is not a dictionary
            if key in probes:
                result.unknown_fields.append(UnknownField(key, (Level(workload.pod_spec, pod),)))
    except ValueNotAvailable:
        pass
    for container in workload.all_containers:
        found = examine(container.node, container_type)
        result.unknown_values += found.unknown_values
        for unknown in found.unknown_fields:
            in_probe = any(level.type.name in _HEALTH_TYPES for level in unknown.levels)
            is_misspelt = (
                len(unknown.levels) == 1 and closest(unknown.key, probes | container_type.fields.keys()) in probes
            )
            if in_probe or unknown.key in probes or unknown.key in numbers or is_misspelt:
                levels = (Level(workload.pod_spec, pod), *unknown.levels)
                result.unknown_fields.append(UnknownField(unknown.key, levels))
    return result
