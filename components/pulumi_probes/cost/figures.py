"""The figures that costs are computed with: measured ones, or those of the user."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import isfinite

from msgspec import Struct

from pulumi_probes.cost.attempt import AttemptCost, Mechanism
from pulumi_probes.cost.measurement import load_measurement


class CostFigures(Struct, frozen=True):
    """The cost of an attempt by each mechanism.

    measured_figures().with_wholes({Mechanism.EXEC: 40.0})   # an exec attempt takes 40 ms on our nodes

    Attributes:
        attempts: the cost of one attempt by mechanism.
    """

    attempts: Mapping[Mechanism, AttemptCost]

    def __getitem__(self, mechanism: Mechanism) -> AttemptCost:
        """The cost of one attempt."""
        return self.attempts[mechanism]

    def with_wholes(self, milliseconds: Mapping[Mechanism, float]) -> CostFigures:
        """These figures with other sums for some mechanisms; the parts keep their shares.

        Args:
            milliseconds: the CPU time of one attempt, by mechanism.

        Raises:
            ValueError: a number is not greater than 0.
        """
        for mechanism, figure in milliseconds.items():
            if not (isfinite(figure) and figure > 0):
                raise ValueError(f"the cost of {mechanism.value} is {figure} ms; it must be greater than 0 ms")
        scaled = {mechanism: self.attempts[mechanism].scaled_to(figure) for mechanism, figure in milliseconds.items()}
        return CostFigures({**self.attempts, **scaled})


@cache
def measured_figures() -> CostFigures:
    """The figures that are part of this package; `docs/explanation/cost.md` describes how they were measured."""
    measurement = load_measurement()
    return CostFigures({mechanism: measurement.attempt(mechanism.value) for mechanism in Mechanism})
