"""PRB408."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container
from pulumi_probes.rules._registry import rule


@rule("PRB408", severity=Severity.ERROR, since="0.1")
def hook_by_tcp(container: Container) -> Iterator[Violation]:
    """A lifecycle hook has the handler tcpSocket, which does not exist for hooks.

    Why:
        The API has the field for the sake of old objects. The kubelet knows exec, httpGet and sleep; with anything else
        the hook fails at once. A postStart hook that fails ends its container, a preStop hook that fails is skipped.
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
        Use exec, httpGet or sleep.

    References:
        https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/#hook-handler-implementations
    """
    for hook in container.hooks:
        if hook.handler == "tcpSocket":
            starts = hook.title.startswith("postStart")
            yield hook.violation(
                field="tcpSocket",
                what=f"The {hook.title} has the handler tcpSocket, which the kubelet does not have for hooks.",
                consequence="It fails at once: the container is killed and started again, for ever."
                if starts
                else "It fails at once, and nothing happens before SIGTERM.",
                fix="Use exec, httpGet or sleep.",
            )
