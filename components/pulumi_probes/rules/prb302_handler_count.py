"""PRB302."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerProbe, Handled
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
    if len(handlers) == 1 or (not handlers and _may_be_added(handled)):
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


def _may_be_added(handled: Handled) -> bool:
    """Whether something else adds the handler: what a patch applies to, or a controller, as Knative does."""
    workload = handled.container.workload
    is_readiness = isinstance(handled, ContainerProbe) and handled.kind is ProbeKind.READINESS
    return workload.is_partial or workload.is_guessed or (workload.is_completed and is_readiness)
