"""Validates the arguments of components against their `TypedDict`, and collects every problem.

The annotations of the `TypedDict` are the only description of the arguments.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any, Final, cast, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import NotRequired, is_typeddict

from pulumi_probes.components.arguments.limits import WHOLE
from pulumi_probes.components.arguments.problems import Problem
from pulumi_probes.components.arguments.strict_types import fields, limits_of, strict_type
from pulumi_probes.components.arguments.suggestions import meant
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.suggestions import did_you_mean

_SHORT: Final = 12
"""The number of names up to which all of them are listed."""

_MOST_ROUNDS: Final = 4
"""The number of times that arguments are checked without the invalid ones, at most."""

_Location = tuple[int | str, ...]


def check_arguments(expected: type, given: Any) -> tuple[dict[str, Any] | None, list[Problem]]:
    """Check arguments against a `TypedDict`.

    Returns:
        The arguments with the types of the `TypedDict`, and the problems. If there are problems, the invalid arguments
        are left out, so that the others can still be checked; None if too little is left.
    """
    adapter = _adapter(expected)
    try:
        return adapter.validate_python(given), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    problems: list[Problem] = []
    # Limits of a mapping as a whole are only checked once its entries have the right types.
    for _ in range(_MOST_ROUNDS):
        problems += [
            problem for problem in (_problem(expected, detail) for detail in details) if problem not in problems
        ]
        given = _usable(expected, given, details)
        try:
            return adapter.validate_python(given), problems
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
    return None, problems


@cache
def _adapter(expected: type) -> TypeAdapter[Any]:
    return TypeAdapter(strict_type(expected))


def _problem(expected: type, detail: ErrorDetails) -> Problem:
    location = detail["loc"]
    path = FieldPath(location)
    match detail["type"]:
        case "missing":
            return Problem(path=path, what="is required.", fix="Set it; it has no default.")
        case "extra_forbidden":
            known = list(fields(_type_at(expected, location[:-1])))
            fix = _guess(str(location[-1]), known)
            return Problem(path=path, what="is not an argument.", fix=fix)
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
        return did_you_mean(*guesses)
    if len(known) <= _SHORT:
        return f"Known arguments: {', '.join(known)}."
    return "Remove it, or look it up in the documentation of the arguments."


def _type_at(expected: Any, location: _Location) -> Any:
    """The `TypedDict` at a location below `expected`."""
    for step in location:
        annotation = fields(expected).get(str(step)) if is_typeddict(expected) else None
        expected = get_args(expected)[-1] if annotation is None else annotation
        while get_origin(expected) is NotRequired:
            expected = get_args(expected)[0]
    return expected


_STAND_IN_NUMBER: Final = 60
_STAND_IN_TEXT: Final = "1"
"""Placeholders for required arguments that are missing or invalid, so that the others can still be checked."""


def _usable(expected: type, given: Any, details: Iterable[ErrorDetails]) -> Any:
    """The arguments without the invalid ones."""
    result = _copied_containers(given)
    for detail in details:
        location = detail["loc"]
        if len(location) == 1 and location[0] in _required(expected):
            is_number = fields(expected)[str(location[0])] is int
            result[location[0]] = _STAND_IN_NUMBER if is_number else _STAND_IN_TEXT
            continue
        owner = _type_at(expected, location[:-1])
        # Without one of its fields, an object may break a limit that it keeps.
        is_partial = is_typeddict(owner) and WHOLE in limits_of(owner)
        above = location[:-1] if detail["type"] == "missing" or is_partial else location
        # Removing one entry of a list would shift the paths of the others, so the whole list is removed.
        while above and isinstance(above[-1], int):
            above = above[:-1]
        place: Any = result
        for step in above[:-1]:
            # It may already have been removed because of another problem.
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
