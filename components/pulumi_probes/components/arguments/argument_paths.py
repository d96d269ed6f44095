"""Converts the path of a field in a rendered object to the path of the argument that determines it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pulumi_probes.model.annotations import IGNORE, STARTS_WITHIN, TIMEOUT_SECONDS
from pulumi_probes.model.field_path import FieldPath, Segment
from pulumi_probes.model.letter_case import snake_case

_POD_SPEC: Final = ("spec", "template", "spec")
_ENDPOINTS: Final = {"path": "path", "service": "service"}
_DEPLOYMENT_FIELDS: Final[Mapping[tuple[Segment, ...], str]] = {
    ("spec", "replicas"): "replicas",
    ("spec", "minReadySeconds"): "min_ready_seconds",
    ("spec", "progressDeadlineSeconds"): "progress_deadline_seconds",
    ("spec", "strategy", "rollingUpdate", "maxSurge"): "max_surge",
    ("spec", "strategy", "rollingUpdate", "maxUnavailable"): "max_unavailable",
    ("metadata", "annotations", TIMEOUT_SECONDS): "await_timeout_seconds",
    ("metadata", "annotations", STARTS_WITHIN): "starts_within",
    ("metadata", "annotations", IGNORE): "waivers",
}


def argument_path(kind: str, path: FieldPath, arguments: Mapping[str, Any]) -> FieldPath:
    """The path of the argument that determines a field; if there is none, the object's kind followed by the path."""
    segments = path.segments
    found: tuple[Segment, ...] | None = None
    if kind == "Deployment":
        found = _in_deployment(segments, arguments)
    elif kind == "Service" and segments[:1] == ("spec",):
        found = ("service", *map(_argument, segments[1:]))
    if found is not None and found[-1:] == ("port",) and "port_name" in _written(arguments, found[:-1]):
        # One field holds number or name; the arguments have a key for each.
        found = (*found[:-1], "port_name")
    return FieldPath((kind, *segments) if found is None else found)


def _argument(segment: Segment) -> Segment:
    """The argument's name for a Kubernetes field; the index of an entry as it is."""
    return segment if isinstance(segment, int) else snake_case(segment)


def _written(arguments: Mapping[str, Any], place: tuple[Segment, ...]) -> Mapping[str, Any]:
    """The object at a place in the arguments; empty if there is none."""
    value: Any = arguments
    for segment in place:
        try:
            value = value[segment]
        except (KeyError, IndexError, TypeError):
            return {}
    return value if isinstance(value, Mapping) else {}


def _in_deployment(segments: tuple[Segment, ...], arguments: Mapping[str, Any]) -> tuple[Segment, ...] | None:
    if segments in _DEPLOYMENT_FIELDS:
        return (_DEPLOYMENT_FIELDS[segments],)
    if segments[:3] != _POD_SPEC or len(segments) == len(_POD_SPEC):
        return None
    field, *below = segments[3:]
    if field not in ("containers", "initContainers"):
        return (_argument(field), *below)
    index, rest = (below[0], tuple(below[1:])) if below else (None, ())
    if not isinstance(index, int):
        return None
    if field == "containers" and index == 0:
        return _in_container(rest, arguments)
    owner = _owner(field, index, arguments)
    return None if owner is None else (*owner, *_in_container(rest, None))


def _owner(field: str, index: int, arguments: Mapping[str, Any]) -> tuple[Segment, ...] | None:
    """The sidecar or init container that was rendered to this entry."""
    sidecars = list(enumerate(arguments.get("sidecars", ())))
    native: list[tuple[Segment, ...]] = [("sidecars", at) for at, item in sidecars if item.get("native", True)]
    other: list[tuple[Segment, ...]] = [("sidecars", at) for at, item in sidecars if not item.get("native", True)]
    init: list[tuple[Segment, ...]] = [
        ("init_containers", at) for at in range(len(arguments.get("init_containers", ())))
    ]
    entries = [(), *other] if field == "containers" else [*native, *init]
    return entries[index] if index < len(entries) else None


def _in_container(segments: tuple[Segment, ...], main: Mapping[str, Any] | None) -> tuple[Segment, ...]:
    """The path below the arguments of a container; `main` has the component's arguments, None for other containers."""
    if segments[:1] == ("lifecycle",) and len(segments) > 1:
        segments = segments[1:]
    if not segments:
        return ()
    first, *below = segments
    if first == "ports" and main is not None and below and isinstance(below[0], int):
        # The main port comes first and has its own argument.
        return ("port",) if below[0] == 0 else ("ports", below[0] - 1, *map(_argument, below[1:]))
    name = _argument(first)
    if main is None or name in main:
        return (name, *map(_argument, below))
    # The field was computed, in some cases from an intent.
    if name == "pre_stop":
        return ("pre_stop_sleep_seconds",)
    if below and below[-1] in _ENDPOINTS:
        return (f"{str(name).removesuffix('_probe')}_{below[-1]}",)
    return (name, *map(_argument, below))
