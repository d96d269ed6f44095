"""PRB102."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.stack import Service, Stack
from pulumi_probes.model.workload import Container, Workload
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._serving import SCRAPE_PORTS, is_pause, is_scraped, lacks_readiness, owner_of, takes_requests


@rule("PRB102", severity=Severity.WARNING, since="0.1")
def readiness_missing_behind_service(
    workload: Workload, stack: Stack, *, scrape_ports: tuple[str, ...] = SCRAPE_PORTS
) -> Iterator[Violation]:
    """A Service routes requests to a container that has no readiness probe.

    Why:
        A pod is a ready endpoint of a Service when all of its containers are Ready, and a container without a readiness
        probe is Ready as soon as it runs. A probe of another container in the pod does not check the one that serves
        the requests. `readiness-missing` (PRB101) covers containers that declare their ports; this rule finds the
        others through the Services that select their pods.
    Bad:
        apiVersion: v1
        kind: Service
        metadata: {name: cart}
        spec:
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
              livenessProbe: {httpGet: {path: /livez, port: 8080}, failureThreshold: 5}
        --- another
        apiVersion: v1
        kind: Service
        metadata: {name: cart}
        spec:
          selector: {app: cart}
          ports: [{port: 443, targetPort: proxy}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, labels: {app: cart}}
        spec:
          initContainers:
            - name: proxy
              image: proxy:1
              restartPolicy: Always
              ports: [{name: proxy, containerPort: 8443}]
              startupProbe: {tcpSocket: {port: proxy}}
          containers:
            - name: cart
              image: cart:1
              readinessProbe: {httpGet: {path: /readyz, port: 8080}}
    Good:
        apiVersion: v1
        kind: Service
        metadata: {name: cart}
        spec:
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
        Add a readiness probe to the container that listens on the Service's target port.

    References:
        https://kubernetes.io/docs/concepts/services-networking/service/
        https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions
    """
    if workload.is_job or not workload.is_complete:
        return
    unprobed = sum(container.readiness is None for container in workload.probed_containers)
    if not unprobed:
        return
    later = Deferral()
    reported: set[int] = set()
    for service in stack.services_of(workload, where=_waits_for_ready):
        if len(reported) == unprobed:
            break
        with later:
            for container in _unwatched(service, workload, scrape_ports):
                if id(container) not in reported:
                    reported.add(id(container))
                    early = "" if container.startup is not None else "They start at second 0, before it listens. "
                    yield container.violation(
                        field="readinessProbe",
                        what=f"{service.reference} routes requests to this container, which has no readiness probe.",
                        consequence=f"{early}If it hangs, requests keep arriving.",
                        fix="Add a `readinessProbe` to this container.",
                    )
    later.settle()


def _waits_for_ready(service: Service) -> bool:
    """Whether a Service waits for pods to be Ready; service-bypasses-readiness (PRB322) reports those that do not."""
    return not service.publishes_not_ready


def _unwatched(service: Service, workload: Workload, scrape_ports: tuple[str, ...]) -> Iterator[Container]:
    """The containers behind a Service that `readiness-missing` does not already report."""
    if not _waits_for_ready(service):
        return
    for entry in service.ports:
        found = None if is_scraped(entry.name, scrape_ports) else owner_of(workload, entry.target)
        if found is None:
            continue
        container, port = found
        if (
            container.readiness is not None
            or is_pause(container)
            or (port is not None and is_scraped(port.name, scrape_ports))
        ):
            continue
        if not (lacks_readiness(container) and takes_requests(container, scrape_ports)):
            yield container
