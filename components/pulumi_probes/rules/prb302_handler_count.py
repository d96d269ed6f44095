"""PRB302."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Handled
from pulumi_probes.rules._registry import rule


@rule("PRB302", severity=Severity.ERROR, since="0.1", is_rejected=True)
def handler_count(handled: Handled) -> Iterator[Violation]:
    """A probe or lifecycle hook has no handler, or more than one.

    Why:
        The API server requires exactly one of `exec`, `httpGet`, `tcpSocket` and `grpc` for a probe, and of `exec`,
        `httpGet`, `tcpSocket` and `sleep` for a hook. A probe ends up with none if a template writes an empty object or
        indentation is lost, and with two if an overlay adds a handler beside the one it was meant to replace.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {periodSeconds: 10}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, tcpSocket: {port: 8080}}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              lifecycle: {preStop: {}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}}
              lifecycle: {preStop: {sleep: {seconds: 5}}}
    Fix:
        Keep one handler. An overlay that replaces a handler must set the old one to null.

    References:
        https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
    """
    handlers = handled.handlers
    if len(handlers) == 1 or (not handlers and handled.container.workload.is_partial):
        return
    if not handlers:
        yield handled.violation(
            what=f"The {handled.title} has no handler.",
            consequence="The API server rejects the object.",
            fix=f"Add one of `{'`, `'.join(handled.allowed_handlers)}`.",
        )
    else:
        yield handled.violation(
            field=handlers[1],
            what=f"The {handled.title} has {len(handlers)} handlers, not 1: `{'`, `'.join(handlers)}`.",
            consequence="The API server rejects the object.",
            fix=f"Keep one of them. If `{handlers[0]}` comes from a base that you overlay, set it to null.",
        )
