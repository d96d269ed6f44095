"""PRB202."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.probe import attempt_spacing, hang_detection, nominal_detection_seconds


@rule("PRB202", severity=Severity.WARNING, since="0.1")
def liveness_too_aggressive(probe: ContainerProbe, *, limit_seconds: int = 10) -> Iterator[Violation]:
    """Liveness restarts a container for a pause of a few seconds, or for one lost answer.

    Why:
        Garbage collection, CPU throttling, a busy node or a lost packet stop a healthy process for some seconds. All
        replicas have the same probe, so what slows one down often slows down all, and all are restarted together.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 3, failureThreshold: 2}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 60, failureThreshold: 1}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 10, failureThreshold: 3}
    Fix:
        Give liveness at least two attempts and more than `limitSeconds` in all; take a container out of traffic quickly
        with readiness instead.

    References:
        https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#liveness-probe
    """
    if probe.kind is not ProbeKind.LIVENESS:
        return
    nominal, failures = nominal_detection_seconds(probe), probe.failure_threshold
    if failures > 1 and nominal > limit_seconds:
        return
    enough = max(3, limit_seconds // attempt_spacing(probe, probe.timeout_seconds) + 1)
    attempts = "one failed attempt" if failures == 1 else f"{failures} failed attempts"
    yield probe.violation(
        field="failureThreshold",
        what=f"Liveness gives up after {attempts}, {nominal} s.",
        consequence=f"A pause of {hang_detection(probe).earliest} s can be enough for a restart, of all replicas "
        "together if they share its cause.",
        fix=f"Set failureThreshold: {enough}.",
    )
