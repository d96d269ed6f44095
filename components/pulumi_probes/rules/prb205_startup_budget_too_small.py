"""PRB205."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.annotations import DEFAULT_CONTAINER, STARTS_WITHIN
from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.rounding import ceil_div
from pulumi_probes.model.workload import Container, ContainerProbe, ContainerRole, Workload
from pulumi_probes.model.written_number import whole_number
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.probe import guaranteed_start_seconds


@rule("PRB205", severity=Severity.WARNING, since="0.1")
def startup_budget_too_small(container: Container, workload: Workload) -> Iterator[Violation]:
    """The startup probe may fail before the slowest start is complete.

    Why:
        A start is certain to survive only if it takes no longer than d + (F-1)·P of the startup probe. The usual
        estimate, F·P, is one period too long, because the first attempt may come right after the start. ("Worst case >
        F·P", as it is sometimes printed, has the inequality the wrong way round.) The required time comes from two
        sources: the annotation `pulumi-probes/starts-within` on the workload, in seconds, and the liveness probe. A
        startup probe that allows less time than the liveness probe alone would defeats its purpose.
    Bad:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart, annotations: {pulumi-probes/starts-within: "300"}}
        spec:
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers:
                - name: cart
                  image: cart:1
                  startupProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 10, failureThreshold: 30}
                  livenessProbe: {httpGet: {path: /livez, port: 8080}}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              startupProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 2, failureThreshold: 5}
              livenessProbe: {httpGet: {path: /livez, port: 8080}}
    Good:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart, annotations: {pulumi-probes/starts-within: "300"}}
        spec:
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers:
                - name: cart
                  image: cart:1
                  startupProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 10, failureThreshold: 31}
                  livenessProbe: {httpGet: {path: /livez, port: 8080}}
    Fix:
        Raise `failureThreshold` of the startup probe to the slowest start divided by the period, rounded up, plus one.

    References:
        https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
    """
    startup, liveness = container.startup, container.liveness
    first = startup or liveness
    if first is None or workload.is_job:
        return
    declared, readable = _declared_start(container, workload)
    if not readable:
        yield workload.violation_at(
            workload.top.path / "metadata" / "annotations" / STARTS_WITHIN,
            what=f"The annotation `{STARTS_WITHIN}` must be a whole number of seconds.",
            consequence="The startup probe is not checked against the slowest start.",
            fix='Write it as "300".',
        )
    budget = guaranteed_start_seconds(first)
    if declared is not None and budget < declared:
        yield _too_small(first, budget, declared, f"the annotation `{STARTS_WITHIN}` allows {declared} s")
    elif startup is not None and liveness is not None and (patience := guaranteed_start_seconds(liveness)) > budget:
        yield _too_small(startup, budget, patience, f"the liveness probe alone would allow {patience} s")


def _too_small(probe: ContainerProbe, budget: int, needed: int, reason: str) -> Violation:
    threshold = ceil_div(needed - budget, probe.period_seconds) + probe.failure_threshold
    return probe.violation(
        field="failureThreshold",
        what=f"A start that takes longer than {budget} s may be killed, but {reason}.",
        consequence=f"A start of {needed} s can be killed every time, so the container may never come up.",
        fix=f"Set `failureThreshold: {threshold}`.",
        edits=(SetField(probe.path / "failureThreshold", threshold),),
    )


def _declared_start(container: Container, workload: Workload) -> tuple[int | None, bool]:
    """The slowest start that the workload declares for this container in seconds, and whether it could be read."""
    if container.role is not ContainerRole.REGULAR:
        return None, True
    text = workload.annotation(STARTS_WITHIN)
    if text is None:
        return None, True
    main = workload.pod_metadata["annotations"].optional_text(DEFAULT_CONTAINER)
    if container is not workload.containers[0] if main is None else container.display_name != main:
        return None, True
    seconds = whole_number(text.strip().removesuffix("s"))
    return seconds, seconds is not None
