"""The generated parts of `docs/explanation/cost.md`, and its diagram."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from statistics import median
from typing import Final

from pulumi_probes._markdown import table
from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.cost.attempt import MILLICPU_PER_CPU, Mechanism
from pulumi_probes.cost.diagram import draw_costs
from pulumi_probes.cost.format import format_cpu
from pulumi_probes.cost.load import load_of
from pulumi_probes.cost.measurement import NO_PROBE, Measurement, load_measurement
from pulumi_probes.model.manifest import Manifest

PARTS: Final = ("kubelet", "runtime", "containers")


def diagrams() -> dict[str, str]:
    """The diagram of the page: its path below `docs/explanation`, and its text."""
    return {"pictures/cost.svg": draw_costs(load_measurement())}


def blocks() -> dict[str, str]:
    """The generated parts of the page, by name."""
    measurement = load_measurement()
    return {
        "usage": _usage(measurement),
        "attempts": _attempts(measurement),
        "cost check": _check(measurement),
        "cost setting": f"{measurement.setting} {_plan(measurement)}",
    }


def checks(measurement: Measurement) -> list[str]:
    """The conditions that the figures are not derived from: exec at another rate, and probes of two mechanisms."""
    made_of = {NO_PROBE, *(mechanism.value for mechanism in Mechanism)}
    return [name for name in measurement.conditions if name not in made_of]


def predicted(measurement: Measurement, name: str) -> float:
    """The result of `probes cost` for the pods of a condition, in thousandths of a CPU."""
    container = {"name": "app", "image": "app:1", **measurement.conditions[name].probes}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "app"},
        "spec": {"replicas": measurement.pods, "template": {"spec": {"containers": [container]}}},
    }
    return load_of(read_stack([Manifest(content=deployment)])).cost.whole


def _plan(measurement: Measurement) -> str:
    repetitions = len(measurement.conditions[NO_PROBE].usage)
    return (
        f"{measurement.pods} pods on one node, {repetitions} repetitions of {measurement.seconds} s each, "
        "in a different order each time."
    )


def _usage(measurement: Measurement) -> str:
    rows = []
    for name, condition in measurement.conditions.items():
        attempts = median(usage.attempts for usage in condition.usage)
        parts = (*PARTS, "machine")
        cells = [
            _spread([MILLICPU_PER_CPU * attrgetter(part)(usage) for usage in condition.usage], format_cpu)
            for part in parts
        ]
        rows.append([name, f"{attempts:.1f}", *cells])
    return table(["probes of each pod", "attempts/s", "kubelet", "runtime", "pods", "whole machine"], rows)


def _attempts(measurement: Measurement) -> str:
    base = measurement.attempt(Mechanism.TCP_SOCKET.value).whole
    rows = []
    for mechanism in Mechanism:
        found = measurement.attempts(mechanism.value)
        cells = [_spread([attrgetter(part)(cost) for cost in found], _milliseconds) for part in ("whole", *PARTS)]
        times = measurement.attempt(mechanism.value).whole / base
        rows.append([f"`{mechanism.value}`", *cells, f"{times:.1f}" if times < 10 else f"{times:.0f}"])  # noqa: PLR2004
    return table(["mechanism", "together", "kubelet", "runtime", "pods", "times tcpSocket"], rows)


def _check(measurement: Measurement) -> str:
    rows = [
        [
            name,
            format_cpu(predicted(measurement, name)),
            _spread([cost.whole for cost in measurement.additional(name)], format_cpu),
        ]
        for name in checks(measurement)
    ]
    return table(["probes of each pod", "computed", "measured"], rows)


def _milliseconds(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}"


def _spread(values: Sequence[float], form: Callable[[float], str]) -> str:
    """The median, with the minimum and the maximum in parentheses."""
    return f"{form(median(values))} ({form(min(values))}-{form(max(values))})"
