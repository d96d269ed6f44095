"""PRB317."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._registry import rule

_TLS_NAME = r"https|tls|ssl"
# A port named http2 is left out: it may well serve gRPC, which runs over HTTP/2.
_HTTP_NAME = r"https?([^2].*)?"
_TLS_PORTS = frozenset({443, 6443, 8443, 9443})


@rule("PRB317", severity=Severity.WARNING, since="0.1")
def protocol_mismatch(probe: ContainerProbe) -> Iterator[Violation]:
    """A probe speaks a different protocol than the port it connects to.

    Why:
        A TLS port answers plain HTTP with status 400 or not at all, so the probe never passes. A gRPC probe needs a
        gRPC server, and cannot use TLS before Kubernetes 1.37. The protocol of a port is taken from its name, or from a
        number that is always used for TLS.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: https, containerPort: 8443}]
              readinessProbe: {httpGet: {path: /readyz, port: https}}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: grpc, containerPort: 9090}]
              readinessProbe: {httpGet: {path: /readyz, port: grpc}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: https, containerPort: 8443}]
              readinessProbe: {httpGet: {path: /readyz, port: https, scheme: HTTPS}}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: grpc, containerPort: 9090}]
              readinessProbe: {grpc: {port: 9090}}
    Fix:
        Set `scheme: HTTPS` (the kubelet does not verify the certificate), use the `grpc` handler, or probe another
        port.

    References:
        https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
    """
    handler = probe.handler
    if handler not in ("httpGet", "grpc"):
        return
    number, name = probe.port_number, _port_name(probe)
    if handler == "grpc":
        if name is not None and re.fullmatch(_HTTP_NAME, name):
            yield _mismatch(
                probe,
                f"The gRPC probe connects to port {name!r}, whose name says HTTP.",
                "Use `httpGet`, or the port of the gRPC server.",
            )
        return
    if name is not None and name.startswith("grpc") and "web" not in name:
        # A server that tells both protocols apart on one port passes.
        yield _mismatch(
            probe,
            f"The HTTP probe connects to port {name!r}, whose name says gRPC.",
            "Use the `grpc` handler, or an HTTP port.",
            Severity.ADVICE,
        )
        return
    secure = re.search(_TLS_NAME, name) is not None if name is not None else number in _TLS_PORTS
    if secure and probe.body.word("scheme", "HTTP") == "HTTP":
        kind = "name says" if name is not None else "number usually means"
        what = f"The probe sends plain HTTP to port {name or number!r}, whose {kind} TLS."
        yield _mismatch(probe, what, "Set `scheme: HTTPS`.")


def _mismatch(probe: ContainerProbe, what: str, fix: str, severity: Severity | None = None) -> Violation:
    return probe.violation(
        field=f"{probe.handler}.port",
        what=what,
        consequence="If the port serves that protocol, no attempt ever passes.",
        fix=fix,
        severity=severity,
    )


def _port_name(probe: ContainerProbe) -> str | None:
    """The name of the probed port, also if the probe has its number."""
    port = probe.port
    if isinstance(port, str):
        return port
    return next((known.name for known in probe.container.known_ports if known.number == port), None)
