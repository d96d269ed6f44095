"""PRB202."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.plurals import counted
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.probe import attempt_spacing, hang_detection, nominal_detection_seconds


@rule("PRB202", severity=Severity.WARNING, since="0.1")
def liveness_too_aggressive(probe: ContainerProbe, *, limit_seconds: int = 10) -> Iterator[Violation]:
    """Liveness restarts a container after one failure or a pause of a few seconds.

    Why:
        Garbage collection, CPU throttling, a busy node or a lost packet can stop a healthy process for a few seconds.
        All replicas have the same probe, so a cause that slows down one often slows down all of them, and they are
        restarted together.
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
        Let the liveness probe tolerate at least two failures and more than `limitSeconds` in total. To stop
        traffic to a container quickly, use the readiness probe.

    References:
        https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#liveness-probe
    """
    if probe.kind is not ProbeKind.LIVENESS:
        return
    nominal, failures = nominal_detection_seconds(probe), probe.failure_threshold
    if failures > 1 and nominal > limit_seconds:
        return
    enough = max(3, limit_seconds // attempt_spacing(probe, probe.timeout_seconds) + 1)
    attempts = counted(failures, "failed attempt")
    yield probe.violation(
        field="failureThreshold",
        what=f"Liveness fails after {attempts} ({nominal} s); it should tolerate more than 1 failure and "
        f"{limit_seconds} s.",
        consequence=f"A pause of {hang_detection(probe).earliest} s can be enough for a restart, of all replicas at "
        "once if they share the cause.",
        fix=f"Set `failureThreshold: {enough}`.",
        edits=(SetField(probe.path / "failureThreshold", enough),),
    )
