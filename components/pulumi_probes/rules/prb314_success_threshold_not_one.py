"""PRB314."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import RemoveField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._registry import rule


@rule("PRB314", severity=Severity.ERROR, since="0.1", is_rejected=True)
def success_threshold_not_one(probe: ContainerProbe) -> Iterator[Violation]:
    """A liveness or startup probe requires more than one success.

    Why:
        Only a readiness probe can pass again after it has failed, so only there are successes counted. For the other
        two, the API server accepts 1 and nothing else.
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
        Remove `successThreshold`.

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
        what=f"`successThreshold` is {threshold}; for a {probe.title} it must be 1.",
        consequence="The API server rejects the object.",
        fix="Remove `successThreshold`.",
        edits=(RemoveField(probe.path / "successThreshold"),),
    )
