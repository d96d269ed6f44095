"""PRB327."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.names import nearest_port_name, port_mistakes
from pulumi_probes.model.node import Node
from pulumi_probes.model.workload import Container, Workload
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule

_PROTOCOLS = ("TCP", "UDP", "SCTP")

_Mistake = tuple[str, str, str]
"""A field, the mistake, and the fix."""


@rule("PRB327", severity=Severity.ERROR, since="0.1", is_rejected=True)
def invalid_declared_port(workload: Workload) -> Iterator[Violation]:
    """A container declares an invalid port.

    Why:
        Probes, Services and network policies refer to the ports that a container declares. A port number must be
        between 1 and 65535; a name follows the rules for port names and is unique within its container; the protocol is
        TCP, UDP or SCTP.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: management_port, containerPort: 8081}]
              readinessProbe: {httpGet: {path: /readyz, port: 8081}}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: http, containerPort: 8080}, {name: http, containerPort: 8081}]
              readinessProbe: {httpGet: {path: /readyz, port: http}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: management, containerPort: 8081}]
              readinessProbe: {httpGet: {path: /readyz, port: management}}
    Fix:
        Use a number from 1 to 65535, at most 15 lower-case letters, digits and hyphens for a name, each name once, and
        one of the three protocols.

    References:
        https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports
    """
    if not workload.is_complete:
        return
    later = Deferral()
    # Init containers have no probes, but the API server validates their ports in the same way.
    for container in workload.init_containers + workload.containers:
        with later:
            yield from _ports(container, later)
    later.settle()


def _ports(container: Container, later: Deferral) -> Iterator[Violation]:
    seen: set[str] = set()
    for port in container.node.items("ports"):
        for check in (_number, _name, _protocol):
            with later:
                for field, mistake, fix in check(port, seen):
                    yield container.violation_at(
                        port.path / field,
                        what=f"`{field}` {mistake}.",
                        consequence="The API server rejects the object.",
                        fix=fix,
                    )


def _number(port: Node, _seen: set[str]) -> Iterator[_Mistake]:
    number = port.integer("containerPort", 0)
    if number == 0:
        yield "containerPort", "is required", "Set it to the port on which the container listens."
    else:
        yield from _out_of_range("containerPort", number, "the port on which the container listens")
    host = port.optional_integer("hostPort")
    if host:
        yield from _out_of_range("hostPort", host, "a free port of the node, or remove it")


def _out_of_range(field: str, number: int, right: str) -> Iterator[_Mistake]:
    for mistake in port_mistakes(number):
        yield field, f"is {number}; it {mistake}", f"Set it to {right}."


def _name(port: Node, seen: set[str]) -> Iterator[_Mistake]:
    name = port.text("name", "")
    if not name:
        return
    mistakes = list(port_mistakes(name))
    for mistake in mistakes:
        fix = f"Name it {nearest_port_name(name)!r}, in probes and Services too."
        yield "name", f"is {name!r}; it {mistake}", fix
    if not mistakes and name in seen:
        yield "name", f"is {name!r}, which this container uses twice", "Give each port of the container its own name."
    seen.add(name)


def _protocol(port: Node, _seen: set[str]) -> Iterator[_Mistake]:
    written = port.text("protocol", "") or "TCP"
    if written in _PROTOCOLS:
        return
    known = f"{', '.join(_PROTOCOLS[:-1])} or {_PROTOCOLS[-1]}"
    meant = written.upper() if written.upper() in _PROTOCOLS else None
    yield "protocol", f"must be {known}", f"Write `{meant}`." if meant else f"Write {known}, or remove it for TCP."
