"""Presets and rules are independent of each other; this is the proof that they agree."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.codec.probe import write_lifecycle, write_probe
from pulumi_probes.model.manifest import Manifest, PulumiOptions
from pulumi_probes.model.probe import Grpc, HealthContract, Lifecycle, Sleep
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.presets import Preset, load_presets
from pulumi_probes.presets._documentation import example_contract
from pulumi_probes.rules import evaluate, load_rules

PRESETS = pytest.mark.parametrize("preset", load_presets(), ids=lambda preset: preset.name)


def workload(contract: HealthContract, replicas: int = 2) -> list[Manifest]:
    """The smallest Deployment and Service with a contract."""
    shutdown, rollout = contract.shutdown, contract.rollout
    post_start = shutdown.post_start_sleep_seconds
    assert contract.liveness is not None
    container: dict[str, Any] = {
        "name": "app",
        "image": "registry.example/app:1",
        "ports": [{"name": "grpc" if isinstance(contract.liveness.handler, Grpc) else "http", "containerPort": 9090}],
        "lifecycle": write_lifecycle(
            Lifecycle(
                pre_stop=Sleep(seconds=shutdown.pre_stop_sleep_seconds),
                post_start=None if post_start is None else Sleep(seconds=post_start),
            )
        ),
    }
    for kind in ProbeKind:
        probe = contract.probe(kind)
        assert probe is not None
        container[kind.value] = write_probe(probe)
    labels = {"app.kubernetes.io/name": "app"}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "app"},
        "spec": {
            "replicas": replicas,
            "minReadySeconds": rollout.min_ready_seconds,
            "progressDeadlineSeconds": rollout.progress_deadline_seconds,
            "selector": {"matchLabels": labels},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": rollout.max_surge, "maxUnavailable": rollout.max_unavailable},
            },
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "terminationGracePeriodSeconds": shutdown.termination_grace_period_seconds,
                    "containers": [container],
                },
            },
        },
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "app"},
        "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": 9090}]},
    }
    timeout = rollout.await_timeout_seconds
    options = PulumiOptions(create_timeout_seconds=timeout, update_timeout_seconds=timeout)
    return [Manifest(content=deployment, pulumi=options), Manifest(content=service, pulumi=options)]


@PRESETS
@pytest.mark.parametrize("replicas", [1, 2, 5, 20])
def test_every_preset_passes_every_rule(preset: Preset, replicas: int) -> None:
    """With its defaults, a preset has no finding, not even advice, and all rules are evaluated."""
    arguments = {"starts_within": 300} if preset.required else {}
    contract = preset.build(**arguments, replicas=replicas)
    result = evaluate(read_stack(workload(contract, replicas)), load_rules())
    assert [] == [str(finding) for finding in result.findings]
    assert [] == result.not_evaluated
    assert [] == result.crashes


@PRESETS
@pytest.mark.parametrize(
    "wanted",
    [
        {"starts_within": 1, "detects_within": 2, "restarts_after": 1, "drains_within": 1},
        {"starts_within": 3600, "detects_within": 300, "restarts_after": 900, "drains_within": 1800},
        {"starts_within": 600, "pre_stop_sleep_seconds": 60},
    ],
)
def test_presets_pass_at_the_edges_of_their_intents(preset: Preset, wanted: dict[str, int]) -> None:
    """Extreme intents lead to contracts without errors and warnings too."""
    contract = preset.build(**{**({"starts_within": 300} if preset.required else {}), **wanted})
    result = evaluate(read_stack(workload(contract)), load_rules())
    assert [] == [str(finding) for finding in result.findings if finding.severity.value != "advice"]


@PRESETS
def test_the_page_of_presets_shows_each(preset: Preset) -> None:
    """The contract shown on the page can be built."""
    assert example_contract(preset).readiness is not None
