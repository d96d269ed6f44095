"""The figures with which costs are computed: those that were measured, or somebody's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import isfinite

from pulumi_probes.cost.attempt import AttemptCost, Mechanism
from pulumi_probes.cost.measurement import load_measurement


@dataclass(frozen=True, slots=True)
class CostFigures:
    """What an attempt of each mechanism costs.

    measured_figures().with_wholes({Mechanism.EXEC: 40.0})   # an attempt of exec takes 40 ms on our nodes

    Attributes:
        attempts: the cost of one attempt by mechanism.
    """

    attempts: Mapping[Mechanism, AttemptCost]

    def __getitem__(self, mechanism: Mechanism) -> AttemptCost:
        """The cost of one attempt."""
        return self.attempts[mechanism]

    def with_wholes(self, milliseconds: Mapping[Mechanism, float]) -> CostFigures:
        """The same with other wholes for the mechanisms that are named; the parts keep their shares.

        Args:
            milliseconds: of processor time that one attempt takes in all.

        Raises:
            ValueError: a figure is not a number above 0.
        """
        for mechanism, figure in milliseconds.items():
            if not (isfinite(figure) and figure > 0):
                raise ValueError(f"an attempt of {mechanism.value} must cost more than 0 ms")
        scaled = {mechanism: self.attempts[mechanism].scaled_to(figure) for mechanism, figure in milliseconds.items()}
        return CostFigures({**self.attempts, **scaled})


@cache
def measured_figures() -> CostFigures:
    """The figures that come with this package; `docs/explanation/cost.md` says how they were measured."""
    measurement = load_measurement()
    return CostFigures({mechanism: measurement.attempt(mechanism.value) for mechanism in Mechanism})
