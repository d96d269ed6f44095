"""Converts properties of the engine or the SDK to plain dictionaries, with `UNKNOWN` and `Secret` as leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from google.protobuf import struct_pb2
from pulumi_policy.proxy import UnknownValueError

from pulumi_probes.codec.native import NATIVE
from pulumi_probes.codec.pulumi_values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_SENTINELS, revived
from pulumi_probes.model.values import UNKNOWN, Secret

_MARKERS: Final = UNKNOWN_SENTINELS | {SIGNATURE_KEY}


def read_properties(properties: struct_pb2.Struct) -> dict[str, Any]:
    """The properties of a resource in a message of the engine.

    A preview waits for this. `json_format.MessageToDict` takes twice the time of the Python code here, which takes five
    times that of the native package; the latter leaves messages with markers, such as secrets, to the former.
    """
    if NATIVE is not None:
        content: dict[str, Any] | None = NATIVE.read_properties(properties.SerializeToString(), _MARKERS)
        if content is not None:
            return content
    fields = properties.fields
    return {key: _value(fields[key]) for key in fields}


def read_property(properties: struct_pb2.Struct, key: str) -> Any:
    """One property; None if it is absent."""
    # Indexing would add the key to the message.
    entry = properties.fields.get(key)
    return None if entry is None else _value(entry)


def thaw(props: Any) -> Any:
    """The properties of a resource as the SDK passes them to a policy.

    The SDK raises an error when an unknown value is accessed, so every value is read separately. Secrets are no longer
    marked at this point.
    """
    if isinstance(props, Mapping):
        # Iterating over items would access the values.
        return {key: _thawed(props, key) for key in props}
    if isinstance(props, Sequence) and not isinstance(props, (str, bytes)):
        return [_thawed(props, index) for index in range(len(props))]
    return _number(props) if isinstance(props, float) else props


def _thawed(container: Any, key: Any) -> Any:
    try:
        return thaw(container[key])
    except UnknownValueError:
        return UNKNOWN


def _value(value: struct_pb2.Value) -> Any:
    content: Any
    # Most values are strings or objects, and trying those first is cheaper than asking for the kind.
    if text := value.string_value:
        return UNKNOWN if text in UNKNOWN_SENTINELS else text
    if fields := value.struct_value.fields:
        content = {key: _value(fields[key]) for key in fields}
        return _revived(content) if SIGNATURE_KEY in content else content
    content = None
    match value.WhichOneof("kind"):
        case "list_value":
            content = [_value(entry) for entry in value.list_value.values]
        case "number_value":
            content = _number(value.number_value)
        case "bool_value":
            content = value.bool_value
        case "struct_value":
            content = {}
        case "string_value":
            content = ""
        case _:
            pass
    return content


def _revived(content: dict[str, Any]) -> Any:
    if content[SIGNATURE_KEY] == SECRET_SIGNATURE and "value" in content:
        return Secret(content["value"])
    return revived(content)


def _number(value: float) -> int | float:
    return int(value) if value.is_integer() else value
