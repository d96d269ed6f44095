"""Fixtures for costs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_probes.cost.attempt import AttemptCost, Mechanism
from pulumi_probes.cost.figures import CostFigures
from pulumi_probes.cost.load import StackLoad, load_of
from pulumi_probes.model.stack import Stack

ROUND = CostFigures(
    {
        Mechanism.TCP_SOCKET: AttemptCost(0.5, 0.0, 0.5),
        Mechanism.GRPC: AttemptCost(1.5, 0.0, 0.5),
        Mechanism.HTTP_GET: AttemptCost(1.0, 0.0, 1.0),
        Mechanism.HTTPS_GET: AttemptCost(3.0, 0.0, 1.0),
        Mechanism.EXEC: AttemptCost(20.0, 50.0, 30.0),
    }
)
"""Round figures, for simple arithmetic."""

Load = Callable[..., StackLoad]


@pytest.fixture(scope="session")
def load(read: Callable[[str], Stack]) -> Load:
    """The cost of YAML with round figures."""
    return lambda text, *, nodes=1: load_of(read(text), nodes=nodes, figures=ROUND)
