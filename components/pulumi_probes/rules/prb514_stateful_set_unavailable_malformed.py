"""PRB514."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from pulumi_probes.codec.versions import FEATURES, is_usable
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Workload
from pulumi_probes.model.written_number import percentage
from pulumi_probes.rules._cluster import Cluster, read_cluster
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.rollout import AMOUNT_FORM

_FEATURE: Final = "stateful-set-unavailable"


@rule("PRB514", severity=Severity.ERROR, since="0.1")
def stateful_set_unavailable_malformed(
    workload: Workload, *, kubernetes_version: str = "", feature_gates: tuple[str, ...] = ()
) -> Iterator[Violation]:
    """The `maxUnavailable` of a StatefulSet is not one that Kubernetes accepts.

    Why:
        Since Kubernetes 1.37, a StatefulSet may replace several pods at once: a number from 1 on, or a percentage of at
        most 100%. Versions before drop the field whatever it says, so the mistake shows when the cluster is upgraded:
        then the object is rejected. Findings are warnings unless the cluster has the field.
    Bad:
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: cart}
        spec:
          serviceName: cart
          selector: {matchLabels: {app: cart}}
          updateStrategy: {rollingUpdate: {maxUnavailable: 0}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
        --- another
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: cart}
        spec:
          serviceName: cart
          selector: {matchLabels: {app: cart}}
          updateStrategy: {rollingUpdate: {maxUnavailable: 150%}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
    Good:
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: cart}
        spec:
          serviceName: cart
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
    Fix:
        Remove the field to replace one pod at a time, or write a number from 1 on.

    References:
        https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#maximum-unavailable-pods
    """
    if workload.kind != "StatefulSet" or workload.group != "apps" or not workload.spec.has("updateStrategy"):
        return
    strategy = workload.spec["updateStrategy"]
    rolling = strategy["rollingUpdate"]
    if strategy.word("type", "RollingUpdate") != "RollingUpdate" or not rolling.has("maxUnavailable"):
        return
    problem = _problem(rolling.integer_or_text("maxUnavailable"))
    if problem is None:
        return
    try:
        cluster = read_cluster(kubernetes_version, feature_gates)
    except ValueError:
        cluster = Cluster()  # feature-newer-than-cluster reports the version
    is_rejected = is_usable(_FEATURE, cluster.version, cluster.gates)
    since = FEATURES[_FEATURE].usable_since
    violation = workload.violation_at(
        rolling.path / "maxUnavailable",
        what=f"`maxUnavailable` of a StatefulSet {problem}.",
        consequence="The API server rejects the object."
        if is_rejected
        else f"Kubernetes {since} and later reject the object; earlier versions drop the field.",
        fix="Remove `maxUnavailable` to use 1, or write a number from 1 on.",
    )
    yield violation if is_rejected else replace(violation, severity=Severity.WARNING)


def _problem(amount: int | str | None) -> str | None:
    if amount is None:
        return None
    if isinstance(amount, int):
        return f"is {amount}; it must be 1 or greater" if amount < 1 else None
    share = percentage(amount)
    if share is None:
        return AMOUNT_FORM
    return None if 1 <= share <= 100 else f"is {amount}; it must be from 1% to 100%"  # noqa: PLR2004 - per cent
