"""Argument names -> the names that other languages and the state use: starts_within -> startsWithin.

Only the names of arguments change; keys of the user's own, such as those of `env` or of a Kubernetes object, do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

from typing_extensions import NotRequired, is_typeddict

from pulumi_probes.model.path import Path, Segment
from pulumi_probes.workloads.containers import camel_case
from pulumi_probes.workloads.validation import fields


def schema_value(annotation: Any, value: Any) -> Any:
    """A value of the annotated type under the names of the schema."""
    expected = _plain(annotation)
    if is_typeddict(expected) and isinstance(value, Mapping):
        known = fields(expected)
        return {camel_case(name): schema_value(known[name], entry) for name, entry in value.items() if name in known}
    if get_origin(expected) is Sequence and isinstance(value, list):
        return [schema_value(get_args(expected)[0], entry) for entry in value]
    if get_origin(expected) is Mapping and isinstance(value, Mapping):
        return {key: schema_value(get_args(expected)[1], entry) for key, entry in value.items()}
    return value


def schema_path(annotation: Any, path: Path) -> Path:
    """A path of arguments under the names of the schema; what is no argument stays."""
    segments: list[Segment] = []
    expected = _plain(annotation)
    for segment in path.segments:
        known = fields(expected) if is_typeddict(expected) else {}
        segments.append(camel_case(str(segment)) if segment in known else segment)
        arguments = get_args(expected)
        below = known.get(str(segment), arguments[-1] if arguments else None)
        expected = _plain(below)
    return Path(tuple(segments))


def _plain(annotation: Any) -> Any:
    return _plain(get_args(annotation)[0]) if get_origin(annotation) is NotRequired else annotation
