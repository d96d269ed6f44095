"""PRB207."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pulumi_probes.codec.annotations import SKIP_AWAIT, TIMEOUT_SECONDS
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._budget import pod_ready_seconds
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.rollout import DEFAULT_AWAIT_SECONDS, read_rollout_plan

_AWAITED = {("", "Pod"), ("", "ReplicationController")} | {
    (group, kind) for group in ("apps", "extensions") for kind in ("Deployment", "StatefulSet", "DaemonSet")
}


@dataclass(frozen=True)
class _Wait:
    """How long Pulumi waits for one operation, and who says so."""

    operation: str
    seconds: int
    source: str


@rule("PRB207", severity=Severity.WARNING, since="0.1")
def startup_budget_exceeds_await_timeout(workload: Workload) -> Iterator[Violation]:
    """Pulumi gives up waiting for pods that the probes still allow to start.

    Why:
        Pulumi waits until a workload is ready: 600 s unless customTimeouts or the annotation
        `pulumi.com/timeoutSeconds` say otherwise. An update of a Deployment takes as many turns as its replicas need
        within maxSurge and maxUnavailable; a StatefulSet starts and replaces one pod after another. When the probes
        allow more than Pulumi waits, `pulumi up` fails although nothing is wrong, and the next update starts from a
        failed one.
    Bad:
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: cart}
        spec:
          replicas: 3
          serviceName: cart
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers:
                - name: cart
                  image: cart:1
                  startupProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 10, failureThreshold: 31}
    Good:
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: cart, annotations: {pulumi.com/timeoutSeconds: "1200"}}
        spec:
          replicas: 3
          serviceName: cart
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers:
                - name: cart
                  image: cart:1
                  startupProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 10, failureThreshold: 31}
    Fix:
        Raise the annotation `pulumi.com/timeoutSeconds` or the resource option customTimeouts, update more pods at a
        time, or make the startup probe less patient.

    References:
        https://www.pulumi.com/registry/packages/kubernetes/api-docs/apps/v1/deployment/
        https://www.pulumi.com/docs/iac/concepts/options/customtimeouts/
    """
    if (workload.group, workload.kind) not in _AWAITED or workload.is_partial or not workload.serves:
        return
    if workload.annotation(SKIP_AWAIT) == "true":
        return
    plan = read_rollout_plan(workload)
    ready = pod_ready_seconds(workload)
    create, update = _waits(workload)
    settle = plan.min_ready_seconds
    if plan.create_within(ready) > create.seconds:
        yield _violation(workload, plan.create_within(ready), ready, settle, create)
    # How many nodes a DaemonSet runs on stands in no manifest.
    elif workload.kind in ("Deployment", "StatefulSet") and plan.strategy != "OnDelete":
        longest = plan.waves * (ready + settle)
        if longest > update.seconds:
            yield _violation(workload, longest, ready, settle, update)


def _violation(workload: Workload, longest: int, ready: int, settle: int, wait: _Wait) -> Violation:
    turns = longest // max(1, ready + settle)
    each = f", {turns} turns of {ready + settle} s" if turns > 1 else ""
    return workload.violation_at(
        workload.top.path / "metadata" / "annotations" / TIMEOUT_SECONDS,
        what=f"The probes allow {wait.operation} to take {longest} s{each}; Pulumi waits {wait.seconds} s "
        f"({wait.source}).",
        consequence=f"`pulumi up` fails after {wait.seconds} s although the pods may still become Ready.",
        fix=f'Set the annotation {TIMEOUT_SECONDS}: "{-(-(longest + 120) // 60) * 60}" or customTimeouts, or make the '
        "startup probe less patient.",
    )


def _waits(workload: Workload) -> tuple[_Wait, _Wait]:
    """How long Pulumi waits for the creation and for an update."""
    options = workload.manifest.pulumi
    seconds, source = DEFAULT_AWAIT_SECONDS, "its default"
    text = workload.annotation(TIMEOUT_SECONDS)
    if text is not None and text.isascii() and text.isdigit() and 0 < len(text) < len("1000000000"):
        seconds, source = int(text), "by annotation"
    return (
        _Wait("the first roll-out", seconds, source)
        if options.create_timeout_seconds is None
        else _Wait("the first roll-out", int(options.create_timeout_seconds), "customTimeouts.create"),
        _Wait("an update", seconds, source)
        if options.update_timeout_seconds is None
        else _Wait("an update", int(options.update_timeout_seconds), "customTimeouts.update"),
    )
