"""PRB310."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Handled
from pulumi_probes.rules._commands import has_syntax_without_shell, is_line_in_one_word, uses_shell
from pulumi_probes.rules._registry import rule

_OUTCOMES = {
    "startup probe": "the startup probe never passes",
    "readiness probe": "the pod never becomes Ready",
    "liveness probe": "liveness never restarts anything, or restarts a healthy container again and again",
    "postStart hook": "the container is killed and started again, for ever",
    "preStop hook": "the hook does nothing",
}


@rule("PRB310", severity=Severity.ERROR, since="0.1")
def exec_shell_syntax_without_shell(handled: Handled) -> Iterator[Violation]:
    """A command uses the syntax of a shell, and no shell reads it.

    Why:
        The command of a probe or hook is a list: the program, then its arguments, each as it stands. `&&`, `|` and
        `>` are arguments like others, and a whole line in one string is the name of a program that does not exist. A
        program that cannot be started is an error that counts for nothing, so such a liveness probe passes silently.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe:
                exec: {command: [pgrep, cart, "&&", test, -f, /tmp/alive]}
                timeoutSeconds: 2
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe:
                exec: {command: ["cat /tmp/alive"]}
                timeoutSeconds: 2
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe:
                exec: {command: [sh, -c, "pgrep cart && test -f /tmp/alive"]}
                timeoutSeconds: 2
    Fix:
        Give the line to a shell, `[sh, -c, "..."]`, or write a single program with its arguments as a list.

    References:
        https://github.com/kubernetes/kubernetes/issues/106682
    """
    if handled.handler != "exec":
        return
    command = handled.command
    if is_line_in_one_word(command) and not uses_shell(command[1:]):
        what = "The first entry of the command is a whole line, and is taken for the name of a program."
    elif has_syntax_without_shell(command):
        what = "The command has the operators of a shell, but no shell reads it."
    else:
        return
    yield handled.violation(
        field="exec.command",
        what=what,
        consequence=f"It cannot do what it says: {_OUTCOMES[handled.title]}.",
        fix='Write [sh, -c, "the whole line"], or the program and each argument as an entry of its own.',
    )
