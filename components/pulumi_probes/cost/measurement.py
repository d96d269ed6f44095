"""What was measured: the processor time of pods that are probed, and of the same pods without probes.

`benchmarks/probe_cost.py` writes it to `measured.json`, every repetition by itself, so that tables and pictures show
how far they are apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pulumi_probes.cost.attempt import MILLICPU_PER_CPU, AttemptCost

NO_PROBE: Final = "no probe"
"""The condition with which all others are compared."""


@dataclass(frozen=True, slots=True)
class Usage:
    """One repetition of one condition.

    Attributes:
        attempts: per second, as the kubelet counted them.
        kubelet: CPUs that the kubelet used.
        runtime: CPUs that the container runtime, its shims and runc used.
        containers: CPUs that the pods used.
        machine: CPUs that were busy, with the kernel's own threads, without programs that are not the node's.
    """

    attempts: float
    kubelet: float
    runtime: float
    containers: float
    machine: float


@dataclass(frozen=True, slots=True)
class Condition:
    """Pods that differ from those of other conditions in nothing but their probes.

    Attributes:
        probes: the fields of each pod's container that hold them.
        usage: one for each repetition.
    """

    probes: Mapping[str, Any]
    usage: tuple[Usage, ...]


@dataclass(frozen=True, slots=True)
class Measurement:
    """All of it.

    Attributes:
        setting: the machine and the programs, in a sentence.
        pods: how many on the node.
        seconds: how long each repetition was looked at.
        conditions: by name; those of one repetition were measured one after the other, in any order.
    """

    setting: str
    pods: int
    seconds: int
    conditions: Mapping[str, Condition]

    def additional(self, name: str) -> tuple[AttemptCost, ...]:
        """What a condition cost more than no probe in each repetition, in thousandths of a CPU."""
        return tuple(
            AttemptCost(
                kubelet=MILLICPU_PER_CPU * (busy.kubelet - idle.kubelet),
                runtime=MILLICPU_PER_CPU * (busy.runtime - idle.runtime),
                containers=MILLICPU_PER_CPU * (busy.containers - idle.containers),
            )
            for busy, idle in zip(self.conditions[name].usage, self.conditions[NO_PROBE].usage, strict=True)
        )

    def attempts(self, name: str) -> tuple[AttemptCost, ...]:
        """What an attempt cost in each repetition."""
        usage = self.conditions[name].usage
        return tuple(cost * (1 / busy.attempts) for cost, busy in zip(self.additional(name), usage, strict=True))

    def attempt(self, name: str) -> AttemptCost:
        """What an attempt costs: of each part the median of the repetitions, and no less than nothing."""
        from statistics import median  # loads more than rules need that find nothing

        found = self.attempts(name)
        return AttemptCost(
            kubelet=max(0.0, median(cost.kubelet for cost in found)),
            runtime=max(0.0, median(cost.runtime for cost in found)),
            containers=max(0.0, median(cost.containers for cost in found)),
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON; `read_measurement` reads it."""
        return {
            "setting": self.setting,
            "pods": self.pods,
            "seconds": self.seconds,
            "conditions": {
                name: {
                    "probes": condition.probes,
                    "usage": [
                        {part: round(getattr(usage, part), 5) for part in Usage.__slots__} for usage in condition.usage
                    ],
                }
                for name, condition in self.conditions.items()
            },
        }


def read_measurement(content: Mapping[str, Any]) -> Measurement:
    """What `Measurement.as_dict` wrote."""
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
    """The measurement that comes with this package."""
    # Both load more than rules need that find nothing.
    import json
    from pathlib import Path

    return read_measurement(json.loads(Path(__file__).with_name("measured.json").read_text(encoding="utf-8")))
