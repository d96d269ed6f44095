"""PRB304."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.names import is_port
from pulumi_probes.model.workload import ContainerProbe, Workload
from pulumi_probes.rules._ports import declared_protocols
from pulumi_probes.rules._registry import rule


@rule("PRB304", severity=Severity.ADVICE, since="0.1")
def port_undeclared(probe: ContainerProbe, workload: Workload) -> Iterator[Violation]:
    """A probe uses a port number that no container of the pod declares.

    Why:
        It works, because declaring a port is optional. But a number that occurs in a probe and nowhere else is often a
        typo, or was forgotten when the application's port changed.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: http, containerPort: 8080}]
              readinessProbe: {httpGet: {path: /readyz, port: 8081}}
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
    Fix:
        Declare the port in the container's `ports`, and use its name in the probe.

    References:
        https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports
    """
    port = probe.port
    if not isinstance(port, int) or not is_port(port) or not workload.is_complete or probe.own_host is not None:
        return
    if declared_protocols(workload, port):
        return
    ports = probe.container.node["ports"]
    yield probe.violation(
        field=f"{probe.handler}.port",
        what=f"No container of the pod declares port {port}.",
        consequence="If the application listens on another port, every attempt fails.",
        fix=f"Declare `containerPort: {port}` with a name, and use the name here.",
        edits=(SetField(ports.path / ports.length, {"containerPort": port}),),
    )
