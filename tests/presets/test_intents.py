"""Presets satisfy their intents, for all numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.model.errors import UnsatisfiableIntent
from pulumi_probes.model.probe import HealthContract, Probe
from pulumi_probes.presets import Preset, load_presets
from pulumi_probes.presets._documentation import EXAMPLE_INTENTS
from pulumi_probes.timeline.bounds.pod import contract_start, pod_budget_seconds
from pulumi_probes.timeline.bounds.probe import detection, guaranteed_start_seconds, hang_detection, unprotected_seconds
from pulumi_probes.timeline.bounds.workload import summarize_contract

PRESETS = pytest.mark.parametrize("preset", load_presets(), ids=lambda preset: preset.name)

intents = st.fixed_dictionaries(
    {
        "starts_within": st.integers(1, 7200),
        "detects_within": st.integers(2, 600),
        "restarts_after": st.integers(1, 3600),
        "drains_within": st.integers(1, 3600),
        "pre_stop_sleep_seconds": st.integers(0, 60),
        "min_ready_seconds": st.integers(0, 300),
        "replicas": st.integers(0, 50),
    }
)


def probes(contract: HealthContract) -> tuple[Probe, Probe, Probe]:
    """The three probes, which every preset has."""
    assert contract.startup is not None
    assert contract.readiness is not None
    assert contract.liveness is not None
    return contract.startup, contract.readiness, contract.liveness


@PRESETS
@given(wanted=intents)
def test_any_start_within_the_intent_survives(preset: Preset, wanted: dict[str, Any]) -> None:
    """The guaranteed start time d + (F-1)·P covers the intent and the liveness probe, by at most one period."""
    startup, _, liveness = probes(preset.build(**wanted))
    wished = max(wanted["starts_within"], guaranteed_start_seconds(liveness))
    assert wished <= guaranteed_start_seconds(startup) < wished + startup.period_seconds


@PRESETS
@given(wanted=intents)
def test_a_restart_is_protected_like_a_start(preset: Preset, wanted: dict[str, Any]) -> None:
    """After a restart, the startup probe's worker wakes up before liveness can fail, in every phase."""
    startup, _, liveness = probes(preset.build(**wanted))
    assert startup.period_seconds <= guaranteed_start_seconds(liveness)
    assert 0 == unprotected_seconds(startup, liveness)


@PRESETS
@given(wanted=intents)
def test_a_hung_pod_leaves_traffic_in_time(preset: Preset, wanted: dict[str, Any]) -> None:
    """The worst case for all phases is at most `detects_within`."""
    _, readiness, _ = probes(preset.build(**wanted))
    assert hang_detection(readiness).latest <= wanted["detects_within"]


@PRESETS
@given(wanted=intents)
def test_liveness_waits_for_the_intent_and_for_readiness(preset: Preset, wanted: dict[str, Any]) -> None:
    """The earliest kill is no earlier than `restarts_after`, and not before the latest verdict of readiness."""
    _, readiness, liveness = probes(preset.build(**wanted))
    assert detection(liveness).earliest >= max(wanted["restarts_after"], detection(readiness).latest)


@PRESETS
@given(wanted=intents)
def test_running_requests_get_their_time(preset: Preset, wanted: dict[str, Any]) -> None:
    """The grace period covers the pause and `drains_within`, with a margin for the exit."""
    shutdown = preset.build(**wanted).shutdown
    left = shutdown.termination_grace_period_seconds - shutdown.pre_stop_sleep_seconds
    assert left > wanted["drains_within"]


@PRESETS
@given(wanted=intents)
def test_a_hung_container_is_not_waited_for_longer_than_a_minute(preset: Preset, wanted: dict[str, Any]) -> None:
    """If draining takes long, startup and liveness have a shorter grace period, which is longer than preStop."""
    contract = preset.build(**wanted)
    _, _, liveness = probes(contract)
    grace = liveness.termination_grace_period_seconds or contract.shutdown.termination_grace_period_seconds
    assert contract.shutdown.pre_stop_sleep_seconds < grace <= 75


@PRESETS
@given(wanted=intents)
def test_deadlines_leave_room_for_the_slowest_rollout(preset: Preset, wanted: dict[str, Any]) -> None:
    """Neither Kubernetes' progress deadline nor Pulumi's await timeout ends a slow rollout."""
    contract = preset.build(**wanted)
    ready = pod_budget_seconds([contract_start(contract)])
    update = summarize_contract(contract, replicas=wanted["replicas"]).plan.waits_for_pods(ready)
    assert contract.rollout.progress_deadline_seconds > ready + wanted["min_ready_seconds"]
    assert contract.rollout.await_timeout_seconds > update


@PRESETS
@given(wanted=intents)
def test_no_attempt_outlasts_its_period(preset: Preset, wanted: dict[str, Any]) -> None:
    """Timeouts never exceed periods, and the API accepts all numbers."""
    for probe in probes(preset.build(**wanted)):
        assert 1 <= probe.timeout_seconds <= probe.period_seconds <= 10
        assert probe.failure_threshold >= 1
        assert 1 == probe.success_threshold


@PRESETS
@pytest.mark.parametrize(
    ("intent", "value", "reason"),
    [
        ("detects_within", 1, "the smallest period and the smallest timeout are 1 s each"),
        ("starts_within", 0, "must be at least 1, not 0"),
        ("restarts_after", -5, "must be at least 1, not -5"),
        ("drains_within", True, "must be a whole number, not True"),
        ("starts_within", 1.5, "must be a whole number, not 1.5"),
        ("pre_stop_sleep_seconds", -1, "must be at least 0, not -1"),
        ("starts_within", 10**9, "must be at most 31536000 (one year in seconds), not 1000000000"),
    ],
)
def test_an_impossible_intent_names_the_limit(preset: Preset, intent: str, value: object, reason: str) -> None:
    """The error names the intent and the reason."""
    arguments: dict[str, Any] = {**EXAMPLE_INTENTS.get(preset.name, {}), intent: value}
    with pytest.raises(UnsatisfiableIntent) as caught:
        preset.build(**arguments)
    assert intent == caught.value.intent
    assert reason in caught.value.reason


def test_only_the_slow_start_has_an_intent_without_a_default() -> None:
    """The start time of a legacy application depends on the application."""
    assert {"slow_start": ("starts_within",)} == {p.name: p.required for p in load_presets() if p.required}
