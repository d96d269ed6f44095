"""PRB318."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._endpoints import asks_for_all_indicators, asks_for_readiness
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.probe import hang_detection


@rule("PRB318", severity=Severity.WARNING, since="0.1")
def liveness_asks_for_readiness(probe: ContainerProbe) -> Iterator[Violation]:
    """Liveness checks an endpoint that reports readiness or the state of dependencies.

    Why:
        A readiness endpoint reports a failure while a dependency is unavailable, and rightly so: the pod receives no
        requests. A liveness probe on that endpoint restarts all replicas for a fault that is not theirs. The health
        endpoint of Spring Boot Actuator aggregates all dependencies unless one of its groups is requested.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /readyz, port: 8080}}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /actuator/health, port: 8080}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /actuator/health/liveness, port: 8080}}
    Fix:
        Point the liveness probe at an endpoint that depends on the process alone.

    References:
        https://docs.spring.io/spring-boot/reference/actuator/endpoints.html#actuator.endpoints.kubernetes-probes
    """
    if probe.kind is not ProbeKind.LIVENESS or probe.handler != "httpGet":
        return
    path = probe.body.text("path", "")
    if asks_for_readiness(path):
        what = "Liveness checks a readiness endpoint."
    elif asks_for_all_indicators(path):
        what = "Liveness checks the aggregate of all health indicators, dependencies included."
    else:
        return
    yield probe.violation(
        field="httpGet.path",
        what=what,
        consequence="When a dependency is unavailable, every replica is restarted after at most "
        f"{hang_detection(probe).latest} s, again and again until it is back.",
        fix="Use an endpoint that depends on the process alone.",
    )
