"""PRB104."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.probe import hang_detection, nominal_detection_seconds


@rule("PRB104", severity=Severity.ADVICE, since="0.1")
def startup_missing_for_slow_liveness(container: Container, *, limit_seconds: int = 90) -> Iterator[Violation]:
    """A liveness probe is as slow as the start of its container, because there is no startup probe.

    Why:
        Without a startup probe liveness counts from the start, so its F·P must cover the slowest start. The same
        number then decides how long a hung container stays hung. A startup probe takes the start off its hands.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 10, failureThreshold: 30}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              startupProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 10, failureThreshold: 31}
              livenessProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 10, failureThreshold: 5}
    Fix:
        Move the patience into a startup probe with the same endpoint, and let liveness decide within a minute or so.

    References:
        https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#startup-probe
    """
    liveness = container.liveness
    if liveness is None or container.startup is not None or container.workload.is_partial:
        return
    patience, period = nominal_detection_seconds(liveness), liveness.period_seconds
    if patience < limit_seconds:
        return
    yield liveness.violation(
        what=f"Without a startup probe liveness is patient for {patience} s.",
        consequence=f"A container that hangs at any later time may stay so for {hang_detection(liveness).latest} s.",
        fix=f"Add a startupProbe with periodSeconds: {period} and failureThreshold: {-(-patience // period) + 1}, and "
        "let liveness be faster.",
    )
