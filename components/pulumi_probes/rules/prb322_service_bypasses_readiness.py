"""PRB322."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.stack import Service, Stack
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule


@rule("PRB322", severity=Severity.ADVICE, since="0.1")
def service_bypasses_readiness(workload: Workload, stack: Stack) -> Iterator[Violation]:
    """A Service routes requests to pods that are not Ready.

    Why:
        With `publishNotReadyAddresses`, a pod is an endpoint from its first moment, regardless of its readiness probe.
        This is meant for the headless Service through which cluster members find each other before they are Ready, not
        for a Service that carries requests.
    Bad:
        apiVersion: v1
        kind: Service
        metadata: {name: cart}
        spec:
          publishNotReadyAddresses: true
          selector: {app: cart}
          ports: [{port: 80, targetPort: 8080}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, labels: {app: cart}}
        spec:
          containers:
            - name: cart
              image: cart:1
              readinessProbe: {httpGet: {path: /readyz, port: 8080}}
    Good:
        apiVersion: v1
        kind: Service
        metadata: {name: cart}
        spec:
          publishNotReadyAddresses: true
          clusterIP: None
          selector: {app: cart}
          ports: [{port: 80, targetPort: 8080}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, labels: {app: cart}}
        spec:
          containers:
            - name: cart
              image: cart:1
              readinessProbe: {httpGet: {path: /readyz, port: 8080}}
    Fix:
        Remove `publishNotReadyAddresses`, or create a separate headless Service for the cluster members.

    References:
        https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/
    """
    later = Deferral()
    watched = any(container.readiness is not None for container in workload.probed_containers)
    if not watched:
        return
    for service in stack.services_of(workload, where=_publishes_not_ready):
        with later:
            if _publishes_not_ready(service) and not service.is_headless and not _governs(service, workload):
                yield workload.violation_at(
                    workload.pod_metadata.path / "labels",
                    what=f"{service.reference} sets `publishNotReadyAddresses` and routes to pods that are not Ready.",
                    consequence="Requests arrive before the pods listen and after they hang; readiness has no effect.",
                    fix="Remove `publishNotReadyAddresses` from the Service.",
                )
    later.settle()


def _publishes_not_ready(service: Service) -> bool:
    return service.publishes_not_ready


def _governs(service: Service, workload: Workload) -> bool:
    """Whether this is the Service that gives the pods of a StatefulSet their names."""
    return workload.kind == "StatefulSet" and workload.spec.optional_text("serviceName") == service.reference.name
