"""PRB324."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.plurals import enumerated
from pulumi_probes.model.stack import Service, Stack
from pulumi_probes.model.workload import ContainerProbe, Workload
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._endpoints import asks_for_health
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._serving import owner_of


@rule("PRB324", severity=Severity.ADVICE, since="0.1")
def health_path_exposed(workload: Workload, stack: Stack) -> Iterator[Violation]:
    """The health endpoint can be reached from outside the cluster.

    Why:
        A Service of type NodePort or LoadBalancer exposes everything on its port. Health endpoints often reveal
        versions and dependencies, and answering them can be expensive: an outsider may keep a container so busy that
        its own probes fail. A page of the application that a probe uses is there for outsiders and is not reported. A
        proxy that hides the path cannot be detected from the manifests.
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
        Hide the path in the proxy in front of the Service, and waive this rule with that reason. Health checks on a
        separate port that no Service exposes hide it as well, but such a port may respond while the one that serves
        traffic does not.

    References:
        https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types
    """
    later = Deferral()
    reported: set[int] = set()
    for service in stack.services_of(workload, where=_is_exposed):
        with later:
            for probes in _exposed(service, workload):
                first = probes[0]
                if id(first.container) in reported:
                    continue
                reported.add(id(first.container))
                yield first.violation(
                    field="httpGet.path",
                    what=f"{service.reference} ({service.type}) exposes the port that {_titles(probes)}.",
                    consequence="Everyone who can reach the Service can call the health endpoint.",
                    fix="Hide the path with a proxy. A separate port for health checks hides it too, but may respond "
                    "while this one does not.",
                )
    later.settle()


def _is_exposed(service: Service) -> bool:
    return service.type in ("NodePort", "LoadBalancer")


def _exposed(service: Service, workload: Workload) -> Iterator[list[ContainerProbe]]:
    """For each container behind an exposed port, the probes that request a health endpoint there."""
    if not _is_exposed(service):
        return
    for target in service.target_ports:
        found = owner_of(workload, target)
        if found is None:
            continue
        container, port = found
        number = port.number if port is not None else target
        probes = [probe for probe in container.probes if _asks_for_health(probe) and probe.port_number == number]
        if probes:
            yield probes


def _asks_for_health(probe: ContainerProbe) -> bool:
    return probe.handler == "httpGet" and asks_for_health(probe.body.text("path", ""))


def _titles(probes: list[ContainerProbe]) -> str:
    words = enumerated([probe.kind.word for probe in probes])
    return f"the {words} probe uses" if len(probes) == 1 else f"the {words} probes use"
