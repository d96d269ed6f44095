"""The measured cost of attempts, as messages state it."""

from __future__ import annotations

import pytest

from pulumi_probes.cost.attempt import Mechanism
from pulumi_probes.cost.figures import measured_figures
from pulumi_probes.cost.format import format_cpu
from pulumi_probes.rules._cost import cpu


@pytest.mark.parametrize("attempts_per_second", [0.1, 1, 20])
def test_the_cpu_of_attempts_is_proportional_to_their_rate(attempts_per_second: float) -> None:
    """An attempt of 73 ms in every second uses 73 thousandths of a CPU."""
    milliseconds = measured_figures()[Mechanism.EXEC].whole
    assert format_cpu(milliseconds * attempts_per_second) == cpu("exec", attempts_per_second)
