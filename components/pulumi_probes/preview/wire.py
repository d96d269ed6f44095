"""Converts properties between protocol messages and plain dictionaries with the leaves of the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2

from pulumi_probes.codec.pulumi_values import marked, revived


def read_properties(properties: struct_pb2.Struct) -> dict[str, Any]:
    """The properties of a resource; whole numbers are integers."""
    return {key: revived(_plain(value)) for key, value in properties.fields.items()}


def read_raw(properties: struct_pb2.Struct) -> dict[str, Any]:
    """The properties without interpreting Pulumi's markers, so that assets keep their paths."""
    return {key: _plain(value) for key, value in properties.fields.items()}


def write_properties(content: Mapping[str, Any]) -> struct_pb2.Struct:
    """Convert a plain dictionary to a protocol message."""
    properties = struct_pb2.Struct()
    properties.update(marked(content))
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
