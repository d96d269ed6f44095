"""PRB316."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.probe import hang_detection


@rule("PRB316", severity=Severity.ADVICE, since="0.1")
def grpc_service_shared(container: Container) -> Iterator[Violation]:
    """Liveness and readiness ask the gRPC health service about the same thing.

    Why:
        The health protocol has one status for each service name, and the empty name is the server as a whole. When
        both probes ask for the same name, a server that says NOT_SERVING because a dependency is away is not only taken
        out of traffic but restarted as well, which brings the dependency nowhere.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: grpc, containerPort: 9090}]
              readinessProbe: {grpc: {port: 9090}, periodSeconds: 5}
              livenessProbe: {grpc: {port: 9090}, periodSeconds: 10, failureThreshold: 5}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: grpc, containerPort: 9090}]
              readinessProbe: {grpc: {port: 9090, service: readiness}, periodSeconds: 5}
              livenessProbe: {grpc: {port: 9090, service: liveness}, periodSeconds: 10, failureThreshold: 5}
    Fix:
        Register two names with the health service, one that follows dependencies for readiness and one that says
        SERVING as long as the process works for liveness.

    References:
        https://github.com/grpc/grpc/blob/master/doc/health-checking.md
    """
    liveness, readiness = container.liveness, container.readiness
    if liveness is None or readiness is None or liveness.handler != "grpc" or liveness.endpoint != readiness.endpoint:
        return
    yield liveness.violation(
        field="grpc.service",
        what="Liveness and readiness ask for the same gRPC service name.",
        consequence="A server that reports NOT_SERVING for a dependency is restarted after "
        f"{hang_detection(liveness).latest} s, and after each restart again.",
        fix="Give each its own service name, and let the one for liveness depend on the process alone.",
    )
