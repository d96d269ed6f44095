"""PRB103."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container, ContainerRole
from pulumi_probes.rules._registry import rule


@rule("PRB103", severity=Severity.ADVICE, since="0.1")
def liveness_missing(container: Container) -> Iterator[Violation]:
    """A long-running container has no liveness probe.

    Why:
        The kubelet restarts a container when its process exits or its liveness probe fails. Without a liveness probe, a
        process that deadlocks stays up until an operator notices. This is only advice: a liveness probe that checks the
        wrong thing restarts containers that are merely busy, and a process that exits on its own faults needs none.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              readinessProbe: {httpGet: {path: /readyz, port: 8080}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              readinessProbe: {httpGet: {path: /readyz, port: 8080}}
              livenessProbe: {httpGet: {path: /livez, port: 8080}, failureThreshold: 5}
    Fix:
        Add a liveness probe that checks the process alone and is slower than the readiness probe, or waive this rule
        and give the reason why the process cannot hang.

    References:
        https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#liveness-probe
    """
    if container.role is not ContainerRole.REGULAR or container.liveness is not None:
        return
    workload = container.workload
    if not workload.is_complete or not workload.serves:
        return
    yield container.violation(
        field="livenessProbe",
        what="The container has no liveness probe.",
        consequence="A process that deadlocks without exiting is never restarted.",
        fix="Add a `livenessProbe` that checks the process alone and is slower than the readiness probe.",
    )
