"""PRB319."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._registry import rule


@rule("PRB319", severity=Severity.ADVICE, since="0.1")
def liveness_by_tcp(probe: ContainerProbe) -> Iterator[Violation]:
    """A liveness probe only opens a TCP connection.

    Why:
        The kernel accepts connections for a process that has stopped working, until the backlog is full. So the probe
        does not detect the deadlocks that it is there for, and can restart a container that is merely busy.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {tcpSocket: {port: 6379}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}}
    Fix:
        Check something that the process itself has to answer, with `httpGet` or `grpc`.

    References:
        https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
    """
    if probe.kind is ProbeKind.LIVENESS and probe.handler == "tcpSocket":
        yield probe.violation(
            field="tcpSocket",
            what="Liveness only opens a TCP connection, which the kernel accepts even for a process that hangs.",
            consequence="A deadlock goes undetected.",
            fix="Use `httpGet` or `grpc`, which the process itself has to answer.",
        )
