"""Converts properties between protocol messages and plain dictionaries with the leaves of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import struct_pb2

from pulumi_probes.codec.pulumi_values import SECRET_SIGNATURE, SIGNATURE_KEY, revived
from pulumi_probes.model.values import UNKNOWN, Secret

UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The text that represents an unknown value in a message."""


def read_properties(properties: struct_pb2.Struct) -> dict[str, Any]:
    """The properties of a resource; whole numbers are integers."""
    return {key: revived(_plain(value)) for key, value in properties.fields.items()}


def read_raw(properties: struct_pb2.Struct) -> dict[str, Any]:
    """The properties without interpreting Pulumi's markers, so that assets keep their paths."""
    return {key: _plain(value) for key, value in properties.fields.items()}


def write_properties(content: Mapping[str, Any]) -> struct_pb2.Struct:
    """Convert a plain dictionary to a protocol message."""
    properties = struct_pb2.Struct()
    properties.update({key: _marked(value) for key, value in content.items()})
    return properties


def _plain(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return {key: _plain(below) for key, below in value.struct_value.fields.items()}
        case "list_value":
            return [_plain(below) for below in value.list_value.values]
        case _:
            return None


def _marked(value: Any) -> Any:
    if value is UNKNOWN:
        return UNKNOWN_TEXT
    if isinstance(value, Secret):
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": _marked(value.value)}
    if isinstance(value, Mapping):
        return {str(key): _marked(below) for key, below in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_marked(below) for below in value]
    return value
