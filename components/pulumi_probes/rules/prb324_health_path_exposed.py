"""PRB324."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.stack import Service, Stack
from pulumi_probes.model.workload import ContainerProbe, Workload
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._serving import owner_of


@rule("PRB324", severity=Severity.ADVICE, since="0.1")
def health_path_exposed(workload: Workload, stack: Stack) -> Iterator[Violation]:
    """The endpoint of a probe can be asked from outside the cluster.

    Why:
        A Service of type NodePort or LoadBalancer hands out everything on its port. Health endpoints often tell about
        versions and dependencies, and cost more than they look; who can ask them can keep a container so busy that its
        own probes fail. A proxy in front that hides the path cannot be seen here.
    Bad:
        apiVersion: v1
        kind: Service
        metadata: {name: cart}
        spec:
          type: NodePort
          selector: {app: cart}
          ports: [{port: 80, targetPort: http, nodePort: 30007}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, labels: {app: cart}}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: http, containerPort: 8080}]
              readinessProbe: {httpGet: {path: /readyz, port: http}}
    Good:
        apiVersion: v1
        kind: Service
        metadata: {name: cart}
        spec:
          type: NodePort
          selector: {app: cart}
          ports: [{port: 80, targetPort: http, nodePort: 30007}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, labels: {app: cart}}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: http, containerPort: 8080}, {name: health, containerPort: 8081}]
              readinessProbe: {httpGet: {path: /readyz, port: health}}
    Fix:
        Answer probes on a port of their own that no Service has, or keep the path out in the proxy and waive this rule
        with that reason.

    References:
        https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types
    """
    later = Deferral()
    reported: set[int] = set()
    for service in stack.services_of(workload, where=_is_exposed):
        with later:
            for probes in _exposed(service, workload):
                if id(probes[0].container) in reported:
                    continue
                reported.add(id(probes[0].container))
                yield probes[0].violation(
                    field="httpGet.path",
                    what=f"{service.reference} ({service.type}) hands out the port that {_titles(probes)}.",
                    consequence="Anybody who reaches the Service can ask the health endpoint.",
                    fix="Answer probes on a port that no Service has, or hide the path in front of the Service.",
                )
    later.settle()


def _is_exposed(service: Service) -> bool:
    return service.type in ("NodePort", "LoadBalancer")


def _exposed(service: Service, workload: Workload) -> Iterator[list[ContainerProbe]]:
    """For each container behind an open port, the probes that ask a path there."""
    if not _is_exposed(service):
        return
    for target in service.target_ports:
        found = owner_of(workload, target)
        if found is None:
            continue
        container, port = found
        number = port.number if port is not None else target
        probes = [probe for probe in container.probes if _asks_a_path(probe) and probe.port_number == number]
        if probes:
            yield probes


def _asks_a_path(probe: ContainerProbe) -> bool:
    return probe.handler == "httpGet" and (probe.body.text("path", "") or "/") != "/"


def _titles(probes: list[ContainerProbe]) -> str:
    words = [probe.kind.word for probe in probes]
    if len(words) == 1:
        return f"the {words[0]} probe asks"
    return f"the {', '.join(words[:-1])} and {words[-1]} probes ask"
