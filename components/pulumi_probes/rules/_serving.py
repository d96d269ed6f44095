"""Which containers get requests, and through which Services."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

from pulumi_probes.model.workload import Container, ContainerPort, ContainerRole, Workload

SCRAPE_PORTS: Final = ("*metrics*", "*prometheus*")
"""Names of ports that are scraped whether the pod is Ready or not, and by nobody else."""


def lacks_readiness(container: Container) -> bool:
    """Whether this is a regular container that could serve, and that has no readiness probe for certain."""
    workload = container.workload
    return (
        container.role is ContainerRole.REGULAR
        and container.readiness is None
        and workload.is_complete
        and workload.serves
    )


def takes_requests(container: Container, scrape_ports: Iterable[str]) -> bool:
    """Whether a container declares a port that is more than a source of metrics.

    Raises:
        UnknownValue: no port that is known is one, but another is not known before deployment.
    """
    patterns = tuple(scrape_ports)
    if any(not is_scraped(port.name, patterns) for port in container.known_ports):
        return True
    return any(not is_scraped(port.name, patterns) for port in container.ports)


def is_scraped(port_name: str | None, patterns: Iterable[str]) -> bool:
    """Whether a port's name is one for metrics."""
    return port_name is not None and any(fnmatchcase(port_name, pattern) for pattern in patterns)


def owner_of(workload: Workload, target: int | str) -> tuple[Container, ContainerPort | None] | None:
    """The container behind a Service's target port, and its declaration; None when nobody can tell.

    A number that nothing declares belongs to the only container there is.

    Raises:
        UnknownValue: no port that is known is it, but another is not known before deployment.
    """
    declared = workload.known_ports.get(target)
    if declared:
        return declared[0]
    for container in workload.probed_containers:
        container.find_port(target)
    alone = len(workload.containers) == 1 and not workload.unreadable
    return (workload.containers[0], None) if alone and isinstance(target, int) else None
