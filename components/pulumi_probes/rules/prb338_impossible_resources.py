"""PRB338."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from pulumi_probes.codec.quantity import read_quantity
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container, Workload
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule

_PLAIN: Final = re.compile(r"([0-9]{1,9})(m|Ki|Mi|Gi)?\Z")
_THOUSANDTHS: Final = {None: 1000, "m": 1, "Ki": 1000 * 2**10, "Mi": 1000 * 2**20, "Gi": 1000 * 2**30}


@rule("PRB338", severity=Severity.ERROR, since="0.1")
def impossible_resources(workload: Workload) -> Iterator[Violation]:
    """A container requests more than its limit, or its memory is less than a byte.

    Why:
        The API server rejects a request above the limit. It accepts `256m` of memory with a warning: that is a quarter
        of a byte, and with such a limit no process starts, so the pod is never Ready. `256Mi` is meant.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              resources: {requests: {memory: 512Mi}, limits: {memory: 256Mi}}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              resources: {limits: {memory: 256m}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              resources: {requests: {cpu: 500m, memory: 256Mi}, limits: {cpu: "1", memory: 0.25Gi}}
    Fix:
        Raise the limit or lower the request; write memory with `Mi` or `Gi`.

    References:
        https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
    """
    later = Deferral()
    for container in workload.all_containers:
        with later:
            if container.node.has("resources"):
                yield from _impossible(container)
    later.settle()


def _impossible(container: Container) -> Iterator[Violation]:
    resources = container.node["resources"]
    requests, limits = resources["requests"], resources["limits"]
    for node in (requests, limits):
        memory = _quantity(node, "memory")
        if memory is not None and 0 < memory < _THOUSANDTHS[None]:
            yield container.violation_at(
                node.path / "memory",
                what="The memory is less than a byte: the suffix m means thousandths.",
                consequence="No process starts with such a limit, so the pod is never Ready."
                if node is limits
                else "The scheduler reserves no memory for the container.",
                fix="Use the suffix Mi.",
            )
    for name in requests.keys():  # noqa: SIM118 - a Node is not a dictionary
        if not limits.has(name):
            continue
        requested, limit = _quantity(requests, name), _quantity(limits, name)
        if requested is not None and limit is not None and requested > limit:
            yield container.violation_at(
                requests.path / name,
                what=f"The request of {name} is above its limit.",
                consequence="The API server rejects the object.",
                fix="Raise the limit or lower the request.",
            )


def _quantity(node: Any, name: str) -> Any:
    """A quantity in thousandths; None if it is absent."""
    value = node.value.get(name) if type(node.value) is dict else None
    match = _PLAIN.match(value) if type(value) is str else None
    if match is not None:
        return int(match[1]) * _THOUSANDTHS[match[2]]
    exact = read_quantity(node, name)
    return None if exact is None else exact * 1000
