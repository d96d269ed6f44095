"""PRB328."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._registry import rule


@rule("PRB328", severity=Severity.ADVICE, since="0.1")
def exec_timeout_unset(probe: ContainerProbe) -> Iterator[Violation]:
    """An exec probe relies on the default timeout of 1 s.

    Why:
        Since Kubernetes 1.20, the timeout applies to exec probes too. In one second, a process has to be started in the
        container, within its share of the CPU, and has to finish. On a busy node that fails now and then, and a process
        that has not ended keeps running beside the next attempt.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: [/bin/check]}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: [/bin/check]}, timeoutSeconds: 5}
    Fix:
        Set `timeoutSeconds` to what the command needs on a busy node, less than the period.

    References:
        https://kubernetes.io/blog/2020/12/08/kubernetes-1-20-release-announcement/
        https://github.com/kubernetes/kubernetes/issues/124226
    """
    if probe.handler != "exec" or probe.container.workload.is_partial or probe.node.integer("timeoutSeconds", 0) != 0:
        return
    failures = probe.failure_threshold
    yield probe.violation(
        field="timeoutSeconds",
        what="The exec probe has no `timeoutSeconds`; the default leaves 1 s to start a process and finish.",
        consequence=f"On a busy node, {failures} slow attempts in a row make the probe fail."
        if failures > 1
        else "On a busy node, 1 slow attempt makes the probe fail.",
        fix="Set `timeoutSeconds` to what the command needs on a busy node.",
    )
