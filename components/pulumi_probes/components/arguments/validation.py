"""Component arguments: whatever a caller passed -> the `TypedDict` that was asked for, with every problem found.

The annotations of the `TypedDict` are the only description of the arguments. From them pydantic gets a stricter type:
no unknown keys, no text for numbers, whole floats as integers (that is how other languages send them), and Outputs
where the annotation says `pulumi.Input`. An Output is checked when its value is known.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from math import ceil, floor, isfinite
from typing import Annotated, Any, Final, cast, get_args, get_origin

import pulumi
from pydantic import AfterValidator, BeforeValidator, ConfigDict, GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema
from typing_extensions import NotRequired, TypedDict, get_original_bases, is_typeddict

from pulumi_probes.components.arguments.limits import LIMITS, WHOLE, Limit
from pulumi_probes.components.arguments.problems import Problem
from pulumi_probes.components.arguments.suggestions import meant
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.node import described

_SHORT: Final = 12
"""Up to so many names are listed."""

_LONGEST_SHOWN: Final = 5
"""Up to so many digits of a quoted number are shown: as many as a port has."""

_new_typed_dict: Any = TypedDict
"""Type checkers know the class syntax only."""

_Location = tuple[int | str, ...]


def check_arguments(expected: type, given: Any) -> tuple[dict[str, Any] | None, list[Problem]]:
    """Check arguments against a `TypedDict`.

    Returns:
        The arguments as the type says, and the problems. When there are problems, the arguments are what is left
        without the wrong ones, so that the rest can be judged in the same go; None when nothing usable is left.
    """
    adapter = _adapter(expected)
    try:
        return adapter.validate_python(given), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    problems = [_problem(expected, detail) for detail in details]
    try:
        return adapter.validate_python(_usable(expected, given, details)), problems
    except ValidationError:
        return None, problems


def fields(expected: type) -> Mapping[str, Any]:
    """The annotations of a `TypedDict`, inherited ones included."""
    return cast("Mapping[str, Any]", expected.__annotations__)


@cache
def _adapter(expected: type) -> TypeAdapter[Any]:
    return TypeAdapter(_strict(expected, ""))


def _strict(annotation: Any, name: str, limit: Limit | None = None) -> Any:
    """The type that pydantic checks for an annotation of the argument `name`."""
    if get_origin(annotation) is NotRequired:
        return NotRequired[_strict(get_args(annotation)[0], name, limit)]
    awaited = [argument for argument in get_args(annotation) if get_origin(argument) is Awaitable]
    if awaited:
        return Annotated[_strict(get_args(awaited[0])[0], name, limit), _Deferred(name)]
    plain = _strict_plain(annotation, name)
    return plain if limit is None else Annotated[plain, AfterValidator(_within(limit))]


def _strict_plain(annotation: Any, name: str) -> Any:
    if annotation is int:
        return Annotated[int, BeforeValidator(_whole)]
    if annotation in (str, bool):
        return Annotated[annotation, BeforeValidator(_exactly(annotation))]
    if annotation is Any:
        return Annotated[Any, BeforeValidator(_copied)]
    if get_origin(annotation) is Sequence:
        return Annotated[list[_strict(get_args(annotation)[0], name)], BeforeValidator(_list)]  # type: ignore[misc] # a type made at run time
    if get_origin(annotation) is Mapping:
        return Annotated[dict[str, _strict(get_args(annotation)[1], name)], BeforeValidator(_object)]  # type: ignore[misc] # likewise
    if is_typeddict(annotation):
        limits = _limits(annotation)
        strict = _new_typed_dict(
            annotation.__name__,
            {key: _strict(value, key, limits.get(key)) for key, value in fields(annotation).items()},
        )
        strict.__pydantic_config__ = ConfigDict(extra="forbid")
        whole = [AfterValidator(_within(limits[WHOLE]))] if WHOLE in limits else []
        parts = (strict, BeforeValidator(_object), *whole)
        return Annotated[parts]
    raise TypeError(f"{name}: {annotation} is no type for an argument")


def _limits(expected: Any) -> dict[str, Limit]:
    found: dict[str, Limit] = {}
    for base in get_original_bases(expected):
        if is_typeddict(base):
            found |= _limits(base)
    return {**found, **LIMITS.get(expected, {})}


class _Deferred:
    """Lets an Output stand where a value is asked for; it is checked when the value is known."""

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
                    # Its own text would show the value, which may be a secret.
                    reasons = "; ".join(detail["msg"] for detail in error.errors(include_input=False))
                    raise pulumi.RunError(f"{self._name}: {reasons}") from None

            return pulumi.Output.from_input(value).apply(check_later)

        return core_schema.no_info_wrap_validator_function(check, handler(source))


def _within(limit: Limit) -> Callable[[Any], Any]:
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
            "Pass a plain value, such as one of pulumi.Config.",
        )
    return _wrong(f"must be {wanted}, not {described(value)}.", fix)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _not_of_type("a whole number", value, _as_number(value))
    if isinstance(value, float) and not value.is_integer():
        around = f"Write {floor(value)} or {ceil(value)}." if isfinite(value) else "Write the number itself."
        raise _wrong(f"must be a whole number, not {value}.", around, "Kubernetes takes no fractions here.")
    return int(value)


def _as_number(value: Any) -> str:
    if not isinstance(value, str):
        return "Write a number."
    # A port and a number of seconds are no secrets; anything longer may be one that was put in the wrong place.
    if value.isascii() and value.isdigit():
        return f"Write it without quotes: {int(value)}." if len(value) <= _LONGEST_SHOWN else "Write it without quotes."
    return "Write the number alone, without quotes or a unit."


def _exactly(expected: type) -> Callable[[Any], Any]:
    name = "a string" if expected is str else "true or false"

    def check(value: Any) -> Any:
        if isinstance(value, expected):
            return value
        if expected is bool:
            fix = "Write true or false as a boolean, without quotes."
        else:
            fix = "Write it in quotes." if isinstance(value, (bool, int, float)) else "Write one piece of text."
        raise _not_of_type(name, value, fix)

    return check


def _object(value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise _not_of_type("an object", value, "Write names, each with its value.")
    for key in value:
        if not isinstance(key, str):
            raise _wrong("must have names for keys.", "Write every key in quotes.")
    # A field that is null counts as not set, as it does for the API server.
    return {key: entry for key, entry in value.items() if entry is not None}


def _list(value: Any) -> Any:
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise _not_of_type("a list", value, "Write it as a list, a single entry too.")
    return list(value)


def _copied(value: Any) -> Any:
    """A Kubernetes object of the user's, copied, so that nobody changes the user's own."""
    if isinstance(value, Mapping):
        return {key: _copied(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copied(entry) for entry in value]
    if value is None or isinstance(value, (str, bool, int, pulumi.Output)):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Awaitable):
        return pulumi.Output.from_input(value)
    raise _wrong(
        f"must be a Kubernetes object of plain values, not {described(value)}.",
        "Write it as a dictionary in Kubernetes' own names.",
    )


def _problem(expected: type, detail: ErrorDetails) -> Problem:
    location = detail["loc"]
    path = FieldPath(location)
    match detail["type"]:
        case "missing":
            return Problem(path=path, what="is required.", fix="Set it; it has no default.")
        case "extra_forbidden":
            known = list(fields(_type_at(expected, location[:-1])))
            fix = _guess(str(location[-1]), known)
            return Problem(path=path, what="is no argument.", fix=fix)
        case _:
            context = detail.get("ctx", {})
            return Problem(
                path=path,
                what=str(context.get("what", detail["msg"])),
                consequence=str(context.get("consequence", "")),
                fix=str(context.get("fix", "")),
            )


def _guess(name: str, known: Collection[str]) -> str:
    if guesses := meant(name, known):
        *others, last = guesses
        return f"Did you mean {', '.join(others)} or {last}?" if others else f"Did you mean {last}?"
    if len(known) <= _SHORT:
        return f"There are {', '.join(known)}."
    return "Remove it, or look its name up in the documentation of the arguments."


def _type_at(expected: Any, location: _Location) -> Any:
    """The `TypedDict` that an argument of `expected` has."""
    for step in location:
        annotation = fields(expected).get(str(step)) if is_typeddict(expected) else None
        expected = get_args(expected)[-1] if annotation is None else annotation
        while get_origin(expected) is NotRequired:
            expected = get_args(expected)[0]
    return expected


_STAND_IN_NUMBER: Final = 60
_STAND_IN_TEXT: Final = "1"
"""Taken for a required argument that is missing or wrong, so that rules can judge the others."""


def _usable(expected: type, given: Any, details: Iterable[ErrorDetails]) -> Any:
    """The arguments without those that a problem is about."""
    result = _copied_containers(given)
    for detail in details:
        location = detail["loc"]
        if len(location) == 1 and location[0] in _required(expected):
            is_number = fields(expected)[str(location[0])] is int
            result[location[0]] = _STAND_IN_NUMBER if is_number else _STAND_IN_TEXT
            continue
        above = location[:-1] if detail["type"] == "missing" else location
        # Entries of lists stay where they are, or the others' paths would be wrong: the whole list goes.
        while above and isinstance(above[-1], int):
            above = above[:-1]
        place: Any = result
        for step in above[:-1]:
            # What another problem was about may be gone already.
            place = place[step] if isinstance(place, list) and isinstance(step, int) else _entry(place, step)
        if above and isinstance(place, dict):
            place.pop(above[-1], None)
    return result


def _required(expected: Any) -> frozenset[str]:
    return cast("frozenset[str]", expected.__required_keys__)


def _entry(place: Any, step: int | str) -> Any:
    return place.get(step) if isinstance(place, dict) else None


def _copied_containers(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied_containers(entry) for key, entry in value.items()}
    return [_copied_containers(entry) for entry in value] if isinstance(value, (list, tuple)) else value
