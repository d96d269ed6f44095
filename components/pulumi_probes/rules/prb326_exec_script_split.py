"""PRB326."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Handled
from pulumi_probes.rules._commands import lost_words
from pulumi_probes.rules._registry import rule


@rule("PRB326", severity=Severity.WARNING, since="0.1")
def exec_script_split(handled: Handled) -> Iterator[Violation]:
    """A script for `sh -c` is split into several entries, of which only the first one is run.

    Why:
        A shell takes one argument after `-c` as its script; further arguments become `$0`, `$1` and so on. `[sh, -c,
        test, -e, /tmp/alive]` runs `test` without arguments, which always fails; `[sh, -c, cat, /tmp/alive]` waits for
        input.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: [sh, -c, test, -e, /tmp/alive]}, timeoutSeconds: 2}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: [sh, -c, test -e /tmp/alive]}, timeoutSeconds: 2}
    Fix:
        Write the script as one entry, or remove the shell.

    References:
        https://pubs.opengroup.org/onlinepubs/9799919799/utilities/sh.html
    """
    if handled.handler != "exec":
        return
    lost = lost_words(handled.command)
    if lost:
        yield handled.violation(
            field="exec.command",
            what=f"The shell runs one entry after `-c` as its script, and {lost} more "
            f"{'follows' if lost == 1 else 'follow'}.",
            consequence="The command does something else than it appears to.",
            fix="Write the script as one entry.",
        )
