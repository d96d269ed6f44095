"""Readers for the values of arguments: they return a value of the right type, or raise an error with a fix."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from math import ceil, floor, isfinite
from typing import Any, Final

import pulumi
from pydantic_core import PydanticCustomError

from pulumi_probes.components.arguments.limits import Limit
from pulumi_probes.model.names import is_port
from pulumi_probes.model.node import described

_LONGEST_SHOWN: Final = 5
"""The number of digits up to which a quoted number is shown: as many as a port has."""


def within(limit: Limit) -> Callable[[Any], Any]:
    """A validator that accepts the values within a limit."""

    def check(value: Any) -> Any:
        if (complaint := limit.complaint(value)) is not None:
            raise _wrong(complaint.what, complaint.fix, complaint.consequence)
        return value

    return check


def _wrong(what: str, fix: str, consequence: str = "") -> PydanticCustomError:
    return PydanticCustomError("wrong", "{what}", {"what": what, "consequence": consequence, "fix": fix})


def _not_of_type(wanted: str, value: Any, fix: str) -> PydanticCustomError:
    if isinstance(value, (pulumi.Output, Awaitable)):
        return _wrong(
            f"must be {wanted} that is known before deployment, not an Output.",
            "Pass a plain value, such as one from pulumi.Config.",
        )
    return _wrong(f"must be {wanted}, not {described(value)}.", fix)


def read_whole_number(value: Any) -> int:
    """An integer; integral floats are accepted."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _not_of_type("a whole number", value, _as_number(value))
    if isinstance(value, float) and not value.is_integer():
        around = f"Write {floor(value)} or {ceil(value)}." if isfinite(value) else "Write a finite number."
        raise _wrong(f"must be a whole number, not {value}.", around, "Kubernetes accepts only integers here.")
    return int(value)


def read_number_or_hint(value: Any, *, named: str) -> int:
    """An integer; for a name, the error says which argument takes it."""
    if isinstance(value, str) and is_port(value):
        raise _not_of_type("a whole number", value, f"Use `{named}` for a name.")
    return read_whole_number(value)


def _as_number(value: Any) -> str:
    if not isinstance(value, str):
        return "Write a number."
    # Ports and seconds are not secret; longer numbers may be secrets that ended up in the wrong argument.
    if value.isascii() and value.isdigit():
        return f"Write it without quotes: {int(value)}." if len(value) <= _LONGEST_SHOWN else "Write it without quotes."
    return "Write the number alone, without quotes or a unit."


def reader_of(expected: type) -> Callable[[Any], Any]:
    """A reader that accepts strings, or booleans, and converts nothing."""
    name = "a string" if expected is str else "true or false"

    def check(value: Any) -> Any:
        if isinstance(value, expected):
            return value
        if expected is bool:
            fix = "Write true or false as a boolean, without quotes."
        else:
            fix = "Write it in quotes." if isinstance(value, (bool, int, float)) else "Write a single string."
        raise _not_of_type(name, value, fix)

    return check


def read_object(value: Any) -> Any:
    """A mapping with string keys, without the keys whose value is null."""
    if not isinstance(value, Mapping):
        raise _not_of_type("an object", value, "Write a mapping of names to values.")
    for key in value:
        if not isinstance(key, str):
            raise _wrong("must have strings as keys.", "Write every key in quotes.")
    # A null field counts as unset, as it does for the API server.
    return {key: entry for key, entry in value.items() if entry is not None}


def read_list(value: Any) -> Any:
    """A list; strings are not accepted."""
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise _not_of_type("a list", value, "Write a list, even for a single entry.")
    return list(value)


def read_manifest(value: Any) -> Any:
    """A copy of a Kubernetes object, so that the user's own is never changed."""
    if isinstance(value, Mapping):
        return {key: read_manifest(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [read_manifest(entry) for entry in value]
    if value is None or isinstance(value, (str, bool, int, pulumi.Output)):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Awaitable):
        return pulumi.Output.from_input(value)
    raise _wrong(
        f"must be a Kubernetes object of plain values, not {described(value)}.",
        "Write a dictionary with Kubernetes' field names.",
    )
