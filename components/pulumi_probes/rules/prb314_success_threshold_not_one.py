"""PRB314."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._registry import rule


@rule("PRB314", severity=Severity.ERROR, since="0.1", is_refused=True)
def success_threshold_not_one(probe: ContainerProbe) -> Iterator[Violation]:
    """Liveness or startup wants more than one success.

    Why:
        Only readiness comes back after it has failed, so only there successes are counted. For the other two the API
        server accepts 1 and nothing else.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, successThreshold: 3}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, successThreshold: 1}
    Fix:
        Remove successThreshold.

    References:
        https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
    """
    if probe.kind is ProbeKind.READINESS or not probe.node.has("successThreshold"):
        return
    threshold = probe.success_threshold
    if threshold == 1:
        return
    yield probe.violation(
        field="successThreshold",
        what=f"A {probe.title} may have successThreshold: 1 only, not {threshold}.",
        consequence="The API server refuses the object.",
        fix="Remove successThreshold.",
    )
