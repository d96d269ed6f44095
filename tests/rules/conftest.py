"""Fixtures for tests of rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from pulumi_probes.model.stack import Stack
from pulumi_probes.rules import Evaluation, Parameters, apply_waivers, evaluate, load_rules

TODAY = date(2026, 7, 1)


@pytest.fixture(scope="session")
def evaluate_yaml(read: Callable[[str], Stack]) -> Callable[..., Evaluation]:
    """Evaluate all rules on YAML, including those about waivers."""

    def evaluated(text: str, parameters: Parameters | None = None) -> Evaluation:
        stack = read(text)
        return apply_waivers(evaluate(stack, load_rules(), parameters), stack, today=TODAY)

    return evaluated
