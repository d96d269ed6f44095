"""PRB104."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.probe import hang_detection, nominal_detection_seconds, surviving_threshold


@rule("PRB104", severity=Severity.ADVICE, since="0.1")
def startup_missing_for_slow_liveness(container: Container, *, limit_seconds: int = 90) -> Iterator[Violation]:
    """A slow liveness probe takes the place of a missing startup probe.

    Why:
        Without a startup probe, the liveness probe counts failures from the start, so its F·P must cover the slowest
        start. The same number then decides how long a hung container stays up. With a startup probe, each has a number
        of its own.
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
        Cover the start with a startup probe on the same endpoint, and let the liveness probe fail within about a
        minute.

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
        what=f"There is no startup probe, and the liveness probe tolerates {patience} s of failures instead.",
        consequence=f"A container that hangs later is restarted only after up to {hang_detection(liveness).latest} s.",
        fix=f"Add a `startupProbe` with `periodSeconds: {period}` and `failureThreshold: "
        f"{surviving_threshold(patience, period)}`, and make the liveness probe faster.",
    )
