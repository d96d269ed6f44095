"""Configuration of rules: names, types and mistakes in what people write into a configuration file.

A parameter is written in camelCase, as Kubernetes and Pulumi write theirs: `minimum_seconds` is `minimumSeconds`. Its
type is that of its default. Every rule has the parameter `exclude` beside its own: the workloads that it leaves alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any, Final

from pulumi_probes.model.finding import ResourceReference
from pulumi_probes.model.node import described

_JSON_TYPES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    ((tuple, list, frozenset, set), "array"),
)
_PEOPLE_SAY = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "a string",
    "array": "a list of strings",
}

EXCLUDE: Final = "exclude"
"""The parameter that every rule has: patterns of resources, see `is_excluded`."""

PACK_SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "probe-configuration": {},
        "probe-not-evaluated": {"strict": False},
        "probe-waived": {"allowed": True},
        "probe-internal-error": {"strict": False},
        "helm-release-not-audited": {},
    }
)
"""What a configuration file may name beside rules, with parameters: the policies about the audit itself.

The patterns that `probe-configuration` excludes hold for all rules.
"""


def configuration_key(parameter: str) -> str:
    """How a parameter is written in a configuration file."""
    first, *others = parameter.split("_")
    return first + "".join(word.capitalize() for word in others)


def json_type(default: Any) -> str:
    """The JSON type of a parameter with this default.

    Raises:
        TypeError: no such type is written in a configuration file.
    """
    for types, name in _JSON_TYPES:
        if isinstance(default, types):
            return name
    raise TypeError(f"a parameter cannot be {described(default)}")


def configuration_schema(parameters: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """JSON schemas of parameters and of `exclude`, by the key under which each is written.

    Args:
        parameters: each parameter's default, such as `Rule.parameters`.

    Raises:
        TypeError: a default has a type that is not written in a configuration file.
    """
    return {configuration_key(name): _schema(default) for name, default in _with_exclude(parameters).items()}


def read_configuration(parameters: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What a configuration file says about parameters and about `exclude`.

    Whole numbers may come as floats, as they do from Pulumi. What is wrong is left out, so its default holds.

    Args:
        parameters: each parameter's default, such as `Rule.parameters`.
        given: the section of the file, without its level.

    Returns:
        The values by the parameters' names, and one sentence for each mistake.
    """
    parameters = _with_exclude(parameters)
    names = {configuration_key(name): name for name in parameters}
    values: dict[str, Any] = {}
    mistakes: list[str] = []
    for key, value in given.items():
        if key not in names:
            mistakes.append(f"{key!r} is no parameter here. {_suggestion(key, names)}")
            continue
        default = parameters[names[key]]
        try:
            values[names[key]] = _converted(value, default)
        except TypeError:
            mistakes.append(f"{key} must be {_PEOPLE_SAY[json_type(default)]}, not {described(value)}.")
    return values, mistakes


def is_excluded(resource: ResourceReference, patterns: Iterable[str]) -> bool:
    """Whether a resource is named by one of the patterns.

    A pattern is a name with `*`, `?` and `[...]`. One that begins with `urn:` is compared with the URN, one with a
    slash with `namespace/name`, any other with the object's name and with its name in the Pulumi program.
    """
    return any(_matches(resource, pattern) for pattern in patterns)


def _with_exclude(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**parameters, EXCLUDE: ()}


def _matches(resource: ResourceReference, pattern: str) -> bool:
    if pattern.startswith("urn:"):
        return resource.urn is not None and fnmatchcase(resource.urn, pattern)
    if "/" in pattern:
        namespace, _, name = pattern.partition("/")
        return fnmatchcase(resource.namespace or "default", namespace) and fnmatchcase(resource.name or "", name)
    in_program = (resource.urn or "").rpartition("::")[2]
    return any(name and fnmatchcase(name, pattern) for name in (resource.name, in_program))


def _schema(default: Any) -> dict[str, Any]:
    name = json_type(default)
    if name != "array":
        return {"type": name, "default": default}
    entries = sorted(default) if isinstance(default, (set, frozenset)) else list(default)
    return {"type": name, "items": {"type": "string"}, "default": entries}


def _converted(value: Any, default: Any) -> Any:
    """A value with the type of its parameter's default; raises TypeError when that cannot be."""
    match json_type(default):
        case "boolean" if isinstance(value, bool):
            return value
        case "integer" if _is_number(value) and int(value) == value:
            return int(value)
        case "number" if _is_number(value):
            return float(value)
        case "string" if isinstance(value, str):
            return value
        case "array" if _is_list(value) and all(isinstance(entry, str) for entry in value):
            return type(default)(value)
        case _:
            raise TypeError


def _is_number(value: Any) -> bool:
    finite = isinstance(value, (int, float)) and value == value and abs(value) != float("inf")  # noqa: PLR0124 - NaN
    return finite and not isinstance(value, bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _suggestion(key: str, names: Mapping[str, str]) -> str:
    from difflib import get_close_matches  # only a mistake needs it

    close = get_close_matches(key, names, n=1)
    return f"Did you mean {close[0]!r}?" if close else f"There is {', '.join(names)}."
