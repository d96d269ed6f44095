"""PRB207."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.annotations import TIMEOUT_SECONDS
from pulumi_probes.model.await_timeout import AwaitTimeout, read_await_timeouts
from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.pod import container_starts, pod_budget_seconds
from pulumi_probes.timeline.bounds.rollout import deadline_seconds, read_rollout_plan


@rule("PRB207", severity=Severity.WARNING, since="0.1")
def startup_budget_exceeds_await_timeout(workload: Workload) -> Iterator[Violation]:
    """Pulumi stops waiting for pods that the probes still allow to start.

    Why:
        Pulumi waits until a workload is ready, for 600 s unless `customTimeouts` or the annotation
        `pulumi.com/timeoutSeconds` says otherwise. A rollout of a Deployment takes as many waves as its replicas need
        within `maxSurge` and `maxUnavailable`; a StatefulSet starts and replaces one pod after another. If the probes
        allow more time than Pulumi waits, `pulumi up` fails although nothing is wrong, and the next update starts from
        a failed one. It is advice if only several slow pods in a row take that long, or less than a quarter more.
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
        Raise the annotation `pulumi.com/timeoutSeconds` or the resource option `customTimeouts`, replace more pods at a
        time, or reduce what the startup probe allows.

    References:
        https://www.pulumi.com/registry/packages/kubernetes/api-docs/apps/v1/deployment/
        https://www.pulumi.com/docs/iac/concepts/options/customtimeouts/
    """
    if workload.is_partial or not workload.serves:
        return
    timeouts = read_await_timeouts(workload)
    if timeouts is None:
        return
    plan = read_rollout_plan(workload)
    ready = pod_budget_seconds(container_starts(workload))
    settle = plan.min_ready_seconds
    if plan.create_within(ready) > timeouts.create.seconds:
        yield _violation(workload, "the first rollout", plan.create_within(ready), ready, settle, timeouts.create)
    # No manifest says on how many nodes a DaemonSet runs.
    elif workload.kind in ("Deployment", "StatefulSet") and plan.strategy != "OnDelete":
        longest = plan.waits_for_pods(ready)
        if longest > timeouts.update.seconds:
            yield _violation(workload, "a rollout", longest, ready, settle, timeouts.update)


def _violation(
    workload: Workload, operation: str, longest: int, ready: int, settle: int, wait: AwaitTimeout
) -> Violation:
    waves = longest // max(1, ready + settle)
    each = f" ({waves} waves of {ready + settle} s)" if waves > 1 else ""
    is_close = ready + settle <= wait.seconds or 4 * longest < 5 * wait.seconds
    annotation = workload.top.path / "metadata" / "annotations" / TIMEOUT_SECONDS
    return workload.violation_at(
        annotation,
        what=f"The probes allow {operation} to take {longest} s{each}; Pulumi waits {wait.seconds} s ({wait.source}).",
        consequence=f"`pulumi up` fails after {wait.seconds} s although the pods may still become Ready.",
        fix=f'Set the annotation `{TIMEOUT_SECONDS}: "{deadline_seconds(longest)}"` or `customTimeouts`, or '
        "reduce what the startup probe allows.",
        severity=Severity.ADVICE if is_close else None,
        edits=()
        if wait.source.startswith("from customTimeouts")
        else (SetField(annotation, str(deadline_seconds(longest))),),
    )
