"""The measurement: the CPU time of pods with probes, and of the same pods without probes.

`benchmarks/probe_cost.py` writes every repetition to `measured.json`, so that tables and diagrams can show how far they
are apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pkgutil import get_data
from typing import Any, Final

from msgspec import Struct
from msgspec.json import decode

from pulumi_probes.cost.attempt import MILLICPU_PER_CPU, AttemptCost

NO_PROBE: Final = "no probe"
"""The condition that all others are compared with."""


class Usage(Struct, frozen=True):
    """One repetition of one condition.

    Attributes:
        attempts: attempts per second, as counted by the kubelet.
        kubelet: CPUs used by the kubelet.
        runtime: CPUs used by the container runtime, its shims and runc.
        containers: CPUs used by the pods.
        machine: busy CPUs, including kernel threads and excluding programs that are not part of the node.
    """

    attempts: float
    kubelet: float
    runtime: float
    containers: float
    machine: float


class Condition(Struct, frozen=True):
    """Pods that differ from those of the other conditions only in their probes.

    Attributes:
        probes: the fields of each pod's container that define its probes.
        usage: one entry for each repetition.
    """

    probes: Mapping[str, Any]
    usage: tuple[Usage, ...]


class Measurement(Struct, frozen=True):
    """All conditions.

    Attributes:
        setting: the machine and the software, as a sentence.
        pods: the number of pods on the node.
        seconds: the length of each repetition in seconds.
        conditions: the conditions by name; within a repetition, they were measured one after the other in random order.
    """

    setting: str
    pods: int
    seconds: int
    conditions: Mapping[str, Condition]

    def additional(self, name: str) -> tuple[AttemptCost, ...]:
        """The cost of a condition compared with no probe, for each repetition, in thousandths of a CPU."""
        return tuple(
            AttemptCost(
                kubelet=MILLICPU_PER_CPU * (busy.kubelet - idle.kubelet),
                runtime=MILLICPU_PER_CPU * (busy.runtime - idle.runtime),
                containers=MILLICPU_PER_CPU * (busy.containers - idle.containers),
            )
            for busy, idle in zip(self.conditions[name].usage, self.conditions[NO_PROBE].usage, strict=True)
        )

    def attempts(self, name: str) -> tuple[AttemptCost, ...]:
        """The cost of an attempt in each repetition, in milliseconds."""
        usage = self.conditions[name].usage
        return tuple(cost * (1 / busy.attempts) for cost, busy in zip(self.additional(name), usage, strict=True))

    def attempt(self, name: str) -> AttemptCost:
        """The cost of an attempt: the median of the repetitions for each part, and at least 0."""
        found = self.attempts(name)
        return AttemptCost(
            kubelet=max(0.0, _median([cost.kubelet for cost in found])),
            runtime=max(0.0, _median([cost.runtime for cost in found])),
            containers=max(0.0, _median([cost.containers for cost in found])),
        )

    def as_dict(self) -> dict[str, Any]:
        """The measurement as plain data for JSON; `read_measurement` reads it."""
        return {
            "setting": self.setting,
            "pods": self.pods,
            "seconds": self.seconds,
            "conditions": {
                name: {
                    "probes": condition.probes,
                    "usage": [
                        {part: round(getattr(usage, part), 5) for part in Usage.__struct_fields__}
                        for usage in condition.usage
                    ],
                }
                for name, condition in self.conditions.items()
            },
        }


def read_measurement(content: Mapping[str, Any]) -> Measurement:
    """Read the output of `Measurement.as_dict`."""
    return Measurement(
        setting=content["setting"],
        pods=content["pods"],
        seconds=content["seconds"],
        conditions={
            name: Condition(condition["probes"], tuple(Usage(**usage) for usage in condition["usage"]))
            for name, condition in content["conditions"].items()
        },
    )


@cache
def load_measurement() -> Measurement:
    """The measurement that is part of this package."""
    return read_measurement(decode(get_data("pulumi_probes.cost", "measured.json") or b""))


def _median(values: Sequence[float]) -> float:
    # Importing `statistics` takes as long as an audit of 30 workloads.
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
