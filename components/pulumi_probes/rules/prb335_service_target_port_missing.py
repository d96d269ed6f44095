"""PRB335."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.stack import Service, Stack
from pulumi_probes.model.written_number import whole_number
from pulumi_probes.rules._registry import rule


@rule("PRB335", severity=Severity.WARNING, since="0.1")
def service_target_port_missing(service: Service, stack: Stack) -> Iterator[Violation]:
    """The target port of a Service has a name that no selected container declares.

    Why:
        Kubernetes looks up the name of a target port among the ports of every selected pod, with the protocol of the
        Service's port. A pod that does not declare it gets no endpoint for this port, however Ready it is. A number
        needs no declaration. It is advice for a headless Service, whose clients connect to the pods themselves.
    Bad:
        apiVersion: v1
        kind: Service
        metadata: {name: cart}
        spec:
          selector: {app: cart}
          ports: [{port: 80, targetPort: htpp}]
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
          selector: {app: cart}
          ports: [{port: 80, targetPort: http}, {name: admin, port: 81, targetPort: 9000}]
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
    Fix:
        Use the name of a port of the selected containers, or the port number.

    References:
        https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
    """
    named = [(index, port) for index, port in enumerate(service.ports) if isinstance(port.target, str)]
    if not named:
        return
    pods = stack.pods_of(service)
    if not pods.workloads or pods.has_unreadable_ports:
        return
    # Clients of a headless Service connect to the pods themselves, at whatever port they know.
    is_headless = service.is_headless
    for index, port in named:
        if (port.target, port.protocol) in pods.ports:
            continue
        is_number = whole_number(str(port.target)) is not None
        yield Violation(
            path=FieldPath(("spec", "ports", index, "targetPort")),
            what=f"No selected container declares a {port.protocol} port named {port.target!r}.",
            consequence="Its DNS name still leads to the pods, but there is no SRV record for this port."
            if is_headless
            else "The Service has no endpoints for this port, so every connection to it fails.",
            fix="Write the number without quotes."
            if is_number
            else "Declare the name in the container's `ports`, or use the port number.",
            severity=Severity.ADVICE if is_headless else None,
        )
