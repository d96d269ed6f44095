"""Probes whose attempts cannot be made.

Mirrors `pkg/probe/util.go: ResolveContainerPort`; see docs/explanation/kubelet/attempt.md#ports.
"""

from __future__ import annotations

from pulumi_probes.model.errors import MalformedValue, UnknownValue
from pulumi_probes.model.names import port_mistakes
from pulumi_probes.model.workload import ContainerProbe


def always_errs(probe: ContainerProbe) -> bool:
    """Whether every attempt is an error, which is not counted, because the container has no port with the given name.

    A port that is not known before deployment is assumed to be valid, and so is one that a controller adds.

    Raises:
        MalformedValue: the API server rejects the handlers or the port of the probe.
    """
    try:
        return _always_errs(probe)
    except UnknownValue:
        return False


def _always_errs(probe: ContainerProbe) -> bool:
    workload, handlers = probe.container.workload, probe.handlers
    if not handlers and workload.is_partial:
        return False
    if len(handlers) != 1:
        raise MalformedValue(probe.path, f"must have one handler, not {' and '.join(handlers) or 'none'}")
    (handler,) = handlers
    if handler == "exec":
        return False
    path, port = probe.path / handler / "port", probe.port
    if port is None:
        if workload.is_complete:
            raise MalformedValue(path, "must be set")
        return False
    if handler == "grpc" and isinstance(port, str):
        raise MalformedValue(path, "must be a number")
    mistakes = " and ".join(port_mistakes(port))
    if mistakes:
        raise MalformedValue(path, mistakes)
    return isinstance(port, str) and workload.is_complete and probe.container.find_port(port) is None
