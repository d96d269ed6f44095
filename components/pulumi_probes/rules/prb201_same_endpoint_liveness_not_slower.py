"""PRB201."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._verdicts import asks_the_same_no_slower, outlasting_threshold
from pulumi_probes.timeline.bounds.probe import detection, nominal_detection_seconds


@rule("PRB201", severity=Severity.WARNING, since="0.1")
def same_endpoint_liveness_not_slower(container: Container) -> Iterator[Violation]:
    """Liveness checks the same endpoint as readiness and fails no later.

    Why:
        Both probes may share an endpoint as long as liveness is the slower one: the container is first taken out of
        traffic, and is restarted only if that does not help. When both fail at the same time, the container never gets
        that chance. Under a load that makes the endpoint slow, replica after replica is restarted, and the remaining
        ones receive the requests of those that are down. It is a warning if liveness is the faster one, and advice if
        both take equally long, as with the defaults.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: http, containerPort: 8080}]
              readinessProbe: {httpGet: {path: /healthz, port: http}}
              livenessProbe: {httpGet: {path: /healthz, port: 8080}}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 10, failureThreshold: 3}
              livenessProbe: {tcpSocket: {port: 8080}, periodSeconds: 15, failureThreshold: 2}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: http, containerPort: 8080}]
              readinessProbe: {httpGet: {path: /healthz, port: http}, periodSeconds: 5}
              livenessProbe: {httpGet: {path: /healthz, port: http}, periodSeconds: 5, failureThreshold: 6}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: http, containerPort: 8080}]
              readinessProbe: {httpGet: {path: /readyz, port: http}, periodSeconds: 5}
              livenessProbe: {httpGet: {path: /livez, port: http}}
    Fix:
        Keep the endpoint and give the liveness probe a larger `failureThreshold`, or point it at an endpoint that
        depends on the process alone.

    References:
        https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
    """
    liveness, readiness = container.liveness, container.readiness
    if liveness is None or readiness is None or not asks_the_same_no_slower(liveness, readiness):
        return
    restarted, drained = nominal_detection_seconds(liveness), nominal_detection_seconds(readiness)
    yield liveness.violation(
        what=f"Liveness checks the same endpoint as readiness and fails no later: after {restarted} s, readiness after "
        f"{drained} s.",
        consequence="An overloaded container is restarted instead of only receiving no traffic, as early as "
        f"{detection(liveness).earliest} s after its first failure.",
        fix=f"Set `failureThreshold: {outlasting_threshold(liveness, readiness)}` for the liveness probe, or point it "
        "at an endpoint that depends on the process alone.",
        severity=None if restarted < drained else Severity.ADVICE,
        edits=(SetField(liveness.path / "failureThreshold", outlasting_threshold(liveness, readiness)),),
    )
