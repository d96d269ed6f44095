"""PRB403."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container, ContainerRole
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._serving import SCRAPE_PORTS, takes_requests


@rule("PRB403", severity=Severity.ADVICE, since="0.1")
def prestop_missing(container: Container, *, scrape_ports: tuple[str, ...] = SCRAPE_PORTS) -> Iterator[Violation]:
    """A container that takes requests has no preStop hook.

    Why:
        When a pod is deleted, SIGTERM and the news that it is no endpoint any more start at the same moment. For the
        seconds until every node and load balancer has heard, requests still arrive at an application that may have
        stopped listening. A short pause before SIGTERM covers them. Readiness cannot: a pod that is being deleted
        loses its endpoint without it.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: http, containerPort: 8080}]
              readinessProbe: {httpGet: {path: /readyz, port: http}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: http, containerPort: 8080}]
              readinessProbe: {httpGet: {path: /readyz, port: http}}
              lifecycle: {preStop: {sleep: {seconds: 5}}}
    Fix:
        Add a native sleep of some seconds as preStop hook, or waive this rule if the application itself goes on
        answering for a while after SIGTERM.

    References:
        https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination-flow
    """
    workload = container.workload
    if container.role is not ContainerRole.REGULAR or not workload.is_complete or not workload.serves:
        return
    if container.hook("preStop") is None and takes_requests(container, scrape_ports):
        yield container.violation(
            field="lifecycle.preStop",
            what="The container declares ports and has no preStop hook.",
            consequence="When a pod is replaced, requests of the next seconds still go to it after SIGTERM.",
            fix="Add lifecycle.preStop.sleep.seconds: 5, or pause in the application.",
        )
