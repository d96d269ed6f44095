"""The measured cost of attempts, for messages; the figures are read for the first finding that needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_probes.cost.attempt import AttemptCost


def attempt_milliseconds(mechanism: str) -> str:
    """The CPU time of one attempt, such as ``73 ms``.

    Args:
        mechanism: the value of a `Mechanism`, such as ``exec``.
    """
    # Imported late, here and below: most files have no finding that needs the figures.
    from pulumi_probes.cost.format import format_milliseconds

    return format_milliseconds(_attempt(mechanism).whole)


def attempt_milliseconds_in_container(mechanism: str) -> str:
    """The part of an attempt's CPU time that the container's own CPUs spend."""
    from pulumi_probes.cost.format import format_milliseconds

    return format_milliseconds(_attempt(mechanism).containers)


def cpu(mechanism: str, attempts_per_second: float) -> str:
    """The CPU that attempts at this rate use, such as ``18m``."""
    from pulumi_probes.cost.format import format_cpu

    return format_cpu(_attempt(mechanism).whole * attempts_per_second)


def _attempt(mechanism: str) -> AttemptCost:
    from pulumi_probes.cost.attempt import Mechanism
    from pulumi_probes.cost.figures import measured_figures

    return measured_figures()[Mechanism(mechanism)]
