"""PRB204."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._verdicts import asks_the_same_no_slower, outlasting_threshold
from pulumi_probes.timeline.bounds.probe import detection, nominal_detection_seconds


@rule("PRB204", severity=Severity.WARNING, since="0.1")
def liveness_outruns_readiness(container: Container) -> Iterator[Violation]:
    """Liveness may restart the container before the readiness probe has stopped its traffic.

    Why:
        A container that fails should first stop receiving requests and be restarted only if it does not recover. The
        phases of the kubelet's probe timers are random, so this order is guaranteed only if the earliest failure of
        liveness, (F-1)·P, comes no earlier than the latest failure of readiness, P + (F-1)·max(P,T) + T. Otherwise
        requests still arrive at a container that is being killed. It is advice if F·P of liveness is at least that of
        readiness, as with the defaults of both, because then the order depends on the phases alone. If both
        probes check the same endpoint, `same-endpoint-liveness-not-slower` (PRB201) reports it instead.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: http, containerPort: 8080}]
              livenessProbe: {httpGet: {path: /livez, port: http}, periodSeconds: 5, failureThreshold: 3}
              readinessProbe: {httpGet: {path: /readyz, port: http}, periodSeconds: 10, failureThreshold: 3}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: http, containerPort: 8080}]
              livenessProbe: {httpGet: {path: /livez, port: http}, periodSeconds: 10, failureThreshold: 4}
              readinessProbe: {httpGet: {path: /readyz, port: http}, periodSeconds: 5, failureThreshold: 3}
    Fix:
        Make liveness slower than readiness: use a larger `failureThreshold` or `periodSeconds` for the liveness probe,
        or a smaller one for the readiness probe.

    References:
        https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
    """
    liveness, readiness = container.liveness, container.readiness
    if liveness is None or readiness is None or asks_the_same_no_slower(liveness, readiness):
        return
    # Knative's queue-proxy runs the readiness probe, at times of its own.
    if container.workload.group == "serving.knative.dev":
        return
    killed, drained = detection(liveness).earliest, detection(readiness).latest
    if killed >= drained:
        return
    threshold = outlasting_threshold(liveness, readiness)
    is_faster = nominal_detection_seconds(liveness) < nominal_detection_seconds(readiness)
    yield liveness.violation(
        what=f"Liveness can fail {killed} s after the container does, readiness as late as {drained} s after.",
        consequence=f"For up to {drained - killed} s, requests go to a container that is already being killed.",
        fix=f"Set `failureThreshold: {threshold}` for the liveness probe, or make the readiness probe faster.",
        severity=None if is_faster else Severity.ADVICE,
        edits=(SetField(liveness.path / "failureThreshold", threshold),),
    )
