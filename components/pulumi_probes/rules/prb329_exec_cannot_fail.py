"""PRB329."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._answers import Fault, ignored_answer
from pulumi_probes.rules._exit_repairs import repaired
from pulumi_probes.rules._exit_status import Cause, always_zero
from pulumi_probes.rules._registry import rule

_CAUSES = {
    Cause.NO_CHECK: ("The command checks nothing, and always exits with 0.", "Run a check, or remove the probe."),
    Cause.RESCUED: (
        "What is behind `||` succeeds, so the command always exits with 0.",
        "Remove what is behind `||`, or exit with 1 there.",
    ),
    Cause.LAST_COMMAND: (
        "The command ends with something that succeeds whatever the check finds, so it always exits with 0.",
        "Let the exit status of the check be the last one.",
    ),
    Cause.LAST_IN_PIPELINE: (
        "The exit status of a pipeline is that of its last part, which always succeeds.",
        "End the pipeline with a check such as `grep -q`, or remove its last part.",
    ),
    Cause.BACKGROUND: (
        "The check is started in the background, and the command exits with 0 without its result.",
        "Remove the `&`.",
    ),
    Cause.NO_ELSE: (
        "An `if` without an `else` exits with 0 if its condition is false.",
        "Use the condition itself as the command, or add `else exit 1`.",
    ),
    Cause.LOOP: (
        "The command repeats a check until it succeeds, and then exits with 0.",
        "Check once; the kubelet repeats the probe.",
    ),
    Cause.FINDS_ITSELF: (
        "The command looks for a process by its command line, and its own command line matches the pattern.",
        "Write the first letter of the pattern in brackets, as in `[n]ame`, or use `pgrep -x`.",
    ),
}

_FAULTS = {
    Fault.RESPONSE: (
        "Without `--fail`, curl exits with 0 for every response, whatever its status.",
        "An application that responds with an error, such as 500, passes",
        "Add `--fail`, or use `httpGet`.",
    ),
    Fault.NOTHING_FOUND: (
        "`find` exits with 0 whether or not a file matches.",
        "A file that is too old, or missing below an existing directory, passes",
        "Check the output, as in `find ... | grep -q .`.",
    ),
    Fault.NO_LIMIT: (
        "Without `-z` or a time limit, netcat waits until the server closes the connection.",
        "The exit status depends on when the server closes the connection, not on whether the port is open",
        "Use `tcpSocket`, or `nc -z -w 1`.",
    ),
    Fault.DATAGRAM: (
        "netcat cannot tell an open UDP port from a closed one: OpenBSD's exits with 0 for both.",
        "An application that does not listen passes",
        "Send a request and check the response.",
    ),
    Fault.BACKGROUND_IN_DASH: (
        "`&>` is an operator of bash; dash, which is `sh` in Debian and Ubuntu, starts the command in the background.",
        "With such an image, the command exits with 0 without its result, and every attempt passes",
        "Write `> /dev/null 2>&1`.",
    ),
}


@rule("PRB329", severity=Severity.WARNING, since="0.1")
def exec_cannot_fail(probe: ContainerProbe) -> Iterator[Violation]:
    """The exit status of an exec probe is always 0, or says nothing about the application.

    Why:
        The kubelet only looks at the exit status. `|| true`, `; exit 0`, `&`, an `if` without `else` and a pipeline
        that ends with `cat`, `head` or `wc` hide the status of the check. `ps aux | grep NAME` and `sh -c "pgrep -f
        NAME"` find the shell that runs them, whose command line contains the name; bash is the exception, if `pgrep`
        is the last command. curl exits with 0 for a response with status 500, and `find` if nothing matches. Such a
        probe only fails if an attempt takes too long.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: [sh, -c, "cart-check --all || true"]}, timeoutSeconds: 2}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: [sh, -c, "ps aux | grep cart-worker"]}, timeoutSeconds: 2}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: [curl, --unix-socket, /run/cart, "http://cart/livez"]}, timeoutSeconds: 2}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: [sh, -c, "cart-check --all | grep -q passed"]}, timeoutSeconds: 2}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: [pgrep, -f, cart-worker]}, timeoutSeconds: 2}
    Fix:
        Let the exit status of the check be that of the command: `exec cart-check`, `curl --fail`, `pgrep -x`, or
        `ps aux | grep '[c]art-worker'`. `probes fix` removes `|| true`, and adds `--fail` and the brackets.

    References:
        https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
        https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02
    """
    if probe.handler != "exec":
        return
    command = probe.command
    at = probe.path / "exec" / "command"
    verdict = always_zero(command)
    if verdict is not None:
        what, fix = _CAUSES[verdict.cause]
        yield probe.violation(
            field="exec.command",
            what=what,
            consequence=f"Only an attempt of more than {_limit(probe)} counts as a failure: {_UNNOTICED[probe.kind]}.",
            fix=fix,
            edits=repaired(command, verdict, at),
        )
        return
    answer = ignored_answer(command)
    if answer is not None:
        what, consequence, fix = _FAULTS[answer.fault]
        found = probe.violation(
            field="exec.command",
            what=what,
            consequence=f"{consequence}, unless the attempt takes more than {_limit(probe)}.",
            fix=fix,
            edits=repaired(command, answer, at),
        )
        depends = answer.fault is Fault.BACKGROUND_IN_DASH  # on the image
        yield replace(found, severity=Severity.ADVICE) if depends else found


def _limit(probe: ContainerProbe) -> str:
    try:
        return f"{probe.timeout_seconds} s"
    except ValueNotAvailable:  # in a patch
        return "`timeoutSeconds`"


_UNNOTICED = {
    ProbeKind.STARTUP: "the other probes begin before the application has started",
    ProbeKind.READINESS: "the pod receives requests whatever the check finds",
    ProbeKind.LIVENESS: "the container is not restarted whatever the check finds",
}
