"""PRB206."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.defaults import DEFAULT_PROGRESS_DEADLINE_SECONDS
from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.pod import workload_budget_seconds
from pulumi_probes.timeline.bounds.rollout import deadline_seconds


@rule("PRB206", severity=Severity.WARNING, since="0.1")
def startup_budget_exceeds_progress_deadline(workload: Workload) -> Iterator[Violation]:
    """A rollout is reported as failed while the kubelet still waits for its pods.

    Why:
        `progressDeadlineSeconds` (600 unless set) is the longest time a rollout may go without progress, and a pod
        makes no progress before it is Ready. If the probes allow a start to take longer, a rollout that would succeed
        is reported as failed: `kubectl rollout status` exits with an error, and pipelines that act on it roll back. The
        times for scheduling, image pulls and init containers come on top. It is advice if the probes allow less than a
        quarter more than the deadline.
    Bad:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers:
                - name: cart
                  image: cart:1
                  startupProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 10, failureThreshold: 60}
    Good:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart, annotations: {pulumi.com/timeoutSeconds: "1500"}}
        spec:
          progressDeadlineSeconds: 900
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers:
                - name: cart
                  image: cart:1
                  startupProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 10, failureThreshold: 60}
    Fix:
        Set `progressDeadlineSeconds` to the slowest start that the probes allow plus a few minutes for scheduling and
        image pulls, or reduce what the startup probe allows.

    References:
        https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds
    """
    if not workload.has_progress_deadline:
        return
    if workload.is_partial and not workload.spec.has("progressDeadlineSeconds"):
        return
    deadline = workload.spec.integer("progressDeadlineSeconds", DEFAULT_PROGRESS_DEADLINE_SECONDS)
    # A pod that becomes Ready is progress; minReadySeconds is a gap of its own, and is rejected if it is too long.
    ready = workload_budget_seconds(workload)
    if ready < deadline:
        return
    is_close = 4 * ready < 5 * deadline
    yield workload.violation_at(
        workload.spec.path / "progressDeadlineSeconds",
        what=f"The probes allow a pod {ready} s to become Ready; `progressDeadlineSeconds` is {deadline}.",
        consequence=f"A rollout is reported as failed after {deadline} s although it may still succeed.",
        fix=f"Set `progressDeadlineSeconds: {deadline_seconds(ready)}`, or reduce what the startup probe allows.",
        severity=Severity.ADVICE if is_close else None,
        edits=(SetField(workload.spec.path / "progressDeadlineSeconds", deadline_seconds(ready)),),
    )
