"""PRB318."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.probe import hang_detection

_READINESS = re.compile(r"/(ready|readyz|readiness)/?\Z")
_AGGREGATE = re.compile(r"/actuator/health/?\Z")


@rule("PRB318", severity=Severity.WARNING, since="0.1")
def liveness_asks_for_readiness(probe: ContainerProbe) -> Iterator[Violation]:
    """Liveness asks an endpoint that answers for readiness or for all dependencies together.

    Why:
        An endpoint for readiness says no while a dependency is away, and that is right: the pod gets no requests. A
        liveness probe that asks it restarts the container for somebody else's fault, all replicas at once. The health
        endpoint of Spring Boot's actuator is such a sum unless one of its groups is asked.
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
        Let liveness ask an endpoint that depends on the process alone.

    References:
        https://docs.spring.io/spring-boot/reference/actuator/endpoints.html#actuator.endpoints.kubernetes-probes
    """
    if probe.kind is not ProbeKind.LIVENESS or probe.handler != "httpGet":
        return
    path = (probe.body.text("path", "") or "/").partition("?")[0].lower()
    if _READINESS.search(path):
        what = "Liveness asks an endpoint for readiness."
    elif _AGGREGATE.search(path):
        what = "Liveness asks the sum of all health indicators, dependencies included."
    else:
        return
    yield probe.violation(
        field="httpGet.path",
        what=what,
        consequence="When a dependency is away every replica is restarted after at most "
        f"{hang_detection(probe).latest} s, and again until it is back.",
        fix="Ask an endpoint that depends on the process alone.",
    )
