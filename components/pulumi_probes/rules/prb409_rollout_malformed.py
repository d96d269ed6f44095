"""PRB409."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.node import Node
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule

_COUNTS = ("replicas", "minReadySeconds", "revisionHistoryLimit")
_AMOUNTS = ("maxSurge", "maxUnavailable")
_PERCENTAGE = re.compile(r"[0-9]+%\Z")
_DEFAULT_PERCENT = 25


@rule("PRB409", severity=Severity.ERROR, since="0.1", is_refused=True)
def rollout_malformed(workload: Workload) -> Iterator[Violation]:
    """The numbers of a Deployment's rollout are ones that the API server refuses.

    Why:
        Counts and seconds must not be negative. maxSurge and maxUnavailable are whole numbers or percentages, of which
        one must be above zero, or no pod could ever be replaced; more than all pods cannot be unavailable. They belong
        to the strategy RollingUpdate alone.
    Bad:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
        --- another
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          minReadySeconds: -1
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
        --- another
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}
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
          strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
    Fix:
        Use maxSurge: 1 and maxUnavailable: 0, and leave out what should be the default.

    References:
        https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy
    """
    if (workload.group, workload.kind) != ("apps", "Deployment"):
        return
    later = Deferral()
    for name in _COUNTS:
        with later:
            number = workload.spec.optional_integer(name)
            if number is not None and number < 0:
                yield _refused(workload, workload.spec, name, f"{number} must not be negative.", f"Remove {name}.")
    with later:
        yield from _strategy(workload, later)
    later.settle()


def _strategy(workload: Workload, later: Deferral) -> Iterator[Violation]:
    strategy = workload.spec["strategy"]
    kind = strategy.text("type", "") or "RollingUpdate"
    if kind not in ("RollingUpdate", "Recreate"):
        what = "The type of a strategy is RollingUpdate or Recreate."
        yield _refused(workload, strategy, "type", what, "Remove type for RollingUpdate.")
    elif kind == "Recreate" and strategy.has("rollingUpdate"):
        what = "The strategy Recreate has no rolling update."
        yield _refused(workload, strategy, "rollingUpdate", what, "Remove rollingUpdate, or the type.")
    elif kind == "RollingUpdate":
        rolling = strategy["rollingUpdate"]
        for name in _AMOUNTS:
            with later:
                problem = _amount_problem(name, rolling.integer_or_text(name))
                if problem is not None:
                    yield _refused(workload, rolling, name, problem, f"Remove {name} for 25 %, or write a number.")
        with later:
            if not workload.is_partial and not any(_size(rolling, name) for name in _AMOUNTS):
                what = "Both maxSurge and maxUnavailable are 0."
                yield _refused(workload, rolling, "maxUnavailable", what, "Set maxSurge: 1.")


def _amount_problem(name: str, amount: int | str | None) -> str | None:
    if amount is None:
        return None
    if isinstance(amount, int):
        return f"{amount} must not be negative." if amount < 0 else None
    if _PERCENTAGE.match(amount) is None:
        return "A percentage is digits and a percent sign."
    if name == "maxUnavailable" and int(amount[:-1]) > 100:  # noqa: PLR2004 - per cent
        return f"More than all pods ({amount}) cannot be unavailable."
    return None


def _size(rolling: Node, name: str) -> int:
    """The number, or that before the percent sign; what is neither counts as something."""
    amount = rolling.integer_or_text(name)
    if amount is None:
        return _DEFAULT_PERCENT
    if isinstance(amount, int):
        return amount
    return int(amount[:-1]) if _PERCENTAGE.match(amount) else 1


def _refused(workload: Workload, node: Node, name: str, what: str, fix: str) -> Violation:
    return workload.violation_at(node.path / name, what=what, consequence="The API server refuses the object.", fix=fix)
