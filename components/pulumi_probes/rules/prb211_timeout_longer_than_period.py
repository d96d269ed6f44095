"""PRB211."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._registry import rule

_WARNING_SECONDS = 60
"""A hang that is noticed this much later than F·P suggests is a warning."""

_OUTCOMES = {
    ProbeKind.STARTUP: "a container that never responds is killed",
    ProbeKind.READINESS: "a hung container stops receiving traffic",
    ProbeKind.LIVENESS: "a hung container is restarted",
}


@rule("PRB211", severity=Severity.WARNING, since="0.1")
def timeout_longer_than_period(probe: ContainerProbe) -> Iterator[Violation]:
    """A probe's timeout is longer than its period, so the period is not kept.

    Why:
        The kubelet runs one attempt of a probe at a time. If an attempt takes longer than the period, the next one
        starts right after it. A container that hangs makes every attempt last until the timeout, so detecting the hang
        takes T/P times as long as F·P suggests. It is advice if that is less than a minute more, and for a startup
        probe, which stops no requests.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 5, timeoutSeconds: 30}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 30, timeoutSeconds: 30}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 5, timeoutSeconds: 4}
    Fix:
        Make the timeout shorter than the period, or set the longer period that is intended.

    References:
        https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
    """
    timeout, period = probe.timeout_seconds, probe.period_seconds
    if timeout <= period:
        return
    failures = probe.failure_threshold
    is_late = probe.kind is not ProbeKind.STARTUP and failures * (timeout - period) >= _WARNING_SECONDS
    shorter = f"`timeoutSeconds: {period - 1}` or " if period > 1 else ""
    yield probe.violation(
        field="timeoutSeconds",
        what=f"`timeoutSeconds` is {timeout}, longer than the period of {period} s.",
        consequence=f"The kubelet waits for each attempt, so {_OUTCOMES[probe.kind]} after {failures * timeout} s, not "
        f"{failures * period} s.",
        fix=f"Use {shorter}`periodSeconds: {timeout}`.",
        severity=None if is_late else Severity.ADVICE,
        # A longer period changes nothing about when a hang is noticed; a shorter timeout would.
        edits=(SetField(probe.path / "periodSeconds", timeout),),
    )
