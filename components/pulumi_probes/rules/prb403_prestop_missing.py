"""PRB403."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container, ContainerRole
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._serving import SCRAPE_PORTS, takes_requests


@rule("PRB403", severity=Severity.ADVICE, since="0.1")
def prestop_missing(container: Container, *, scrape_ports: tuple[str, ...] = SCRAPE_PORTS) -> Iterator[Violation]:
    """A container that serves requests has no preStop hook.

    Why:
        When a pod is deleted, SIGTERM is sent at the same time as the pod's removal from the Service endpoints begins.
        Until every node and load balancer has been updated, which takes seconds, requests still arrive at an
        application that may have stopped listening. A short pause before SIGTERM covers that time. A readiness probe
        cannot, because a pod that is being deleted is removed from the endpoints regardless.
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
        Add a native sleep of a few seconds as preStop hook, or waive this rule if the application itself keeps serving
        for a while after SIGTERM.

    References:
        https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination-flow
    """
    workload = container.workload
    if container.role is not ContainerRole.REGULAR or not workload.is_complete or not workload.serves:
        return
    if container.hook("preStop") is None and takes_requests(container, scrape_ports):
        yield container.violation(
            field="lifecycle.preStop",
            what="The container declares ports but has no preStop hook.",
            consequence="When a pod is replaced, requests still arrive for some seconds after SIGTERM and may fail.",
            fix="Add `lifecycle.preStop.sleep.seconds: 5`, or pause in the application.",
            edits=(SetField(container.path / "lifecycle" / "preStop", {"sleep": {"seconds": 5}}),),
        )
