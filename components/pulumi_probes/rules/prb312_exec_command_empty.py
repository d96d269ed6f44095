"""PRB312."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Handled
from pulumi_probes.rules._registry import rule


@rule("PRB312", severity=Severity.ERROR, since="0.1", is_rejected=True)
def exec_command_empty(handled: Handled) -> Iterator[Violation]:
    """An exec handler has no command.

    Why:
        The API server requires at least the name of a program.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: []}, timeoutSeconds: 2}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: [cat, /tmp/alive]}, timeoutSeconds: 2}
    Fix:
        Write the program and its arguments as a list.

    References:
        https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
    """
    if handled.handler != "exec" or handled.node["exec"]["command"].entries():
        return
    if handled.container.workload.is_partial and not handled.node["exec"].has("command"):
        return
    yield handled.violation(
        field="exec.command",
        what=f"The {handled.title} has no command.",
        consequence="The API server rejects the object.",
        fix="Write the program and its arguments as a list.",
    )
