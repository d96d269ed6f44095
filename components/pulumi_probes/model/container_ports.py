"""The ports that a container declares."""

from __future__ import annotations

from msgspec import Struct

from pulumi_probes.model.cached import cached_property
from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.node import Node


class ContainerPort(Struct, frozen=True):
    """One entry of a container's `ports`."""

    number: int
    name: str | None
    protocol: str


class ContainerPorts:
    """The `ports` of a container, read when they are accessed."""

    def __init__(self, container: Node) -> None:
        self._container = container

    @property
    def every(self) -> tuple[ContainerPort, ...]:
        """All declared ports.

        Raises:
            UnknownValue: a port is not known before deployment.
            MalformedValue: a port is malformed.
        """
        ports, problem = self._read
        if problem is not None:
            raise problem
        return ports

    @property
    def known(self) -> tuple[ContainerPort, ...]:
        """The ports that can be read."""
        return self._read[0]

    def find(self, wanted: int | str) -> ContainerPort | None:
        """The port with this number or name; None if there is none.

        Raises:
            UnknownValue: no port that can be read matches, but another is not known before deployment.
            MalformedValue: no port that can be read matches, but another is malformed.
        """
        ports, problem = self._read
        for port in ports:
            if wanted in (port.number, port.name):
                return port
        if problem is not None:
            raise problem
        return None

    @cached_property
    def _read(self) -> tuple[tuple[ContainerPort, ...], ValueNotAvailable | None]:
        """The ports that can be read, and the first error about one that cannot."""
        ports: list[ContainerPort] = []
        problem: ValueNotAvailable | None = None
        try:
            nodes = tuple(self._container.items("ports"))
        except ValueNotAvailable as blocked:
            return (), blocked
        for node in nodes:
            try:
                protocol = node.text("protocol", "") or "TCP"
                ports.append(ContainerPort(node.integer("containerPort"), node.optional_text("name"), protocol))
            except ValueNotAvailable as blocked:
                problem = problem or blocked
        return tuple(ports), problem
