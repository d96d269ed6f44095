"""PRB412."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.await_timeout import DEPLOYER_NAMES, PULUMI, endless_wait, read_await_timeouts
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._registry import rule


@rule("PRB412", severity=Severity.WARNING, since="0.1")
def wait_never_ends(workload: Workload, *, deployer: str = PULUMI) -> Iterator[Violation]:
    """The deployment of a workload waits for an update that never ends.

    Why:
        Pulumi considers a StatefulSet updated when its current revision is the new one, which it never becomes while
        `partition` keeps pods on the old revision. A DaemonSet with the strategy `OnDelete` is updated when all pods
        have the new revision, and no controller replaces them. The first `pulumi up` succeeds; each one that changes
        the pods fails after its time limit, although the cluster does what the manifest says. Helm and Flux wait in the
        same way for a DaemonSet, and `kubectl rollout status` ends with an error for `OnDelete`; the parameter
        `deployer` chooses one of them.
    Bad:
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: cart}
        spec:
          replicas: 3
          serviceName: cart
          updateStrategy: {rollingUpdate: {partition: 2}}
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
        --- another
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: cart}
        spec:
          updateStrategy: {type: OnDelete}
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
    Good:
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: cart, annotations: {pulumi.com/skipAwait: "true"}}
        spec:
          updateStrategy: {type: OnDelete}
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
        --- another
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: cart}
        spec:
          replicas: 3
          serviceName: cart
          updateStrategy: {rollingUpdate: {partition: 0}}
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
    Fix:
        Set the annotation `pulumi.com/skipAwait: "true"` while a person or another program decides when pods are
        replaced, or use `RollingUpdate` without a partition.

    References:
        https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies
        https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/
    """
    if workload.kind not in ("StatefulSet", "DaemonSet") or workload.is_partial:
        return
    reason = endless_wait(workload, deployer)
    if reason is None:
        return
    timeouts = read_await_timeouts(workload, deployer)
    after = "" if timeouts is None else f" after {max(0, timeouts.update.seconds)} s"
    strategy = workload.spec.path / "updateStrategy"
    yield workload.violation_at(
        strategy / "type" if "OnDelete" in reason else strategy / "rollingUpdate" / "partition",
        what=f"{DEPLOYER_NAMES[deployer]} waits in vain for each update of this {workload.kind}: {reason}.",
        consequence=f"Every deployment that changes its pods fails{after}, although nothing is wrong in the cluster.",
        fix='Set the annotation `pulumi.com/skipAwait: "true"`, or use `RollingUpdate` without a partition.'
        if deployer == PULUMI
        else "Do not wait for this object, or use `RollingUpdate` without a partition.",
    )
