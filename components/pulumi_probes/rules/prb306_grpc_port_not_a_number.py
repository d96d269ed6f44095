"""PRB306."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.model.written_number import whole_number
from pulumi_probes.rules._registry import rule


@rule("PRB306", severity=Severity.ERROR, since="0.1", is_rejected=True)
def grpc_port_not_a_number(probe: ContainerProbe) -> Iterator[Violation]:
    """The port of a gRPC probe is a string.

    Why:
        The port of a `grpc` handler is a number in the API. The API server can decode neither a name nor a number in
        quotes, and rejects the object.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: grpc, containerPort: 9090}]
              readinessProbe: {grpc: {port: grpc}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: grpc, containerPort: 9090}]
              readinessProbe: {grpc: {port: 9090}}
    Fix:
        Write the port number, without quotes.

    References:
        https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
    """
    if "grpc" not in probe.handlers:
        return
    port = probe.node["grpc"].integer_or_text("port")
    if not isinstance(port, str):
        return
    declared = next((known.number for known in probe.container.known_ports if known.name == port), None)
    written = whole_number(port)
    number = declared if written is None else written
    yield probe.violation(
        field="grpc.port",
        what="The port of a gRPC probe must be a number, not a string.",
        consequence="The API server rejects the object.",
        fix="Write the port number." if number is None else f"Write `port: {number}`.",
        edits=() if number is None else (SetField(probe.path / "grpc" / "port", number),),
    )
