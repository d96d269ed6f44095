"""PRB402."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.defaults import MINIMUM_GRACE_SECONDS
from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._shutdown import grace_seconds, pre_stop_pause


@rule("PRB402", severity=Severity.WARNING, since="0.1")
def prestop_uses_up_grace(container: Container, *, minimum_rest_seconds: int = 5) -> Iterator[Violation]:
    """The preStop hook leaves no time between SIGTERM and SIGKILL.

    Why:
        The grace period starts with the preStop hook, and SIGTERM is sent after it. Time that the hook takes is lost to
        the application, which gets at least 2 s and then SIGKILL in the middle of its requests. The API server checks
        native sleeps only; a `sleep` in a command can even be longer than the whole grace period.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              lifecycle: {preStop: {exec: {command: [sh, -c, sleep 30]}}}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          terminationGracePeriodSeconds: 12
          containers:
            - name: cart
              image: cart:1
              lifecycle: {preStop: {sleep: {seconds: 10}}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          terminationGracePeriodSeconds: 45
          containers:
            - name: cart
              image: cart:1
              lifecycle: {preStop: {sleep: {seconds: 10}}}
    Fix:
        Raise `terminationGracePeriodSeconds` to the pause plus the time that in-flight requests need, or pause less.

    References:
        https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/#hook-handler-execution
    """
    found = pre_stop_pause(container)
    grace = grace_seconds(container)
    if found is None or grace is None:
        return
    hook, pause = found
    rest = grace - pause
    # A longer native sleep is an error of its own, sleep-longer-than-grace.
    if rest >= minimum_rest_seconds or (hook.handler == "sleep" and (rest < 0 or pause < 0)):
        return
    yield hook.violation(
        what=f"The preStop hook takes {pause} s of the grace period of {grace} s; at least {minimum_rest_seconds} s "
        "should be left.",
        consequence=f"SIGKILL follows SIGTERM after {max(MINIMUM_GRACE_SECONDS, rest)} s, even with requests in flight"
        + (", and the hook itself is cut off." if rest < 0 else "."),
        fix=f"Set `terminationGracePeriodSeconds: {pause + 30}`, or pause less.",
        edits=(SetField(container.workload.pod_spec.path / "terminationGracePeriodSeconds", pause + 30),),
    )
