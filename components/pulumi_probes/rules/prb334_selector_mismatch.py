"""PRB334."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.node import Node
from pulumi_probes.model.selector import matches_labels, matches_selector
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._unknown_fields import is_of_kubernetes

_BY_SELECTOR: Final = frozenset(
    {
        *("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"),
        *("Rollout", "CloneSet"),  # of Argo Rollouts and OpenKruise
    }
)
_BY_LABELS: Final = frozenset({"ReplicationController", "DeploymentConfig"})
"""Kinds whose selector is a map of labels."""

_GROUPS: Final = frozenset({"", "apps", "extensions", "argoproj.io", "apps.kruise.io", "apps.openshift.io"})


@rule("PRB334", severity=Severity.ERROR, since="0.1", is_rejected=True)
def selector_mismatch(workload: Workload) -> Iterator[Violation]:
    """The selector of a workload does not match the labels of its own pods.

    Why:
        A Deployment finds its pods by its selector. If the labels of the template do not match it, the API server
        rejects the object. The selector cannot be changed later, so the labels of the template must be.
    Bad:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: basket}}
            spec:
              containers: [{name: cart, image: cart:1}]
        --- another
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: cart}
        spec:
          serviceName: cart
          selector: {matchExpressions: [{key: tier, operator: In, values: [data]}]}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
    Good:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart, tier: shop}}
            spec:
              containers: [{name: cart, image: cart:1}]
    Fix:
        Give the template all labels of the selector.

    References:
        https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector
    """
    if workload.is_partial or workload.group not in _GROUPS:
        return
    selector = workload.spec["selector"]
    if not selector.is_set or _certainly_fits(selector.value, workload.labels.value):
        return
    if workload.kind in _BY_SELECTOR:
        wanted, fits = selector["matchLabels"], matches_selector(selector, workload.labels)
        is_empty = not wanted.keys() and not selector["matchExpressions"].length
    elif workload.kind in _BY_LABELS:
        wanted, fits = selector, matches_labels(selector, workload.labels)
        is_empty = False
    else:
        return
    if fits and not is_empty:
        return
    owner = "The API server" if is_of_kubernetes(workload) else f"The controller of the {workload.kind}"
    if is_empty:
        yield workload.violation_at(
            selector.path,
            what="The selector is empty.",
            consequence=f"{owner} rejects the object.",
            fix="Set `matchLabels` to labels of the template.",
        )
        return
    missing = _missing(wanted, workload.labels)
    what = f"the selector's {missing}" if missing else "the expressions of the selector"
    yield workload.violation_at(
        workload.template_path / "metadata" / "labels",
        what=f"The labels of the template do not match {what}.",
        consequence=f"{owner} rejects the object.",
        fix="Give the template the labels of the selector.",
    )


def _certainly_fits(selector: Any, labels: Any) -> bool:
    """Whether all labels are there, by a fast check; nearly all selectors are of this form."""
    wanted = selector.get("matchLabels") if type(selector) is dict and len(selector) == 1 else None
    return type(wanted) is dict and type(labels) is dict and bool(wanted) and wanted.items() <= labels.items()


def _missing(wanted: Node, labels: Node) -> str:
    """The labels of a selector that pods do not have, without values, which may be long."""
    names = [f"`{name}`" for name in wanted.keys() if not _has(wanted, labels, name)]  # noqa: SIM118 - a Node
    return " and ".join(names)


def _has(wanted: Node, labels: Node, name: str) -> bool:
    return wanted.text(name) == labels.optional_text(name)
