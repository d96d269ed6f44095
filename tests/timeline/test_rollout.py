"""Updates, step by step, against their closed form and the promises of their strategies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.timeline.bounds.rollout import RolloutPlan
from pulumi_probes.timeline.model.scenario import InvalidScenario
from pulumi_probes.timeline.simulator.rollout import simulate_rollout
from pulumi_probes.timeline.simulator.rollout_timeline import RolloutTimeline

S = 1000


@st.composite
def plans(draw: st.DrawFn) -> RolloutPlan:
    """Every kind and strategy that updates by itself."""
    kind, strategy = draw(
        st.sampled_from(
            [
                ("Deployment", "RollingUpdate"),
                ("Deployment", "Recreate"),
                ("StatefulSet", "RollingUpdate"),
                ("DaemonSet", "RollingUpdate"),
            ]
        )
    )
    surge, unavailable = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    if kind == "DaemonSet":
        surge, unavailable = draw(st.sampled_from([(surge or 1, 0), (0, unavailable or 1)]))
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return RolloutPlan(
        kind=kind,
        strategy=strategy,
        pods=draw(st.integers(0, 12)),
        max_surge=surge,
        max_unavailable=unavailable,
        min_ready_seconds=draw(st.integers(0, 20)),
        progress_deadline_seconds=draw(st.integers(21, 200)) if kind == "Deployment" else None,
    )


def milliseconds(least: int, most: int) -> st.SearchStrategy[int]:
    """Whole seconds in milliseconds."""
    return st.integers(least, most).map(lambda number: number * S)


@given(plan=plans(), ready=st.lists(milliseconds(0, 90), min_size=1, max_size=12), stop=milliseconds(0, 60))
def test_an_update_ends_within_its_closed_form(plan: RolloutPlan, ready: list[int], stop: int) -> None:
    """However pods differ, and exactly then when all are as slow as the slowest."""
    bound = plan.rollout_within(max(ready) // S, stop // S)
    assert bound is not None
    assert simulate_rollout(plan, ready_after=ready, stop_after=stop).done_at <= bound * S
    assert bound * S == simulate_rollout(plan, ready_after=[max(ready)], stop_after=stop).done_at


@given(plan=plans(), ready=st.lists(milliseconds(0, 90), min_size=1, max_size=12), stop=milliseconds(0, 60))
def test_no_more_pods_are_missing_than_allowed(plan: RolloutPlan, ready: list[int], stop: int) -> None:
    """Rolling updates keep their promise at every moment."""
    update = simulate_rollout(plan, ready_after=ready, stop_after=stop)
    moments = {moment for pod in update.pods for moment in (pod.deleted_at, pod.available_at) if moment is not None}
    least = min((update.available(moment) for moment in moments), default=plan.pods)
    allowed = {
        "Deployment": plan.pods if plan.strategy == "Recreate" else plan.max_unavailable,
        "StatefulSet": 1,
        "DaemonSet": plan.max_unavailable,
    }[plan.kind]
    assert plan.pods - least <= allowed


@given(plan=plans(), ready=milliseconds(0, 250), stop=milliseconds(0, 60))
def test_the_progress_deadline_bounds_the_longest_gap(plan: RolloutPlan, ready: int, stop: int) -> None:
    """Not the whole update: only a gap that is longer than the deadline reports failure."""
    update = simulate_rollout(plan, ready_after=[ready], stop_after=stop)
    deadline = plan.progress_deadline_seconds
    if deadline is None or plan.pods == 0:
        assert update.failed_at is None
    else:
        assert (update.failed_at is not None) == (plan.longest_gap(ready // S, stop // S) > deadline)


def test_one_surplus_pod_replaces_three_one_by_one() -> None:
    """The usual setting: surge 1, unavailable 0."""
    update = simulate_rollout(RolloutPlan(pods=3), ready_after=[10 * S], stop_after=30 * S)
    assert [0, 10 * S, 20 * S] == [pod.created_at for pod in update.pods if pod.is_new]
    assert [10 * S, 20 * S, 30 * S] == [pod.deleted_at for pod in update.pods if not pod.is_new]
    assert 30 * S == update.done_at


def test_a_stateful_set_begins_with_the_last_pod() -> None:
    """Each pod is stopped, started again and waited for."""
    update = simulate_rollout(RolloutPlan(kind="StatefulSet", pods=2), ready_after=[10 * S], stop_after=5 * S)
    assert [(1, 5 * S, 15 * S), (0, 20 * S, 30 * S)] == [
        (pod.number, pod.created_at, pod.ready_at) for pod in update.pods if pod.is_new
    ]


def test_failure_is_reported_but_stops_nothing() -> None:
    """A pod that needs 700 s exceeds the deadline of 600 s and finishes all the same."""
    update = simulate_rollout(RolloutPlan(pods=1), ready_after=[700 * S], stop_after=0)
    assert (600 * S, 700 * S) == (update.failed_at, update.done_at)
    assert 600 * S == update.as_dict()["progress_deadline_exceeded_ms"]


@pytest.mark.parametrize(
    ("plan", "ready", "stop", "words"),
    [
        (RolloutPlan(strategy="OnDelete"), [S], 0, "no controller replaces"),
        (RolloutPlan(pods=10**6), [S], 0, "too large to simulate"),
        (RolloutPlan(), [-1], 0, "no time may be negative"),
        (RolloutPlan(), [], 0, "at least one"),
    ],
)
def test_nonsense_is_refused(plan: RolloutPlan, ready: list[int], stop: int, words: str) -> None:
    """With words, not with a hang."""
    with pytest.raises(InvalidScenario, match=words):
        simulate_rollout(plan, ready_after=ready, stop_after=stop)


def test_available_counts_old_and_new() -> None:
    """At the moment of a deletion the pod is no longer available."""
    update: RolloutTimeline = simulate_rollout(
        RolloutPlan(pods=1, max_surge=0, max_unavailable=1), ready_after=[S], stop_after=0
    )
    assert [0, 1] == [update.available(0), update.available(S)]
