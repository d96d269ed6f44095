"""PRB320."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Handled
from pulumi_probes.rules._commands import uses_shell
from pulumi_probes.rules._registry import rule

# `$$` is an escaped dollar sign, so `$$(NAME)` is not a reference.
_REFERENCE = re.compile(r"\$\$|\$\(([A-Za-z_.-][A-Za-z0-9_.-]*)\)")


@rule("PRB320", severity=Severity.WARNING, since="0.1")
def exec_variable_not_expanded(handled: Handled) -> Iterator[Violation]:
    """A command refers to an environment variable that the kubelet does not expand.

    Why:
        In the command of a probe or hook, the kubelet expands `$(NAME)` only if `env` gives NAME a literal value. A
        reference to a value from a Secret, a ConfigMap, a field or `envFrom` is passed on literally, and without a
        shell nothing expands it later.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              env: [{name: PORT, valueFrom: {configMapKeyRef: {name: cart, key: port}}}]
              livenessProbe: {exec: {command: [/bin/check, "--port=$(PORT)"]}, timeoutSeconds: 2}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              env: [{name: PORT, value: "8080"}]
              livenessProbe: {exec: {command: [/bin/check, "--port=$(PORT)"]}, timeoutSeconds: 2}
    Fix:
        Read the variable in a shell, `[sh, -c, "/bin/check --port=$PORT"]`, or give it a literal value.

    References:
        https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
    """
    if handled.handler != "exec" or uses_shell(handled.command) or not handled.container.workload.is_complete:
        return
    wanted = {match[1] for word in handled.command for match in _REFERENCE.finditer(word) if match[1]}
    if not wanted:
        return
    literal = {entry.text("name", "") for entry in handled.container.node.items("env") if not entry.has("valueFrom")}
    if wanted <= literal:
        return
    yield handled.violation(
        field="exec.command",
        what="The command refers to an environment variable that has no literal value in `env`.",
        consequence="The kubelet does not expand it; the program receives the reference literally.",
        fix="Read the variable in a shell (`[sh, -c, ...]`), or give it a literal value.",
    )
