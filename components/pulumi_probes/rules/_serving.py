"""Determines which containers receive requests, and through which Services."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

from pulumi_probes.model.workload import Container, ContainerPort, ContainerRole, Workload
from pulumi_probes.rules._deferral import if_known

SCRAPE_PORTS: Final = ("*metrics*", "*prometheus*", "*prom", "prom-*", "*exporter", "*health*", "*pprof*", "*profiler*")
"""Name patterns of ports that no requests depend on: metrics are scraped from them regardless of readiness."""

_TAG: Final = r"(?:@|:(?=[^/]*\Z)).*\Z"


def lacks_readiness(container: Container) -> bool:
    """Whether this is a regular container that could serve requests and certainly has no readiness probe."""
    workload = container.workload
    return (
        container.role is ContainerRole.REGULAR
        and container.readiness is None
        and not is_pause(container)
        and workload.is_complete
        and workload.serves
    )


def is_pause(container: Container) -> bool:
    """Whether a container only holds a place, and another one that is injected later does the work.

    Istio replaces the image `auto`.
    """
    return _image_name(container) in ("pause", "auto")


def is_exporter(container: Container) -> bool:
    """Whether the image of a container says that it exports metrics of something else."""
    return "exporter" in _image_name(container)


def _image_name(container: Container) -> str:
    """The last part of an image's name, without tag and digest; empty if it is not known."""
    image = if_known(lambda: container.node.optional_text("image")) or ""
    return re.sub(_TAG, "", image).rpartition("/")[2]


def takes_requests(container: Container, scrape_ports: Iterable[str]) -> bool:
    """Whether a container declares a port that is not only scraped for metrics.

    Raises:
        UnknownValue: no known port is one, but another is not known before deployment.
    """
    patterns = tuple(scrape_ports)
    if any(not is_scraped(port.name, patterns) for port in container.known_ports):
        return True
    return any(not is_scraped(port.name, patterns) for port in container.ports)


def is_scraped(port_name: str | None, patterns: Iterable[str]) -> bool:
    """Whether the name of a port matches one of the patterns."""
    return port_name is not None and any(fnmatchcase(port_name, pattern) for pattern in patterns)


def owner_of(workload: Workload, target: int | str) -> tuple[Container, ContainerPort | None] | None:
    """The container that listens on a Service's target port, and its declaration; None if it cannot be determined.

    A number that no container declares belongs to the only container of a pod, if there is just one.

    Raises:
        UnknownValue: no known port matches, but another is not known before deployment.
    """
    declared = workload.known_ports.get(target)
    if declared:
        return declared[0]
    for container in workload.probed_containers:
        container.find_port(target)
    alone = len(workload.containers) == 1 and not workload.unreadable
    return (workload.containers[0], None) if alone and isinstance(target, int) else None
