"""What is generated of costs in `components/CLUSTER.md`, and the picture beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

from pulumi_probes._markdown import table
from pulumi_probes.cost.attempt import AttemptCost, Mechanism
from pulumi_probes.cost.measurement import NO_PROBE, Measurement, Usage, load_measurement
from pulumi_probes.cost.picture import draw_costs
from pulumi_probes.cost.words import format_cpu

PARTS: Final = ("kubelet", "runtime", "containers")

_CORE: Final = 1000


def pictures() -> dict[str, str]:
    """The picture of the page: its path below `components`, and its text."""
    return {"pictures/cost.svg": draw_costs(load_measurement())}


def blocks() -> dict[str, str]:
    """The generated parts of the page by name."""
    measurement = load_measurement()
    return {
        "usage": _usage(measurement),
        "attempts": _attempts(measurement),
        "cost check": _check(measurement),
        "cost setting": f"{measurement.setting} {_plan(measurement)}",
    }


def checks(measurement: Measurement) -> list[str]:
    """The conditions that the model is not made of: exec at other rates."""
    made_of = {NO_PROBE, *(mechanism.value for mechanism in Mechanism)}
    return [name for name in measurement.conditions if name not in made_of]


def _plan(measurement: Measurement) -> str:
    repetitions = len(measurement.conditions[NO_PROBE].usage)
    return (
        f"{measurement.pods} pods on one node, {repetitions} repetitions of {measurement.seconds} s each, "
        "in another order each time."
    )


def _usage(measurement: Measurement) -> str:
    rows = []
    for name, condition in measurement.conditions.items():
        attempts = median(usage.attempts for usage in condition.usage)
        parts = (*PARTS, "machine")
        cells = [_spread([_CORE * _part(usage, part) for usage in condition.usage], format_cpu) for part in parts]
        rows.append([name, f"{attempts:.1f}", *cells])
    return table(["probes of each pod", "attempts/s", "kubelet", "runtime", "pods", "whole machine"], rows)


def _attempts(measurement: Measurement) -> str:
    base = measurement.attempt(Mechanism.TCP_SOCKET.value).whole
    rows = []
    for mechanism in Mechanism:
        found = measurement.attempts(mechanism.value)
        cells = [_spread([_cost(cost, part) for cost in found], _milliseconds) for part in ("whole", *PARTS)]
        times = measurement.attempt(mechanism.value).whole / base
        rows.append([f"`{mechanism.value}`", *cells, f"{times:.1f}" if times < 10 else f"{times:.0f}"])  # noqa: PLR2004
    return table(["mechanism", "together", "kubelet", "runtime", "pods", "times tcpSocket"], rows)


def _check(measurement: Measurement) -> str:
    computed = f"{measurement.attempt(Mechanism.EXEC.value).whole:.0f}"
    rows = [
        [name, computed, _spread([cost.whole for cost in measurement.attempts(name)], _milliseconds)]
        for name in checks(measurement)
    ]
    return table(["probes of each pod", "computed", "measured"], rows)


def _part(usage: Usage, part: str) -> float:
    value: float = getattr(usage, part)
    return value


def _cost(cost: AttemptCost, part: str) -> float:
    value: float = getattr(cost, part)
    return value


def _milliseconds(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}"


def _spread(values: Sequence[float], form: Callable[[float], str]) -> str:
    """The median, and the smallest and the largest in parentheses."""
    return f"{form(median(values))} ({form(min(values))}-{form(max(values))})"
