"""PRB507."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.codec.injection import ISTIO_STATUS, listed_containers
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.node import Node
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerProbe, ContainerRole
from pulumi_probes.rules._registry import rule

_INJECT = "sidecar.istio.io/inject"
_NATIVE = "sidecar.istio.io/nativeSidecar"
_REWRITE = "sidecar.istio.io/rewriteAppHTTPProbers"
_PROXY = "istio-proxy"


@rule("PRB507", severity=Severity.ERROR, since="0.1")
def startup_before_proxy(probe: ContainerProbe) -> Iterator[Violation]:
    """The startup probe of a sidecar is sent to an Istio proxy that starts only after it has passed.

    Why:
        Istio rewrites `httpGet`, `tcpSocket` and `grpc` probes to requests to its own agent, also those of a sidecar in
        `initContainers`. If the proxy is a regular container, it starts once all sidecars have started, and the sidecar
        has started once the agent in the proxy has answered. The pod never starts. The proxy is a regular container if
        the annotation `sidecar.istio.io/nativeSidecar` is `"false"`, and on nodes before Kubernetes 1.33.
    Bad:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          selector: {matchLabels: {app: cart}}
          template:
            metadata:
              labels: {app: cart, sidecar.istio.io/inject: "true"}
              annotations: {sidecar.istio.io/nativeSidecar: "false"}
            spec:
              initContainers:
                - name: sql-proxy
                  image: sql-proxy:1
                  restartPolicy: Always
                  ports: [{containerPort: 9090}]
                  startupProbe: {httpGet: {path: /startup, port: 9090}}
              containers:
                - {name: cart, image: cart:1}
    Good:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          selector: {matchLabels: {app: cart}}
          template:
            metadata:
              labels: {app: cart, sidecar.istio.io/inject: "true"}
            spec:
              initContainers:
                - name: sql-proxy
                  image: sql-proxy:1
                  restartPolicy: Always
                  ports: [{containerPort: 9090}]
                  startupProbe: {httpGet: {path: /startup, port: 9090}}
              containers:
                - {name: cart, image: cart:1}
    Fix:
        Run the proxy as a sidecar too, use an `exec` probe, which Istio does not rewrite, or turn off the rewriting
        with the annotation `sidecar.istio.io/rewriteAppHTTPProbers: "false"`.

    References:
        https://istio.io/latest/docs/ops/configuration/mesh/app-health-check/
    """
    container = probe.container
    if probe.kind is not ProbeKind.STARTUP or container.role is not ContainerRole.SIDECAR:
        return
    if probe.handler not in ("httpGet", "tcpSocket", "grpc"):
        return
    metadata = container.workload.pod_metadata
    if not _has_late_proxy(metadata) or _mark(metadata, _REWRITE) == "false":
        return
    yield probe.violation(
        what="Istio sends the startup probe of this sidecar to its proxy, which is a regular container here.",
        consequence="The proxy starts only after the probe has passed, so the pod never starts.",
        fix=f'Remove the annotation `{_NATIVE}: "false"`, or use an `exec` probe.',
    )


def _has_late_proxy(metadata: Node) -> bool:
    """Whether Istio has added, or is certain to add, its proxy as a regular container."""
    status = _mark(metadata, ISTIO_STATUS)
    if status is not None:
        return _PROXY in listed_containers(status, "containers")
    return _mark(metadata, _INJECT) == "true" and _mark(metadata, _NATIVE) == "false"


def _mark(metadata: Node, name: str) -> str | None:
    """A label or annotation; a label wins, as it does for Istio."""
    if not metadata.is_set:
        return None
    label = metadata["labels"].optional_text(name)
    return metadata["annotations"].optional_text(name) if label is None else label
