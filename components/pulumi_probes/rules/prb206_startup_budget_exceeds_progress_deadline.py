"""PRB206."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe import DEFAULT_PROGRESS_DEADLINE_SECONDS
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._budget import pod_ready_seconds
from pulumi_probes.rules._registry import rule


@rule("PRB206", severity=Severity.WARNING, since="0.1")
def startup_budget_exceeds_progress_deadline(workload: Workload) -> Iterator[Violation]:
    """A Deployment is reported as failed while the kubelet still waits for its pods.

    Why:
        progressDeadlineSeconds is the longest gap without progress, 600 s unless set, and a pod makes no progress
        before it is Ready. When probes allow a start to take longer, a rollout that would succeed is reported as
        failed: `kubectl rollout status` exits with an error, and pipelines that listen roll back. Schedule, image pull
        and init containers come on top.
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
        Set progressDeadlineSeconds to the slowest start that the probes allow plus some minutes for placing the pod and
        pulling its image, or make the startup probe less patient.

    References:
        https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds
    """
    if (workload.group, workload.kind) not in (("apps", "Deployment"), ("argoproj.io", "Rollout")):
        return
    if workload.is_partial and not workload.spec.has("progressDeadlineSeconds"):
        return
    deadline = workload.spec.integer("progressDeadlineSeconds", DEFAULT_PROGRESS_DEADLINE_SECONDS)
    # A pod that becomes Ready is progress; minReadySeconds is a gap of its own, and is refused when it is too long.
    ready = pod_ready_seconds(workload)
    if ready < deadline:
        return
    yield workload.violation_at(
        workload.spec.path / "progressDeadlineSeconds",
        what=f"The probes allow a pod {ready} s until it is Ready; the progress deadline is {deadline} s.",
        consequence=f"A rollout is reported as failed after {deadline} s although it may still succeed.",
        fix=f"Set progressDeadlineSeconds: {-(-(ready + 120) // 60) * 60}, or make the startup probe less patient.",
    )
