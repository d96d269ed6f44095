"""PRB207."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.annotations import TIMEOUT_SECONDS
from pulumi_probes.model.await_timeout import DEPLOYER_NAMES, HELM, PULUMI, AwaitTimeout, read_await_timeouts
from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.pod import pod_stop_seconds, workload_budget_seconds
from pulumi_probes.timeline.bounds.rollout import deadline_seconds, read_rollout_plan


@rule("PRB207", severity=Severity.WARNING, since="0.1")
def startup_budget_exceeds_await_timeout(workload: Workload, *, deployer: str = PULUMI) -> Iterator[Violation]:
    """Pulumi stops waiting for pods that the probes still allow to start.

    Why:
        Pulumi waits until a workload is ready, for 600 s unless `customTimeouts` or the annotation
        `pulumi.com/timeoutSeconds` says otherwise. A rollout of a Deployment takes as many waves as its replicas need
        within `maxSurge` and `maxUnavailable`; a StatefulSet stops, starts and replaces one pod after another. If the
        probes allow more time than Pulumi waits, `pulumi up` fails although nothing is wrong, and the next update
        starts from a failed one. It is advice if only several slow pods in a row take that long, or less than a quarter
        more. With the parameter `deployer`, the limit is that of Helm or Flux: 300 s.
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
    timeouts = read_await_timeouts(workload, deployer)
    if timeouts is None:
        return
    plan = read_rollout_plan(workload, deployer=deployer)
    ready = workload_budget_seconds(workload)
    wave = ready + plan.min_ready_seconds
    first = plan.awaited(plan.create_within(ready)) or 0
    if first > timeouts.create.seconds:
        yield _violation(workload, deployer, "the first rollout", first, wave, timeouts.create)
    # No manifest says on how many nodes a DaemonSet runs. A wait that never ends is reported by wait-never-ends.
    elif workload.kind in ("Deployment", "StatefulSet") and plan.endless_wait is None:
        stop = pod_stop_seconds(workload) if plan.deletes_first else 0
        longest = plan.awaited(plan.rollout_within(ready, stop)) or 0
        if longest > timeouts.update.seconds:
            yield _violation(workload, deployer, "a rollout", longest, wave + stop, timeouts.update)


def _each(longest: int, wave: int) -> str:
    waves = longest // max(1, wave)
    return f" ({waves} waves of {wave} s)" if waves > 1 and waves * wave == longest else ""


def _violation(
    workload: Workload, deployer: str, operation: str, longest: int, wave: int, wait: AwaitTimeout
) -> Violation:
    what = f"The probes allow {operation} to take {longest} s{_each(longest, wave)}; {DEPLOYER_NAMES[deployer]} waits"
    what = f"{what} {wait.seconds} s ({wait.source})."
    is_close = wave <= wait.seconds or 4 * longest < 5 * wait.seconds
    severity = Severity.ADVICE if is_close else None
    annotation = workload.top.path / "metadata" / "annotations" / TIMEOUT_SECONDS
    if deployer != PULUMI:
        return workload.violation(
            what=what,
            consequence=f"The release fails after {wait.seconds} s although the pods may still become Ready.",
            fix=f"Set `{'--timeout' if deployer == HELM else 'timeout'}` to {deadline_seconds(longest)} s, or reduce "
            "what the startup probe allows.",
            severity=severity,
        )
    return workload.violation_at(
        annotation,
        what=what,
        consequence=f"`pulumi up` fails after {wait.seconds} s although the pods may still become Ready.",
        fix=f'Set the annotation `{TIMEOUT_SECONDS}: "{deadline_seconds(longest)}"` or `customTimeouts`, or '
        "reduce what the startup probe allows.",
        severity=severity,
        edits=()
        if wait.source.startswith("from customTimeouts")
        else (SetField(annotation, str(deadline_seconds(longest))),),
    )
