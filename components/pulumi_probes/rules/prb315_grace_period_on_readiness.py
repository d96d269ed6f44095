"""PRB315."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import RemoveField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._registry import rule


@rule("PRB315", severity=Severity.ERROR, since="0.1", is_rejected=True)
def grace_period_on_readiness(probe: ContainerProbe) -> Iterator[Violation]:
    """A readiness probe has its own grace period.

    Why:
        A readiness probe stops traffic to a pod and never terminates a container, so a grace period has no meaning
        there. The API server rejects the field.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              readinessProbe: {httpGet: {path: /readyz, port: 8080}, terminationGracePeriodSeconds: 10}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              readinessProbe: {httpGet: {path: /readyz, port: 8080}}
    Fix:
        Remove it, or move it to the liveness probe that it was meant for.

    References:
        https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
    """
    if probe.kind is not ProbeKind.READINESS or not probe.node.has("terminationGracePeriodSeconds"):
        return
    yield probe.violation(
        field="terminationGracePeriodSeconds",
        what="A readiness probe must not have `terminationGracePeriodSeconds`.",
        consequence="The API server rejects the object.",
        fix="Remove it, or move it to the liveness probe.",
        edits=(RemoveField(probe.path / "terminationGracePeriodSeconds"),),
    )
