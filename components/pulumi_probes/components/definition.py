"""The differences between the components."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from pulumi_probes.components.arguments.problems import Problem
from pulumi_probes.presets import Preset


class Definition(Struct, frozen=True, kw_only=True):
    """The definition of one component.

    Attributes:
        type_name: the name of the component's type, such as WebService.
        arguments: the `TypedDict` of its arguments.
        preset: the preset that computes its health contract.
        port_name: from the arguments, the name of the main port.
        service_port: from the arguments, the default port of the Service.
        probe_port: from the arguments, the `port` argument of the preset.
        resources: from the arguments, the resources of the main container.
        url: from the arguments, the address and the Service's port, the URL of the Service.
        prepare: fills in arguments and reports problems specific to this component; changes top-level keys only.
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
