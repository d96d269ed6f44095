"""PRB505."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container, ContainerRole
from pulumi_probes.rules._registry import rule


@rule("PRB505", severity=Severity.ADVICE, since="0.1")
def sidecar_without_startup(container: Container) -> Iterator[Violation]:
    """The containers after a sidecar start before the sidecar is ready to serve.

    Why:
        The kubelet starts the next container when the sidecar has started, not when it is Ready. Without a startup
        probe, it counts as started as soon as its process exists, so an application that needs its proxy finds one that
        does not listen yet. A postStart hook that waits has the same effect as a startup probe.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          initContainers:
            - name: proxy
              image: proxy:1
              restartPolicy: Always
              ports: [{name: proxy, containerPort: 15001}]
              readinessProbe: {tcpSocket: {port: proxy}}
          containers:
            - {name: cart, image: cart:1}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          initContainers:
            - name: proxy
              image: proxy:1
              restartPolicy: Always
              ports: [{name: proxy, containerPort: 15001}]
              startupProbe: {tcpSocket: {port: proxy}, periodSeconds: 1, failureThreshold: 60}
              readinessProbe: {tcpSocket: {port: proxy}}
          containers:
            - {name: cart, image: cart:1}
    Fix:
        Add a startup probe with a short period to the sidecar.

    References:
        https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
    """
    if container.role is not ContainerRole.SIDECAR or not container.workload.is_complete:
        return
    if container.startup is not None or container.hook("postStart") is not None:
        return
    if container.readiness is not None or container.node["ports"].entries():
        yield container.violation(
            field="startupProbe",
            what="The sidecar has no startup probe.",
            consequence="The next container starts at second 0, before the sidecar listens.",
            fix="Add a `startupProbe` with `periodSeconds: 1`.",
        )
