"""The rules compared with a real API server: they agree on which specifications are valid.

`PULUMI_PROBES_SPECIFICATIONS` sets the total number of specifications.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from harness import Client
from harness.agreement import Comparison, comparing, refusals
from harness.specifications import batches, deployments, many, pods, stateful_sets
from harness.versions import NEWEST, SPECIFICATIONS
from hypothesis import Phase, given, settings

MANY = many(int(os.environ.get("PULUMI_PROBES_SPECIFICATIONS", str(SPECIFICATIONS))) // 3)


@pytest.fixture(scope="module")
def comparison(api_server: Client) -> Iterator[Comparison]:
    """The rules and the API server, with the same objects."""
    with comparing(api_server, NEWEST) as comparison:
        yield comparison


@MANY
@given(several=batches(pods()))
def test_pods_are_accepted_or_rejected_alike(comparison: Comparison, several: list[dict[str, Any]]) -> None:
    """The API server rejects exactly the Pods for which a rule says so."""
    assert [] == comparison.differences(several)


@MANY
@given(several=batches(deployments()))
def test_deployments_are_accepted_or_rejected_alike(comparison: Comparison, several: list[dict[str, Any]]) -> None:
    """The same for Deployments, with rollout settings."""
    assert [] == comparison.differences(several)


@MANY
@given(several=batches(stateful_sets()))
def test_stateful_sets_are_accepted_or_rejected_alike(comparison: Comparison, several: list[dict[str, Any]]) -> None:
    """The same for StatefulSets, with an update strategy."""
    assert [] == comparison.differences(several)


def test_the_generator_creates_valid_and_invalid_specifications(api_server: Client) -> None:
    """Neither is rare, since agreement would mean little otherwise; and there are many kinds of problems."""
    verdicts: list[tuple[str, ...]] = []

    @settings(MANY, max_examples=300, phases=[Phase.generate])
    @given(manifest=pods())
    def collect(manifest: dict[str, Any]) -> None:
        verdicts.append(refusals(api_server, manifest))

    collect()
    accepted = sum(not causes for causes in verdicts)
    assert 0.2 < accepted / len(verdicts) < 0.8
    assert len({cause.rpartition(".")[2] for causes in verdicts for cause in causes}) > 10


@pytest.mark.parametrize("grace", [-1, 0, 1, 2])
@pytest.mark.parametrize("seconds", [0, 1, 2])
@pytest.mark.parametrize("kind", ["Pod", "Deployment"])
def test_sleep_against_odd_grace_periods(comparison: Comparison, kind: str, grace: int, seconds: int) -> None:
    """A negative grace period, which becomes 1 for a Pod but not in a template, affects the limit of hooks."""
    container = {"name": "app", "image": "tried:1", "lifecycle": {"preStop": {"sleep": {"seconds": seconds}}}}
    spec = {"terminationGracePeriodSeconds": grace, "containers": [container]}
    metadata = {"name": "tried", "namespace": "default"}
    labels = {"app": "tried"}
    template = {"metadata": {"labels": labels}, "spec": spec}
    manifest: dict[str, Any] = (
        {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec}
        if kind == "Pod"
        else {
            "apiVersion": "apps/v1",
            "kind": kind,
            "metadata": metadata,
            "spec": {"selector": {"matchLabels": labels}, "template": template},
        }
    )
    assert [] == comparison.differences([manifest])
