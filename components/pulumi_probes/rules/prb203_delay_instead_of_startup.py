"""PRB203."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import RemoveField, SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.probe import guaranteed_start_seconds, surviving_threshold

_WARNING_SECONDS = 120
"""A delay for which a hang goes unnoticed long enough to be worth a warning."""


@rule("PRB203", severity=Severity.WARNING, since="0.1")
def delay_instead_of_startup(container: Container, *, delay_seconds: int = 30) -> Iterator[Violation]:
    """A long initial delay of the liveness probe takes the place of a startup probe.

    Why:
        A fixed delay is wrong in both directions. If the start takes longer, the container is killed and has to start
        over; if it takes less, the container is not checked for the rest of the delay, after every restart. A delay
        of less than two minutes is advice. Where nothing is restarted, `liveness-without-restart` (PRB504) reports the
        probe instead.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, initialDelaySeconds: 120}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              startupProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 5, failureThreshold: 29}
              livenessProbe: {httpGet: {path: /livez, port: 8080}}
    Fix:
        Replace the delay with a startup probe that has a short period, where (failureThreshold - 1) * periodSeconds is
        at least the slowest start.

    References:
        https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#startup-probe
    """
    liveness = container.liveness
    if liveness is None or container.startup is not None or container.workload.is_partial:
        return
    if container.workload.restart_policy == "Never":
        return
    delay = liveness.initial_delay_seconds
    if delay < delay_seconds:
        return
    survives = guaranteed_start_seconds(liveness)
    handler = liveness.handler
    # Every attempt of an exec probe starts a process.
    period = 10 if handler == "exec" else 5
    threshold = surviving_threshold(survives, period)
    yield liveness.violation(
        field="initialDelaySeconds",
        what=f"Liveness has `initialDelaySeconds: {delay}` to cover the start, and there is no startup probe.",
        consequence=f"A start that takes longer than {survives} s is killed; a container that hangs before second "
        f"{delay} goes unnoticed until then, after every restart.",
        fix=f"Add a `startupProbe` with `periodSeconds: {period}` and `failureThreshold: {threshold}`, and remove the "
        "delay.",
        severity=None if delay >= _WARNING_SECONDS else Severity.ADVICE,
        edits=()
        if handler is None
        else (
            SetField(
                container.path / "startupProbe",
                {handler: liveness.body.value, "periodSeconds": period, "failureThreshold": threshold},
            ),
            RemoveField(liveness.path / "initialDelaySeconds"),
        ),
    )
