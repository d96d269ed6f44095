"""The declarations of the ports that probes use."""

from __future__ import annotations

from pulumi_probes.model.workload import Container, Workload
from pulumi_probes.rules._deferral import Deferral


def declared_protocols(workload: Workload, number: int) -> set[str]:
    """The protocols under which any container of the pod declares a port; all of them share one network namespace.

    Raises:
        UnknownValue: none of the known declarations is for TCP, but some are not known before deployment.
    """
    found = {port.protocol for _, port in workload.known_ports.get(number, ())}
    if "TCP" not in found:
        later = Deferral()
        for container in workload.probed_containers:
            with later:
                _ = container.ports
        later.settle()
    return found


def siblings_with_port(workload: Workload, container: Container, name: str) -> list[Container]:
    """The other containers of the pod that declare a port of this name."""
    owners = {id(owner): owner for owner, _ in workload.known_ports.get(name, ())}
    return [owner for owner in owners.values() if owner is not container]
