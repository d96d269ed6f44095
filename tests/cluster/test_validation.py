"""Our rules against a real API server: they agree on what it accepts, specification by specification.

`PULUMI_PROBES_SPECIFICATIONS` says how many specifications are tried in all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from harness import Client
from harness.agreement import Comparison, comparing, refusals
from harness.specifications import batches, deployments, many, pods
from harness.versions import NEWEST, SPECIFICATIONS
from hypothesis import Phase, given, settings

MANY = many(int(os.environ.get("PULUMI_PROBES_SPECIFICATIONS", str(SPECIFICATIONS))) // 2)


@pytest.fixture(scope="module")
def comparison(api_server: Client) -> Iterator[Comparison]:
    """The rules and the API server, asked about the same."""
    with comparing(api_server, NEWEST) as comparison:
        yield comparison


@MANY
@given(several=batches(pods()))
def test_pods_are_accepted_or_refused_alike(comparison: Comparison, several: list[dict[str, Any]]) -> None:
    """What our rules call refused the API server refuses, and the other way round, for pods."""
    assert [] == comparison.differences(several)


@MANY
@given(several=batches(deployments()))
def test_deployments_are_accepted_or_refused_alike(comparison: Comparison, several: list[dict[str, Any]]) -> None:
    """The same for Deployments, with the numbers of their rollout."""
    assert [] == comparison.differences(several)


def test_generator_makes_right_and_wrong_specifications(api_server: Client) -> None:
    """Neither side is rare, or agreement would mean little; and the faults are of many kinds."""
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
    """A negative grace period, which becomes 1 for a pod and stays in a template, changes what a hook may do."""
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
