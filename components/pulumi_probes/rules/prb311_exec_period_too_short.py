"""PRB311."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._cost import cpu
from pulumi_probes.rules._registry import rule


@rule("PRB311", severity=Severity.WARNING, since="0.1")
def exec_period_too_short(probe: ContainerProbe, *, minimum_seconds: int = 10) -> Iterator[Violation]:
    """An exec probe starts a process more often than every 10 s.

    Why:
        Each attempt goes from the kubelet through the container runtime to a new process in the container, which uses
        the container's own CPU and memory. That costs many times as much as a network request, and every replica on
        the node pays it. The Red Hat certification suite requires at least 10 s between attempts. A period of at least
        half of `minimumSeconds` is advice. A startup probe may be faster, because it ends when it passes.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: [cat, /tmp/alive]}, periodSeconds: 5, timeoutSeconds: 2}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: [cat, /tmp/alive]}, periodSeconds: 10, timeoutSeconds: 2}
    Fix:
        Use `httpGet`, `tcpSocket` or `grpc`, which start no process, or a period of at least `minimumSeconds`.

    References:
        https://github.com/kubernetes/kubernetes/issues/82440
    """
    if probe.handler != "exec" or probe.kind is ProbeKind.STARTUP:
        return
    period = probe.period_seconds
    if period >= minimum_seconds:
        return
    cost, instead = (cpu(handler, 1 / period) for handler in ("exec", "httpGet"))
    yield probe.violation(
        field="periodSeconds",
        what=f"The exec probe runs every {period} s, more often than every {minimum_seconds} s.",
        consequence=f"It starts {60 // period} processes a minute in every replica, which use about {cost} "
        f"of CPU; an `httpGet` probe would use {instead}.",
        fix=f"Set `periodSeconds: {minimum_seconds}`, or use `httpGet`, `tcpSocket` or `grpc`.",
        severity=None if 2 * period < minimum_seconds else Severity.ADVICE,
    )
