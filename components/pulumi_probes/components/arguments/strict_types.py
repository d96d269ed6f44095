"""Derives stricter types for validating arguments from the annotations of their `TypedDict`.

They allow no unknown keys and no strings for numbers, take integral floats as integers (other languages send those),
and accept Outputs where the annotation is `pulumi.Input`. An Output is checked once its value is known.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, cast, get_args, get_origin

import pulumi
from pydantic import AfterValidator, BeforeValidator, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema
from typing_extensions import NotRequired, TypedDict, get_original_bases, is_typeddict

from pulumi_probes.components.arguments.limits import LIMITS, WHOLE, EachEntry, Limit
from pulumi_probes.components.arguments.values import (
    read_list,
    read_manifest,
    read_number_or_hint,
    read_object,
    read_whole_number,
    reader_of,
    within,
)

_new_typed_dict: Any = TypedDict
"""The functional syntax with a computed name, which type checkers do not support."""


def fields(expected: type) -> Mapping[str, Any]:
    """The annotations of a `TypedDict`, inherited ones included."""
    return cast("Mapping[str, Any]", expected.__annotations__)


def strict_type(annotation: Any, name: str = "", limit: Limit | None = None) -> Any:
    """The type that pydantic checks for an annotation.

    Args:
        annotation: the annotation in the `TypedDict`, or the `TypedDict` itself.
        name: the name of the argument, for the error about an Output.
        limit: the limit of the value beyond its type.

    Raises:
        TypeError: an argument cannot have such a type.
    """
    if get_origin(annotation) is NotRequired:
        return NotRequired[strict_type(get_args(annotation)[0], name, limit)]
    awaited = [argument for argument in get_args(annotation) if get_origin(argument) is Awaitable]
    if awaited:
        return Annotated[strict_type(get_args(awaited[0])[0], name, limit), _Deferred(name)]
    plain = _plain_type(annotation, name, limit.value if isinstance(limit, EachEntry) else None)
    return plain if limit is None else Annotated[plain, AfterValidator(within(limit))]


def _plain_type(annotation: Any, name: str, entry_limit: Limit | None = None) -> Any:
    if annotation is int:
        return Annotated[int, BeforeValidator(read_whole_number)]
    if annotation in (str, bool):
        return Annotated[annotation, BeforeValidator(reader_of(annotation))]
    if annotation is Any:
        return Annotated[Any, BeforeValidator(read_manifest)]
    if get_origin(annotation) is Sequence:
        return Annotated[list[strict_type(get_args(annotation)[0], name)], BeforeValidator(read_list)]  # type: ignore[misc] # a type made at run time
    if get_origin(annotation) is Mapping:
        entry = strict_type(get_args(annotation)[1], name, entry_limit)
        return Annotated[dict[str, entry], BeforeValidator(read_object)]  # type: ignore[valid-type] # likewise
    if is_typeddict(annotation):
        limits = limits_of(annotation)
        known = fields(annotation)
        types = {key: strict_type(value, key, limits.get(key)) for key, value in known.items()}
        for key, named in ((key, f"{key}_name") for key in known if f"{key}_name" in known):
            types[key] = NotRequired[Annotated[int, BeforeValidator(partial(read_number_or_hint, named=named))]]
        strict = _new_typed_dict(annotation.__name__, types)
        strict.__pydantic_config__ = ConfigDict(extra="forbid")
        whole = [AfterValidator(within(limits[WHOLE]))] if WHOLE in limits else []
        parts = (strict, BeforeValidator(read_object), *whole)
        return Annotated[parts]
    raise TypeError(f"{name}: {annotation} is not a supported argument type")


def limits_of(expected: Any) -> dict[str, Limit]:
    """The limits of a `TypedDict`, inherited ones included, by the name of the argument or `WHOLE`."""
    found: dict[str, Limit] = {}
    for base in get_original_bases(expected):
        if is_typeddict(base):
            found |= limits_of(base)
    return {**found, **LIMITS.get(expected, {})}


class _Deferred:
    """Accepts an Output in place of a value, and checks its value once it is known."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def check(value: Any, check_known: Callable[[Any], Any]) -> Any:
            if not isinstance(value, (pulumi.Output, Awaitable)):
                return check_known(value)

            def check_later(known: Any) -> Any:
                try:
                    return check_known(known)
                except ValidationError as error:
                    # The error's own text contains the value, which may be secret.
                    reasons = "; ".join(detail["msg"] for detail in error.errors(include_input=False))
                    raise pulumi.RunError(f"{self._name}: {reasons}") from None

            return pulumi.Output.from_input(value).apply(check_later)

        return core_schema.no_info_wrap_validator_function(check, handler(source))
