"""PRB323."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._commands import native_handler
from pulumi_probes.rules._cost import attempt_milliseconds
from pulumi_probes.rules._registry import rule


@rule("PRB323", severity=Severity.ADVICE, since="0.1")
def exec_instead_of_native_handler(probe: ContainerProbe) -> Iterator[Violation]:
    """A probe runs a client in the container for a request that the kubelet can send itself.

    Why:
        curl, wget and grpc_health_probe have to be in the image and need a new process for each attempt, which costs
        many times as much as a request of the kubelet. Native gRPC probes are available since Kubernetes 1.24.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: [curl, -f, "http://localhost:8080/livez"]}, timeoutSeconds: 2}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: [/bin/grpc_health_probe, "-addr=:9090"]}, timeoutSeconds: 2}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}}
    Fix:
        Use `httpGet` or `grpc`. An application that listens on the loopback address only has to listen on the pod's
        address for that.

    References:
        https://kubernetes.io/blog/2022/05/13/grpc-probes-now-in-beta/
    """
    if probe.handler != "exec":
        return
    native = native_handler(probe.command)
    if native is not None:
        cost, instead = (attempt_milliseconds(handler) for handler in ("exec", native))
        yield probe.violation(
            field="exec",
            what=f"The command sends a request that the `{native}` handler sends without starting a process.",
            consequence=f"Each attempt starts a process in the container, {60 // probe.period_seconds} times a "
            f"minute, and uses about {cost} of CPU instead of {instead}.",
            fix=f"Use `{native}`.",
        )
