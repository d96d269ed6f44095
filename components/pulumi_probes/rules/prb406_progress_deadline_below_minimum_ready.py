"""PRB406."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.defaults import DEFAULT_PROGRESS_DEADLINE_SECONDS
from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._registry import rule


@rule("PRB406", severity=Severity.ERROR, since="0.1", is_rejected=True)
def progress_deadline_below_minimum_ready(workload: Workload) -> Iterator[Violation]:
    """The progress deadline is not longer than the time a pod has to stay Ready.

    Why:
        A new pod counts as available once it has been Ready for `minReadySeconds`. If the progress deadline is not
        longer, no rollout can ever succeed. The API server rejects this, and so does the controller of Argo Rollouts.
    Bad:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          minReadySeconds: 600
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
    Good:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          minReadySeconds: 30
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
    Fix:
        Raise `progressDeadlineSeconds` well above `minReadySeconds` plus the slowest start.

    References:
        https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds
    """
    if not workload.has_progress_deadline:
        return
    spec = workload.spec
    if workload.is_partial and not (spec.has("progressDeadlineSeconds") and spec.has("minReadySeconds")):
        return
    deadline = spec.integer("progressDeadlineSeconds", DEFAULT_PROGRESS_DEADLINE_SECONDS)
    settle = spec.integer("minReadySeconds", 0)
    if deadline > settle:
        return
    yield workload.violation_at(
        spec.path / "progressDeadlineSeconds",
        what=f"`progressDeadlineSeconds` is {deadline}; it must be greater than `minReadySeconds`, which is {settle}.",
        consequence="The object is rejected.",
        fix=f"Set `progressDeadlineSeconds: {settle + DEFAULT_PROGRESS_DEADLINE_SECONDS}`, or a smaller "
        "`minReadySeconds`.",
        edits=(SetField(spec.path / "progressDeadlineSeconds", settle + DEFAULT_PROGRESS_DEADLINE_SECONDS),),
    )
