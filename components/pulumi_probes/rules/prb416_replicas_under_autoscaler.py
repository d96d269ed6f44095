"""PRB416."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._registry import rule


@rule("PRB416", severity=Severity.ADVICE, since="0.1")
def replicas_under_autoscaler(workload: Workload, stack: Stack) -> Iterator[Violation]:
    """A manifest sets the number of replicas that an autoscaler sets.

    Why:
        Each deployment sets `replicas` to the number in the manifest, and the autoscaler corrects it 15 to 30 s later.
        Under load, pods are removed during every deployment that are started again at once, and requests wait until
        these pods are Ready.
    Bad:
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: {name: cart}
        spec: {minReplicas: 3, maxReplicas: 40, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: cart}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          replicas: 3
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
    Good:
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: {name: cart}
        spec: {minReplicas: 3, maxReplicas: 40, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: cart}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
    Fix:
        Remove `replicas`. In Pulumi, the resource option `ignore_changes: ["spec.replicas"]` has the same effect.

    References:
        https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
    """
    if not workload.spec.has("replicas"):
        return
    autoscaler = stack.autoscaler_of(workload)
    # With 0 replicas, a HorizontalPodAutoscaler is switched off.
    if autoscaler is None or workload.spec.integer("replicas") == 0:
        return
    yield workload.violation_at(
        workload.spec.path / "replicas",
        what=f"`replicas` is set although {autoscaler.reference} sets the number of replicas.",
        consequence="Each deployment changes the number, and the autoscaler changes it back 15 to 30 s later.",
        fix="Remove `replicas`.",
    )
