"""The input for rendering a component."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from pulumi_probes.model.probe import HealthContract


class ComponentSpec(Struct, frozen=True, kw_only=True):
    """One component, before it is rendered.

    Attributes:
        name: the name of its objects.
        arguments: the checked arguments.
        contract: the health contract that the preset computed from the intents.
        port_name: the name of the main port.
        resources: the resources of the main container.
        starts_within: the declared slowest start in seconds, or None if only the startup probe determines it.
    """

    name: str
    arguments: Mapping[str, Any]
    contract: HealthContract
    port_name: str
    resources: Mapping[str, Any]
    starts_within: int | None

    @property
    def replicas(self) -> int:
        """The number of pods."""
        return int(self.arguments.get("replicas", 2))

    @property
    def is_restricted(self) -> bool:
        """Whether security contexts comply with the Pod Security level `restricted`."""
        return bool(self.arguments.get("pod_security", "restricted") == "restricted")
