"""PRB410."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._serving import is_pause


@rule("PRB410", severity=Severity.WARNING, since="0.1")
def disruption_budget_without_readiness(workload: Workload, stack: Stack) -> Iterator[Violation]:
    """A PodDisruptionBudget counts pods that are always Ready.

    Why:
        A PodDisruptionBudget keeps a number of pods Ready while nodes are drained. Without a readiness probe, a pod is
        Ready from its first moment, so the next pod is evicted while its replacement is still starting, and the service
        can be down although the budget is kept.
    Bad:
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: cart}
        spec: {maxUnavailable: 1, selector: {matchLabels: {app: cart}}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          replicas: 2
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
    Good:
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: cart}
        spec: {maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow, selector: {matchLabels: {app: cart}}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          replicas: 2
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers:
                - name: cart
                  image: cart:1
                  readinessProbe: {httpGet: {path: /readyz, port: 8080}}
    Fix:
        Add a readiness probe that passes once the container can serve requests.

    References:
        https://kubernetes.io/docs/tasks/run-application/configure-pdb/
    """
    if workload.is_job or not workload.is_complete:
        return
    # A startup probe keeps the pod from being Ready too, until it passes.
    if any(container.readiness or container.startup for container in workload.probed_containers):
        return
    if all(is_pause(container) for container in workload.containers):
        return
    if workload.unreadable:
        raise workload.unreadable[0]
    for budget in stack.budgets_of(workload):
        yield workload.violation(
            what=f"{budget.reference} counts pods that have no readiness probe.",
            consequence="A new pod counts as healthy from second 0, so the next one is evicted before it can respond.",
            fix="Add a `readinessProbe`.",
        )
