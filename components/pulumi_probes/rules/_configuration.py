"""The configuration of rules: the names and types of parameters, and the mistakes in a configuration file.

Parameters are written in camelCase, as in Kubernetes and Pulumi: `minimum_seconds` becomes `minimumSeconds`. The type
of a parameter is that of its default. In addition to its own parameters, every rule has `exclude`, the workloads that
it skips.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any, Final, TypeGuard

from pulumi_probes.model.await_timeout import DEPLOYERS
from pulumi_probes.model.defaults import DEFAULT_NAMESPACE
from pulumi_probes.model.finding import ResourceReference, name_in_program
from pulumi_probes.model.letter_case import camel_case
from pulumi_probes.model.node import described
from pulumi_probes.model.suggestions import suggestion

_JSON_TYPES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    ((tuple, list, frozenset, set), "array"),
)
_TYPE_NAMES = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "a string",
    "array": "a list of strings",
}

ENFORCEMENT_LEVELS: Final = ("advisory", "mandatory", "disabled")
"""The enforcement levels of CrossGuard, without `REMEDIATE`."""

REMEDIATE: Final = "remediate"
"""The level of CrossGuard at which a policy changes resources, which no policy of the pack does."""

_CHOICES: Final[Mapping[str, Sequence[str]]] = MappingProxyType({"deployer": DEPLOYERS})
"""The values of parameters that have only a few."""

EXCLUDE: Final = "exclude"
"""The parameter that every rule has: patterns of the resources to skip, see `is_excluded`."""

ALL_POLICIES: Final = "all"
"""The section of a configuration file whose level applies to every policy that has no level of its own."""

CONFIGURATION_POLICY: Final = "probe-configuration"
NOT_EVALUATED_POLICY: Final = "probe-not-evaluated"
WAIVED_POLICY: Final = "probe-waived"
INTERNAL_ERROR_POLICY: Final = "probe-internal-error"
HELM_RELEASE_POLICY: Final = "helm-release-not-audited"

PACK_SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        CONFIGURATION_POLICY: {},
        NOT_EVALUATED_POLICY: {"strict": False},
        WAIVED_POLICY: {"allowed": True},
        INTERNAL_ERROR_POLICY: {"strict": False},
        HELM_RELEASE_POLICY: {},
    }
)
"""The other names that a configuration file may contain, with their parameters: the policies about the audit itself.

The `exclude` patterns of `probe-configuration` apply to all rules.
"""


def pack_setting(policy: str, parameter: str, values: Mapping[str, Any]) -> Any:
    """A parameter of one of `PACK_SETTINGS`: as it is configured, or its default."""
    return values.get(parameter, PACK_SETTINGS[policy][parameter])


def remediation_mistake(name: str) -> str:
    """The mistake that a policy has the level `REMEDIATE`."""
    return f"{name!r}: no policy changes resources, so the level 'remediate' blocks like 'mandatory'. Use 'mandatory'."


def level_only(section: Iterable[str]) -> list[str]:
    """The mistakes in the section of `ALL_POLICIES`, given its keys apart from the level."""
    return [f"{ALL_POLICIES!r} takes a level and nothing else; {key!r} has no effect." for key in section]


def configuration_key(parameter: str) -> str:
    """The name of a parameter in a configuration file."""
    return camel_case(parameter)


def json_type(default: Any) -> str:
    """The JSON type of a parameter with this default.

    Raises:
        TypeError: a configuration file has no such type.
    """
    for types, name in _JSON_TYPES:
        if isinstance(default, types):
            return name
    raise TypeError(f"a parameter cannot be {described(default)}")


def configuration_schema(parameters: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """JSON schemas of parameters and of `exclude`, by the names that a configuration file uses.

    Args:
        parameters: each parameter's default, such as `Rule.parameters`.

    Raises:
        TypeError: a default has a type that a configuration file does not have.
    """
    return {configuration_key(name): _schema(name, default) for name, default in _with_exclude(parameters).items()}


def read_configuration(parameters: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The values of parameters and of `exclude` in one section of a configuration file.

    Whole numbers may be floats, as they are when they come from Pulumi. Invalid values are left out, so that the
    defaults apply.

    Args:
        parameters: each parameter's default, such as `Rule.parameters`.
        given: the section of the file, without its enforcement level.

    Returns:
        The values by the names of the parameters, and one sentence for each mistake.
    """
    parameters = _with_exclude(parameters)
    names = {configuration_key(name): name for name in parameters}
    values: dict[str, Any] = {}
    mistakes: list[str] = []
    for key, value in given.items():
        if key not in names:
            hint = suggestion(key, names, otherwise=f"Known parameters: {', '.join(names)}.")
            mistakes.append(f"{key!r} is not a parameter. {hint}")
            continue
        default = parameters[names[key]]
        choices = _CHOICES.get(names[key])
        if choices is not None and isinstance(value, str) and value not in choices:
            mistakes.append(f"`{key}` must be one of {', '.join(choices)}.")
            continue
        try:
            values[names[key]] = _converted(value, default)
        except TypeError:
            mistakes.append(f"`{key}` must be {_TYPE_NAMES[json_type(default)]}, not {_given(value, default)}.")
    return values, mistakes


def is_excluded(resource: ResourceReference, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns matches a resource.

    A pattern is a name with `*`, `?` and `[...]`. A pattern that begins with `urn:` is compared with the URN, one with
    a slash with `namespace/name`, and any other with the object's name and with its name in the Pulumi program.
    """
    return any(_matches(resource, pattern) for pattern in patterns)


def _with_exclude(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**parameters, EXCLUDE: ()}


def _matches(resource: ResourceReference, pattern: str) -> bool:
    if pattern.startswith("urn:"):
        return resource.urn is not None and fnmatchcase(resource.urn, pattern)
    if "/" in pattern:
        namespace, _, name = pattern.partition("/")
        own = resource.namespace or DEFAULT_NAMESPACE
        return fnmatchcase(own, namespace) and fnmatchcase(resource.name or "", name)
    names = (resource.name, name_in_program(resource.urn))
    return any(name and fnmatchcase(name, pattern) for name in names)


def _schema(parameter: str, default: Any) -> dict[str, Any]:
    name = json_type(default)
    if parameter in _CHOICES:
        return {"type": name, "enum": list(_CHOICES[parameter]), "default": default}
    if name != "array":
        return {"type": name, "default": default}
    entries = sorted(default) if isinstance(default, (set, frozenset)) else list(default)
    return {"type": name, "items": {"type": "string"}, "default": entries}


def _converted(value: Any, default: Any) -> Any:
    """A value with the type of its parameter's default; raises TypeError if it has another one."""
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


def _given(value: Any, default: Any) -> str:
    """A description of a given value, precise enough to distinguish it from the expected one."""
    if isinstance(value, float) and json_type(default) in ("integer", "number"):
        return str(value)
    if _is_list(value) and json_type(default) == "array":
        return f"a list with {next(described(entry) for entry in value if not isinstance(entry, str))}"
    return described(value)


def _is_number(value: Any) -> bool:
    finite = isinstance(value, (int, float)) and value == value and abs(value) != float("inf")  # noqa: PLR0124 - NaN
    return finite and not isinstance(value, bool)


def _is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))
