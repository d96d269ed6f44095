"""PRB411."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.stack import DisruptionBudget, Stack
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule


@rule("PRB411", severity=Severity.ADVICE, since="0.1")
def unready_pods_block_drain(workload: Workload, stack: Stack) -> Iterator[Violation]:
    """A PodDisruptionBudget protects pods that are not Ready.

    Why:
        With the default eviction policy, a running pod that is not Ready may be evicted only while the budget's number
        of healthy pods is met. If a bad configuration makes all pods fail their readiness probe, no node that runs one
        of them can be drained until an operator deletes them. `AlwaysAllow` lets them be evicted.
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
              containers:
                - name: cart
                  image: cart:1
                  readinessProbe: {httpGet: {path: /readyz, port: 8080}}
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
        Set `unhealthyPodEvictionPolicy: AlwaysAllow` (Kubernetes 1.27 or newer).

    References:
        https://kubernetes.io/docs/tasks/run-application/configure-pdb/#unhealthy-pod-eviction-policy
    """
    if workload.is_job or not any(container.readiness is not None for container in workload.probed_containers):
        return
    later = Deferral()
    for budget in stack.budgets_of(workload, where=_keeps_unready_pods):
        with later:
            if _keeps_unready_pods(budget):
                yield workload.violation(
                    what=f"{budget.reference} protects pods that fail their readiness probe.",
                    consequence="While too few pods are Ready, no node that runs one of them can be drained.",
                    fix="Set `unhealthyPodEvictionPolicy: AlwaysAllow` in the PodDisruptionBudget.",
                )
    later.settle()


def _keeps_unready_pods(budget: DisruptionBudget) -> bool:
    return budget.unhealthy_pod_eviction_policy != "AlwaysAllow"
