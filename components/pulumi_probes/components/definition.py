"""What makes one component differ from the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_probes.components.arguments.problems import Problem
from pulumi_probes.presets import Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One component.

    Attributes:
        type_name: such as WebService.
        arguments: the `TypedDict` of its arguments.
        preset: computes its health contract.
        port_name: of the port it serves on, from its arguments.
        service_port: of its Service when nothing is said, from its arguments.
        probe_port: what the preset gets as `port`, from its arguments.
        resources: of its main container, from its arguments.
        url: its address with scheme and port, from its arguments, the address and the Service's port.
        prepare: fills in and complains about what only this component knows; changes the top level alone.
    """

    type_name: str
    arguments: type
    preset: Preset
    port_name: Callable[[Mapping[str, Any]], str]
    service_port: Callable[[Mapping[str, Any]], int]
    probe_port: Callable[[Mapping[str, Any]], int | str]
    url: Callable[[Mapping[str, Any], str, int], str]
    resources: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda arguments: arguments.get("resources", {})
    prepare: Callable[[dict[str, Any], list[Problem]], None] = lambda _arguments, _problems: None
