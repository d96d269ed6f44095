"""Converts argument names to those of the schema and of Kubernetes, and back: starts_within <-> startsWithin.

Only the names of arguments are converted, not the user's own keys, such as those of `env` or of a Kubernetes object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, get_args, get_origin

from typing_extensions import NotRequired, is_typeddict

from pulumi_probes.components.arguments.strict_types import fields
from pulumi_probes.model.field_path import FieldPath, Segment
from pulumi_probes.model.letter_case import camel_case

# A word of a sentence, but not a part of a path such as /livenessProbe or pulumi.com/timeoutSeconds.
_WORD = re.compile(r"(?<![\w/])[a-z]\w*(?![\w/])")
_AWAITED = re.compile(r'the annotation `pulumi\.com/timeoutSeconds: "(\d+)"`')
_OTHER_NAMES = {
    "lifecycle.preStop": "pre_stop",
    "lifecycle.postStart": "post_start",
    "customTimeouts": "custom_timeouts",
}


def schema_value(annotation: Any, value: Any) -> Any:
    """A value of the annotated type, with the names of the schema."""
    expected = _plain(annotation)
    if is_typeddict(expected) and isinstance(value, Mapping):
        known = fields(expected)
        return {camel_case(name): schema_value(known[name], entry) for name, entry in value.items() if name in known}
    if get_origin(expected) is Sequence and isinstance(value, list):
        return [schema_value(get_args(expected)[0], entry) for entry in value]
    if get_origin(expected) is Mapping and isinstance(value, Mapping):
        return {key: schema_value(get_args(expected)[1], entry) for key, entry in value.items()}
    return value


def schema_path(annotation: Any, path: FieldPath) -> FieldPath:
    """A path of arguments, with the names of the schema; segments that are not arguments stay unchanged."""
    segments: list[Segment] = []
    expected = _plain(annotation)
    for segment in path.segments:
        known = fields(expected) if is_typeddict(expected) else {}
        segments.append(camel_case(str(segment)) if segment in known else segment)
        arguments = get_args(expected)
        below = known.get(str(segment), arguments[-1] if arguments else None)
        expected = _plain(below)
    return FieldPath(tuple(segments))


def schema_text(annotation: Any, text: str) -> str:
    """A sentence about arguments, with the names replaced by those of the schema."""
    names = _names(annotation)
    return _WORD.sub(lambda word: names.get(word[0], word[0]), text)


def argument_text(annotation: Any, text: str) -> str:
    """A sentence about a Kubernetes object, with the names of fields replaced by those of arguments."""
    names = {schema_name: name for name, schema_name in _names(annotation).items()}
    text = _AWAITED.sub(r"`await_timeout_seconds: \1`", text)
    for other, name in _OTHER_NAMES.items():
        text = text.replace(other, name)
    return _WORD.sub(lambda word: names.get(word[0], word[0]), text)


@cache
def _names(annotation: Any) -> Mapping[str, str]:
    """The arguments below a type whose names differ in the schema, with the names in the schema."""
    return {name: camel_case(name) for name in _arguments(annotation) if camel_case(name) != name}


def _arguments(annotation: Any) -> Iterator[str]:
    expected = _plain(annotation)
    if is_typeddict(expected):
        yield from fields(expected)
    below = fields(expected).values() if is_typeddict(expected) else get_args(expected)
    for part in below:
        yield from _arguments(part)


def _plain(annotation: Any) -> Any:
    return _plain(get_args(annotation)[0]) if get_origin(annotation) is NotRequired else annotation
