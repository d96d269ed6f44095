"""PRB204."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._verdicts import asks_the_same_no_slower, outlasting_threshold
from pulumi_probes.timeline.bounds.probe import detection


@rule("PRB204", severity=Severity.WARNING, since="0.1")
def liveness_outruns_readiness(container: Container) -> Iterator[Violation]:
    """Liveness may restart the container before readiness has taken it out of traffic.

    Why:
        A container that goes bad should first stop getting requests and only then, if it stays bad, be restarted. That
        holds for every phase of the kubelet's tickers only if the earliest verdict of liveness, (F-1)·P, comes no
        earlier than the latest verdict of readiness, P + (F-1)·max(P,T) + T. Otherwise requests still arrive at a
        container that is being killed. Where both ask the same, same-endpoint-liveness-not-slower (PRB201) says it.
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
        Let liveness be slower than readiness: a larger failureThreshold or periodSeconds for liveness, or a smaller
        one for readiness.

    References:
        https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
    """
    liveness, readiness = container.liveness, container.readiness
    if liveness is None or readiness is None or asks_the_same_no_slower(liveness, readiness):
        return
    killed, drained = detection(liveness).earliest, detection(readiness).latest
    if killed >= drained:
        return
    threshold = outlasting_threshold(liveness, readiness)
    yield liveness.violation(
        what=f"Liveness can decide {killed} s after a failure, readiness may need {drained} s.",
        consequence=f"For up to {drained - killed} s requests go to a container that is already being killed.",
        fix=f"Set failureThreshold: {threshold} for liveness, or make readiness faster.",
    )
