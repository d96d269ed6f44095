"""PRB409."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.node import Node
from pulumi_probes.model.workload import Workload
from pulumi_probes.model.written_number import percentage
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.rollout import AMOUNT_FORM, DEFAULT_AMOUNT

_COUNTS = ("replicas", "minReadySeconds", "revisionHistoryLimit")
_AMOUNTS = ("maxSurge", "maxUnavailable")


@rule("PRB409", severity=Severity.ERROR, since="0.1", is_rejected=True)
def rollout_malformed(workload: Workload) -> Iterator[Violation]:
    """The API server rejects the rollout settings of a Deployment.

    Why:
        Counts and seconds must be 0 or greater. `maxSurge` and `maxUnavailable` are whole numbers or percentages; one
        of them must be greater than 0, or no pod could ever be replaced, and `maxUnavailable` is at most 100%. They
        belong to the strategy `RollingUpdate` alone.
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
        Use `maxSurge: 1` and `maxUnavailable: 0`, and remove fields that should have their defaults.

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
                what = f"`{name}` is {number}; it must be 0 or greater."
                yield _rejected(workload, workload.spec, name, what, f"Remove `{name}`.")
    with later:
        yield from _strategy(workload, later)
    later.settle()


def _strategy(workload: Workload, later: Deferral) -> Iterator[Violation]:
    strategy = workload.spec["strategy"]
    kind = strategy.word("type", "RollingUpdate")
    if kind not in ("RollingUpdate", "Recreate"):
        what = "`type` of a strategy must be `RollingUpdate` or `Recreate`."
        yield _rejected(workload, strategy, "type", what, "Remove `type` to use `RollingUpdate`.")
    elif kind == "Recreate" and strategy.has("rollingUpdate"):
        what = "`rollingUpdate` must not be set for the strategy `Recreate`."
        yield _rejected(workload, strategy, "rollingUpdate", what, "Remove `rollingUpdate`, or `type`.")
    elif kind == "RollingUpdate":
        rolling = strategy["rollingUpdate"]
        for name in _AMOUNTS:
            with later:
                problem = _amount_problem(name, rolling.integer_or_text(name))
                if problem is not None:
                    fix = f"Remove `{name}` to use {DEFAULT_AMOUNT}, or write a number."
                    yield _rejected(workload, rolling, name, problem, fix)
        with later:
            if not workload.is_partial and all(_is_zero(rolling, name) for name in _AMOUNTS):
                what = "`maxSurge` and `maxUnavailable` are both 0."
                yield _rejected(workload, rolling, "maxUnavailable", what, "Set `maxSurge: 1`.")


def _amount_problem(name: str, amount: int | str | None) -> str | None:
    if amount is None:
        return None
    if isinstance(amount, int):
        return f"`{name}` is {amount}; it must be 0 or greater." if amount < 0 else None
    share = percentage(amount)
    if share is None:
        return f"`{name}` {AMOUNT_FORM}."
    if name == "maxUnavailable" and share > 100:  # noqa: PLR2004 - per cent
        return f"`{name}` is {amount}; it must be at most 100%."
    return None


def _is_zero(rolling: Node, name: str) -> bool:
    """Whether the number, or the one before the percent sign, is 0; malformed text is reported on its own."""
    amount = rolling.integer_or_text(name)
    if amount is None:
        amount = DEFAULT_AMOUNT
    return (amount if isinstance(amount, int) else percentage(amount)) == 0


def _rejected(workload: Workload, node: Node, name: str, what: str, fix: str) -> Violation:
    return workload.violation_at(node.path / name, what=what, consequence="The API server rejects the object.", fix=fix)
