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
    "liveness probe": "it never restarts the container, or keeps restarting a healthy one",
    "postStart hook": "the container is killed and restarted in a loop",
    "preStop hook": "the hook has no effect",
}


@rule("PRB310", severity=Severity.ERROR, since="0.1")
def exec_shell_syntax_without_shell(handled: Handled) -> Iterator[Violation]:
    """A command uses shell syntax, but no shell interprets it.

    Why:
        The command of a probe or hook is a list: the program, then its arguments, each passed on literally. `&&`, `|`
        and `>` are ordinary arguments, and a whole command line in one string is taken for the name of a program, which
        does not exist. Failing to start a program is an error, which counts neither as a success nor as a failure, so
        such a liveness probe never fails.
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
        Pass the line to a shell, `[sh, -c, "..."]`, or write a single program with its arguments as a list.

    References:
        https://github.com/kubernetes/kubernetes/issues/106682
    """
    if handled.handler != "exec":
        return
    command = handled.command
    if is_line_in_one_word(command) and not uses_shell(command[1:]):
        what = "The first entry of the command is a whole command line, which is taken for the name of a program."
    elif has_syntax_without_shell(command):
        what = "The command contains shell operators, but no shell interprets them."
    else:
        return
    yield handled.violation(
        field="exec.command",
        what=what,
        consequence=f"The command cannot work as intended: {_OUTCOMES[handled.title]}.",
        fix='Write `[sh, -c, "the whole line"]`, or the program and each argument as a separate entry.',
    )
