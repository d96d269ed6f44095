"""PRB316."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.probe import hang_detection


@rule("PRB316", severity=Severity.ADVICE, since="0.1")
def grpc_service_shared(container: Container) -> Iterator[Violation]:
    """Liveness and readiness check the same gRPC service name.

    Why:
        The health protocol has one status for each service name; the empty name is the server as a whole. If both
        probes check the same name, a server that reports `NOT_SERVING` because a dependency is unavailable is not only
        taken out of traffic but also restarted, which does not help the dependency.
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
        Register two names with the health service: one for readiness that reflects dependencies, and one for liveness
        that is `SERVING` as long as the process works.

    References:
        https://github.com/grpc/grpc/blob/master/doc/health-checking.md
    """
    liveness, readiness = container.liveness, container.readiness
    if liveness is None or readiness is None or liveness.handler != "grpc" or liveness.endpoint != readiness.endpoint:
        return
    yield liveness.violation(
        field="grpc.service",
        what="Liveness and readiness check the same gRPC service name.",
        consequence="A server that reports `NOT_SERVING` for a dependency is restarted after "
        f"{hang_detection(liveness).latest} s, again and again.",
        fix="Give each probe its own service name, and let the one for liveness depend on the process alone.",
    )
