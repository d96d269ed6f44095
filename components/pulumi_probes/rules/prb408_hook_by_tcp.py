"""PRB408."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container
from pulumi_probes.rules._registry import rule


@rule("PRB408", severity=Severity.ERROR, since="0.1")
def hook_by_tcp(container: Container) -> Iterator[Violation]:
    """A lifecycle hook uses the `tcpSocket` handler, which hooks do not support.

    Why:
        The API keeps the field for backward compatibility only. The kubelet supports `exec`, `httpGet` and `sleep`; any
        other hook fails immediately. If a postStart hook fails, its container is killed; if a preStop hook fails, it is
        skipped.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              lifecycle: {postStart: {tcpSocket: {port: 8080}}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              lifecycle: {postStart: {httpGet: {path: /warm, port: 8080}}}
    Fix:
        Use `exec`, `httpGet` or `sleep`.

    References:
        https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/#hook-handler-implementations
    """
    for hook in container.hooks:
        if hook.handler == "tcpSocket":
            starts = hook.title.startswith("postStart")
            yield hook.violation(
                field="tcpSocket",
                what=f"The {hook.title} uses the `tcpSocket` handler, which the kubelet does not support for hooks.",
                consequence="It fails immediately: the container is killed and restarted in a loop."
                if starts
                else "It fails immediately, and nothing happens before SIGTERM.",
                fix="Use `exec`, `httpGet` or `sleep`.",
            )
