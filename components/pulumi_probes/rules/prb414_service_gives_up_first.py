"""PRB414."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.annotations import TIMEOUT_SECONDS
from pulumi_probes.model.await_timeout import PULUMI, read_await_timeouts, read_service_timeout
from pulumi_probes.model.defaults import DEFAULT_AWAIT_TIMEOUT_SECONDS
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.stack import Service, Stack
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.pod import workload_budget_seconds
from pulumi_probes.timeline.bounds.rollout import deadline_seconds, read_rollout_plan


@rule("PRB414", severity=Severity.WARNING, since="0.1")
def service_gives_up_first(workload: Workload, stack: Stack, *, deployer: str = PULUMI) -> Iterator[Violation]:
    """Pulumi stops waiting for a Service while its first pod may still start.

    Why:
        Pulumi waits until a new Service has a Ready pod, for 600 s of its own: a longer time limit of the workload does
        not apply to it. Both are created at the same time unless the Service depends on the workload, so with a slow
        first start `pulumi up` fails with "Service does not target any Pods" although the workload is still in time.
    Bad:
        apiVersion: v1
        kind: Service
        metadata: {name: cart}
        spec: {selector: {app: cart}, ports: [{port: 80, targetPort: 8080}]}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart, annotations: {pulumi.com/timeoutSeconds: "1800"}}
        spec:
          progressDeadlineSeconds: 1200
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers:
                - name: cart
                  image: cart:1
                  ports: [{containerPort: 8080}]
                  startupProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 10, failureThreshold: 91}
                  readinessProbe: {httpGet: {path: /readyz, port: 8080}}
    Good:
        apiVersion: v1
        kind: Service
        metadata: {name: cart, annotations: {pulumi.com/timeoutSeconds: "1800"}}
        spec: {selector: {app: cart}, ports: [{port: 80, targetPort: 8080}]}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart, annotations: {pulumi.com/timeoutSeconds: "1800"}}
        spec:
          progressDeadlineSeconds: 1200
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers:
                - name: cart
                  image: cart:1
                  ports: [{containerPort: 8080}]
                  startupProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 10, failureThreshold: 91}
                  readinessProbe: {httpGet: {path: /readyz, port: 8080}}
    Fix:
        Give the Service the annotation `pulumi.com/timeoutSeconds` too.

    References:
        https://github.com/pulumi/pulumi-kubernetes/issues/1236
    """
    if deployer != PULUMI or workload.is_partial or not workload.serves:
        return
    ready = workload_budget_seconds(workload)
    if ready == 0 or read_rollout_plan(workload).pods == 0:
        return
    later = Deferral()
    # Hardly any Service has a time limit of its own, and hardly any start takes longer than the default.
    for service in stack.services_of(workload, where=None if ready > DEFAULT_AWAIT_TIMEOUT_SECONDS else _is_hurried):
        with later:
            # The pods of a Service that publishes them before they are Ready are its endpoints at once.
            if service.publishes_not_ready:
                continue
            wait = read_service_timeout(service.manifest)
            if wait is None or wait.seconds >= ready:
                continue
            # If Pulumi gives up on the workload no later, startup-budget-exceeds-await-timeout has reported it.
            timeouts = read_await_timeouts(workload)
            if timeouts is not None and timeouts.create.seconds <= wait.seconds:
                continue
            yield workload.violation(
                what=f"The probes allow the first pod {ready} s until Ready; Pulumi waits {wait.seconds} s "
                f"({wait.source}) for {service.reference}.",
                consequence=f"On the first rollout, `pulumi up` fails after {wait.seconds} s: the Service does not "
                "target any pods yet.",
                fix=f'Set `{TIMEOUT_SECONDS}: "{deadline_seconds(ready)}"` in the annotations of {service.reference}.',
            )
    later.settle()


def _is_hurried(service: Service) -> bool:
    wait = read_service_timeout(service.manifest)
    return wait is not None and wait.seconds < DEFAULT_AWAIT_TIMEOUT_SECONDS
