"""PRB415."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.eviction import eviction_obstacle


@rule("PRB415", severity=Severity.WARNING, since="0.1")
def no_eviction_allowed(workload: Workload, stack: Stack) -> Iterator[Violation]:
    """A PodDisruptionBudget never allows an eviction.

    Why:
        A node is drained by evicting its pods, and an eviction is only allowed while the budget stays met without the
        pod. If `minAvailable` is at least the number of replicas, or `maxUnavailable` is 0, that is never the case,
        not even while all pods are Ready. `kubectl drain` and upgrades of nodes try again until an operator deletes
        the pod or the budget.
    Bad:
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: cart}
        spec: {minAvailable: 1, selector: {matchLabels: {app: cart}}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          replicas: 1
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
        spec: {minAvailable: 1, selector: {matchLabels: {app: cart}}}
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
        Set `maxUnavailable: 1`, or run more replicas than `minAvailable`. A single replica has no use for a budget.

    References:
        https://kubernetes.io/docs/tasks/run-application/configure-pdb/
        https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
    """
    if workload.is_job or workload.is_partial:
        return
    later = Deferral()
    for budget in stack.budgets_of(workload):
        with later:
            reason = eviction_obstacle(workload, budget, stack)
            if reason is not None:
                yield workload.violation(
                    what=f"{budget.reference} never allows an eviction: {reason}.",
                    consequence="No node that runs one of the pods can be drained; `kubectl drain` never ends.",
                    fix="Set `maxUnavailable: 1` in the PodDisruptionBudget, or run more replicas.",
                )
    later.settle()
