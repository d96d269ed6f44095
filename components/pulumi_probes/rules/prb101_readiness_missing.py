"""PRB101."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container
from pulumi_probes.rules._deferral import if_known
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._serving import SCRAPE_PORTS, is_exporter, lacks_readiness, takes_requests
from pulumi_probes.timeline.bounds.probe import hang_detection


@rule("PRB101", severity=Severity.WARNING, since="0.1")
def readiness_missing(container: Container, *, scrape_ports: tuple[str, ...] = SCRAPE_PORTS) -> Iterator[Violation]:
    """A container that serves requests has no readiness probe.

    Why:
        Without a readiness probe, a pod is Ready as soon as its containers run. Services route requests to it before
        the application listens, a rolling update replaces all pods without waiting for the new ones to work, and a
        container that hangs keeps receiving its share of the traffic. It is advice for an exporter, which is scraped
        again soon.
    Bad:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers:
                - name: cart
                  image: cart:1
                  ports: [{name: http, containerPort: 8080}]
                  livenessProbe: {httpGet: {path: /livez, port: http}, failureThreshold: 5}
    Good:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers:
                - name: cart
                  image: cart:1
                  ports: [{name: http, containerPort: 8080}]
                  livenessProbe: {httpGet: {path: /livez, port: http}, failureThreshold: 5}
                  readinessProbe: {httpGet: {path: /readyz, port: http}}
    Fix:
        Add a readiness probe that passes once the container can serve requests. If the declared ports are only scraped
        for metrics, give them a name that matches `scrapePorts`.

    References:
        https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#readiness-probe
    """
    if not lacks_readiness(container) or not takes_requests(container, scrape_ports):
        return
    liveness = container.liveness
    restart = None if liveness is None else if_known(lambda: hang_detection(liveness).latest)
    early = "" if container.startup is not None else "It receives requests from second 0, before it listens. "
    until = "indefinitely" if restart is None else f"for up to {restart} s, until the liveness probe restarts it"
    yield container.violation(
        field="readinessProbe",
        what="The container declares ports but has no readiness probe.",
        consequence=f"{early}If it hangs, it keeps receiving requests {until}.",
        fix="Add a `readinessProbe` that passes once the container can serve requests.",
        severity=Severity.ADVICE if is_exporter(container) else None,
    )
