"""The registry of presets, which are discovered by the names of their modules."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

from msgspec import Struct

from pulumi_probes._discovery import declared
from pulumi_probes._docstrings import docstring
from pulumi_probes.model.probe import HealthContract

Build = Callable[..., HealthContract]
_BuildT = TypeVar("_BuildT", bound=Build)


class Preset(Struct, frozen=True):
    """One preset.

    Attributes:
        name: the name, such as slow_start.
        since: the version of this project that introduced it.
        build: the function; its keyword arguments are the intents.
        defaults: the optional arguments and their default values.
        required: the names of the required arguments.
    """

    name: str
    since: str
    build: Build
    defaults: Mapping[str, Any]
    required: tuple[str, ...]

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return docstring(self.build).partition("\n")[0]


def preset(name: str, *, since: str) -> Callable[[_BuildT], _BuildT]:
    """Register a function as a preset."""

    def register(build: _BuildT) -> _BuildT:
        parameters = inspect.signature(build).parameters.values()
        empty = inspect.Parameter.empty
        build.__preset__ = Preset(  # type: ignore[attr-defined] # functions have arbitrary attributes
            name=name,
            since=since,
            build=build,
            defaults=MappingProxyType({item.name: item.default for item in parameters if item.default is not empty}),
            required=tuple(item.name for item in parameters if item.default is empty),
        )
        return build

    return register


@cache
def load_presets() -> tuple[Preset, ...]:
    """Every preset, sorted by name.

    Raises:
        ValueError: two presets share a name.
    """
    found: dict[str, Preset] = {}
    item: Preset
    for item in declared("pulumi_probes.presets", "__preset__"):
        if item.name in found:
            raise ValueError(f"{item.name} is declared twice")
        found[item.name] = item
    return tuple(found[name] for name in sorted(found))


def find_preset(name: str) -> Preset:
    """The preset of a name.

    Raises:
        KeyError: there is no such preset.
    """
    return {found.name: found for found in load_presets()}[name]
