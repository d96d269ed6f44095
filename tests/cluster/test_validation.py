"""Our rules against a real API server: they agree on what it accepts, specification by specification.

`PULUMI_PROBES_SPECIFICATIONS` says how many specifications are tried in all.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest
from harness import ApiError, Client
from harness.specifications import deployments, pods
from hypothesis import HealthCheck, Phase, given, settings

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.rules import evaluate, load_rules

SPECIFICATIONS = int(os.environ.get("PULUMI_PROBES_SPECIFICATIONS", "20000"))

REFUSING_RULES = tuple(rule for rule in load_rules() if rule.is_refused)

MANY = settings(
    max_examples=SPECIFICATIONS // 2,
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@MANY
@given(pod=pods())
def test_pods_are_accepted_or_refused_alike(api_server: Client, pod: dict[str, Any]) -> None:
    """What our rules call refused the API server refuses, and the other way round, for pods."""
    assert_agreement(api_server, pod)


@MANY
@given(deployment=deployments())
def test_deployments_are_accepted_or_refused_alike(api_server: Client, deployment: dict[str, Any]) -> None:
    """The same for Deployments, with the numbers of their rollout."""
    assert_agreement(api_server, deployment)


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
def test_sleep_against_odd_grace_periods(api_server: Client, kind: str, grace: int, seconds: int) -> None:
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
    assert_agreement(api_server, manifest)


def assert_agreement(client: Client, manifest: Mapping[str, Any]) -> None:
    """Both refuse it or both accept it."""
    evaluation = evaluate(read_stack([Manifest(content=manifest)]), REFUSING_RULES)
    assert [] == evaluation.crashes
    ours = [f"{finding.path}: {finding.what} [{finding.code}]" for finding in evaluation.findings]
    theirs = refusals(client, manifest)
    assert bool(theirs) == bool(ours), f"API server: {theirs}\nrules: {ours}"


def refusals(client: Client, manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Why the API server refuses it: a path and a reason each; empty when it accepts."""
    try:
        client.create(manifest, dryRun="All", fieldValidation="Ignore")
    except ApiError as refusal:
        return tuple(f"{field}: {message}" for field, message in refusal.causes) or (str(refusal),)
    return ()
