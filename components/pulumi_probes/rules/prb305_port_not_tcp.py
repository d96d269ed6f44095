"""PRB305."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import ContainerProbe, Workload
from pulumi_probes.rules._ports import declared_protocols
from pulumi_probes.rules._registry import rule


@rule("PRB305", severity=Severity.ERROR, since="0.1")
def port_not_tcp(probe: ContainerProbe, workload: Workload) -> Iterator[Violation]:
    """A probe connects by TCP to a port that is declared for UDP or SCTP only.

    Why:
        Every probe that has a port opens a TCP connection. If nothing listens on that TCP port, every attempt fails.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: dns}
        spec:
          containers:
            - name: dns
              image: dns:1
              ports: [{name: dns, containerPort: 5353, protocol: UDP}]
              readinessProbe: {tcpSocket: {port: dns}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: dns}
        spec:
          containers:
            - name: dns
              image: dns:1
              ports:
                - {name: dns, containerPort: 5353, protocol: UDP}
                - {name: dns-tcp, containerPort: 5353, protocol: TCP}
              readinessProbe: {tcpSocket: {port: dns-tcp}}
    Fix:
        Probe a TCP port, such as one for health checks or metrics. If the application listens on this port by TCP too,
        declare it.

    References:
        https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
    """
    number = probe.port_number
    if number is None or probe.own_host is not None:
        return
    protocols = declared_protocols(workload, number)
    if not protocols or "TCP" in protocols:
        return
    yield probe.violation(
        field=f"{probe.handler}.port",
        what=f"Port {number} is declared for {' and '.join(sorted(protocols))} only, but a probe connects by TCP.",
        consequence="Every attempt is refused.",
        fix="Probe a TCP port, or declare this one for TCP too if the application listens on it.",
    )
