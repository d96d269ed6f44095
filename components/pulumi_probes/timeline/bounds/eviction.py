"""Whether a PodDisruptionBudget allows the eviction of a pod while all pods are healthy."""

from __future__ import annotations

from typing import Final

from pulumi_probes.model.plurals import counted
from pulumi_probes.model.rounding import ceil_div
from pulumi_probes.model.stack import DisruptionBudget, Stack
from pulumi_probes.model.workload import Workload
from pulumi_probes.model.written_number import percentage

_WHOLE: Final = 100
"""Percent."""

_SCALED: Final = frozenset(
    {("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "ReplicaSet"), ("", "ReplicationController")}
)
"""The kinds with `replicas` whose number the disruption controller looks up."""


def eviction_obstacle(workload: Workload, budget: DisruptionBudget, stack: Stack) -> str | None:
    """Why a budget never allows an eviction, as a clause; None if it does once enough pods are healthy.

    Both fields may be a percentage of the replicas, which the disruption controller rounds up. An autoscaler may run
    more replicas than the workload says.

    Raises:
        UnknownValue: a value is not known before deployment.
        MalformedValue: a field has the wrong type.
    """
    spec = budget.spec
    most, least = spec.integer_or_text("maxUnavailable"), spec.integer_or_text("minAvailable")
    if _share(most) == 0:
        return f"`maxUnavailable` is {most}"
    if least is None:
        return None
    share = percentage(least) if isinstance(least, str) else None
    if share is not None and share >= _WHOLE:
        return f"`minAvailable` is {least}"
    if (workload.group, workload.kind) not in _SCALED:
        return None
    autoscaler = stack.autoscaler_of(workload)
    replicas = workload.spec.integer("replicas", 1) if autoscaler is None else autoscaler.most
    needed = least if isinstance(least, int) else None if share is None else ceil_div(share * replicas, _WHOLE)
    if not replicas or needed is None or needed < replicas:
        return None
    return f"`minAvailable` is {least}, of {counted(replicas, 'replica')}"


def _share(value: int | str | None) -> int | None:
    return percentage(value) if isinstance(value, str) else value
