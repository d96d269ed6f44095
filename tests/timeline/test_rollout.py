"""Updates, step by step, against their closed form and the promises of their strategies."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.errors import MalformedValue
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.values import UNKNOWN
from pulumi_probes.model.version import KubernetesVersion
from pulumi_probes.timeline.bounds.rollout import RolloutPlan, deadline_seconds, read_rollout_plan
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
                ("StatefulSet", "Recreate"),
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
        ordered=kind == "StatefulSet" and draw(st.booleans()),
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
        "StatefulSet": plan.pods if plan.strategy == "Recreate" else max(1, plan.max_unavailable),
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


def test_an_ordered_stateful_set_stops_several_pods_and_starts_them_one_by_one() -> None:
    """No further pod is stopped before all are available; the smallest ordinal starts first."""
    plan = RolloutPlan(kind="StatefulSet", pods=3, max_unavailable=2, ordered=True)
    update = simulate_rollout(plan, ready_after=[10 * S], stop_after=5 * S)
    assert [25 * S, 0, 0] == [pod.deleted_at for pod in update.pods if not pod.is_new]
    assert [(1, 5 * S), (2, 15 * S), (0, 30 * S)] == [(pod.number, pod.created_at) for pod in update.pods if pod.is_new]
    assert 40 * S == update.done_at == S * (plan.rollout_within(10, 5) or 0)


def test_a_parallel_stateful_set_keeps_as_many_pods_out_as_it_may() -> None:
    """The next pod is stopped as soon as one of the new ones is available."""
    plan = RolloutPlan(kind="StatefulSet", pods=4, max_unavailable=2)
    update = simulate_rollout(plan, ready_after=[10 * S, 20 * S, 10 * S], stop_after=5 * S)
    assert [25 * S, 15 * S, 0, 0] == [pod.deleted_at for pod in update.pods if not pod.is_new]
    assert 40 * S == update.done_at


@pytest.mark.parametrize(("ordered", "created"), [(True, [5, 15, 25]), (False, [5, 5, 5])])
def test_a_stateful_set_that_is_recreated_stops_all_pods_first(ordered: bool, created: list[int]) -> None:
    """An ordered one then starts them as at first."""
    plan = RolloutPlan(kind="StatefulSet", strategy="Recreate", pods=3, ordered=ordered)
    update = simulate_rollout(plan, ready_after=[10 * S], stop_after=5 * S)
    assert created == [pod.created_at // S for pod in update.pods if pod.is_new]
    assert update.done_at == S * (plan.rollout_within(10, 5) or 0)


@pytest.mark.parametrize(
    ("minor", "amount", "expected"),
    [(37, 3, 3), (37, "50%", 4), (37, "10%", 1), (37, None, 1), (36, 3, 1), (34, "50%", 1)],
)
def test_several_pods_of_a_stateful_set_are_replaced_since_1_37(
    minor: int, amount: int | str | None, expected: int
) -> None:
    """Percentages are those of all replicas, rounded down, but at least one pod; before, the field is dropped."""
    rolling = {"partition": 2, "maxUnavailable": amount}
    spec = {"replicas": 9, "updateStrategy": {"rollingUpdate": rolling}, "template": TEMPLATE}
    content = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "a"}, "spec": spec}
    (workload,) = read_stack([Manifest(content=content)]).workloads
    plan = read_rollout_plan(workload, version=KubernetesVersion(1, minor))
    assert (7, expected) == (plan.pods, plan.max_unavailable)


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


def plan_of(kind: str, nodes: int | None = None, **spec: Any) -> RolloutPlan:
    """The plan of an object with this specification."""
    content = {
        "apiVersion": "v1" if kind in ("Pod", "ReplicationController") else "apps/v1",
        "kind": kind,
        "metadata": {"name": "cart"},
        "spec": spec or {"template": {"spec": {"containers": [{"name": "cart"}]}}},
    }
    (workload,) = read_stack([Manifest(content=content)]).workloads
    return read_rollout_plan(workload) if nodes is None else read_rollout_plan(workload, nodes=nodes)


TEMPLATE = {"spec": {"containers": [{"name": "cart"}]}}


def test_the_defaults_of_each_kind_are_those_of_the_api_server() -> None:
    """A Deployment replaces its only pod by one more; the others delete first."""
    assert RolloutPlan(pods=1, max_surge=1, max_unavailable=0, progress_deadline_seconds=600) == plan_of("Deployment")
    others: dict[str, Any] = {"max_surge": 0, "max_unavailable": 1, "progress_deadline_seconds": None}
    assert RolloutPlan(kind="StatefulSet", pods=1, ordered=True, **others) == plan_of("StatefulSet")
    assert RolloutPlan(kind="DaemonSet", pods=3, **others) == plan_of("DaemonSet")
    assert RolloutPlan(kind="DaemonSet", pods=5, **others) == plan_of("DaemonSet", nodes=5)
    assert RolloutPlan(kind="ReplicationController", strategy="OnDelete", pods=1, **others) == plan_of(
        "ReplicationController"
    )
    assert RolloutPlan(kind="Pod", strategy="OnDelete", pods=1, **others) == plan_of(
        "Pod", containers=[{"name": "cart"}]
    )
    # Pulumi does not wait for the pods of a ReplicaSet.
    never: dict[str, Any] = {"create_timeout_seconds": None, "update_timeout_seconds": None}
    assert RolloutPlan(kind="ReplicaSet", strategy="OnDelete", pods=4, **others, **never) == plan_of(
        "ReplicaSet", replicas=4, template=TEMPLATE
    )


def test_a_new_plan_is_that_of_a_deployment_with_one_more_pod() -> None:
    """The components create such a Deployment unless they are configured otherwise."""
    plan = RolloutPlan()
    assert ("Deployment", "RollingUpdate", False) == (plan.kind, plan.strategy, plan.ordered)
    assert (1, 1, 0, 0) == (plan.pods, plan.max_surge, plan.max_unavailable, plan.min_ready_seconds)


@pytest.mark.parametrize(
    ("surge", "unavailable", "expected"),
    [
        ("25%", "25%", (3, 2)),
        ("1%", "0%", (1, 0)),
        ("0%", "19%", (0, 1)),
        ("0%", "9%", (0, 1)),
        (0, "0%", (0, 1)),
        (3, 0, (3, 0)),
        (0, 0, (0, 1)),
        (1, "100%", (1, 10)),
    ],
)
def test_shares_of_ten_pods(surge: int | str, unavailable: int | str, expected: tuple[int, int]) -> None:
    """`maxSurge` is rounded up, `maxUnavailable` down, and at least one pod is replaced at a time."""
    rolling: dict[str, Any] = {"maxSurge": surge, "maxUnavailable": unavailable}
    plan = plan_of("Deployment", replicas=10, strategy={"rollingUpdate": rolling}, template=TEMPLATE)
    assert expected == (plan.max_surge, plan.max_unavailable)


@pytest.mark.parametrize(
    ("pods", "share", "expected"),
    [(99, "1%", (1, 0)), (100, "1%", (1, 1)), (101, "1%", (2, 1)), (101, "100%", (101, 101))],
)
def test_shares_around_a_whole_pod(pods: int, share: str, expected: tuple[int, int]) -> None:
    """One percent of 99 pods is less than a pod, of 101 pods more."""
    rolling: dict[str, Any] = {"maxSurge": share, "maxUnavailable": share}
    plan = plan_of("Deployment", replicas=pods, strategy={"rollingUpdate": rolling}, template=TEMPLATE)
    assert expected == (plan.max_surge, plan.max_unavailable)


def test_an_unknown_timeout_is_not_compared() -> None:
    """The annotation is set during deployment."""
    content = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "cart", "annotations": {"pulumi.com/timeoutSeconds": UNKNOWN}},
        "spec": {"template": TEMPLATE},
    }
    plan = read_rollout_plan(read_stack([Manifest(content=content)]).workloads[0])
    assert (None, None) == (plan.create_timeout_seconds, plan.update_timeout_seconds)


def test_the_shares_of_a_daemon_set_are_rounded_up() -> None:
    """Both are shares of the nodes."""
    rolling: dict[str, Any] = {"maxSurge": "10%", "maxUnavailable": "40%"}
    plan = plan_of("DaemonSet", nodes=4, updateStrategy={"rollingUpdate": rolling}, template=TEMPLATE)
    assert (1, 2) == (plan.max_surge, plan.max_unavailable)


def test_recreate_replaces_all_pods_at_once() -> None:
    """All old pods are deleted first, so the fields of a rolling update do not matter."""
    plan = plan_of("Deployment", replicas=4, strategy={"type": "Recreate"}, template=TEMPLATE)
    assert ("Recreate", 0, 4, 1) == (plan.strategy, plan.max_surge, plan.max_unavailable, plan.waves)


def test_a_partition_leaves_the_pods_below_it_alone() -> None:
    """A partition above the number of replicas means that no pod is replaced."""
    plans = [
        plan_of("StatefulSet", replicas=3, updateStrategy={"rollingUpdate": {"partition": number}}, template=TEMPLATE)
        for number in (0, 2, 3, 5)
    ]
    assert [3, 1, 0, 0] == [plan.pods for plan in plans]


def test_a_malformed_share_is_an_error_that_names_the_field() -> None:
    """Text other than a percentage."""
    with pytest.raises(MalformedValue, match="must be a whole number or a percentage such as 25%") as malformed:
        plan_of("Deployment", strategy={"rollingUpdate": {"maxSurge": "half"}}, template=TEMPLATE)
    assert "spec.strategy.rollingUpdate.maxSurge" == str(malformed.value.path)


@pytest.mark.parametrize(
    ("plan", "waves", "deletes_first"),
    [
        (RolloutPlan(pods=0), 0, False),
        (RolloutPlan(pods=0, strategy="Recreate"), 0, True),
        (RolloutPlan(pods=5, max_surge=1, max_unavailable=1), 3, False),
        (RolloutPlan(pods=5, max_surge=0, max_unavailable=0), 5, False),
        (RolloutPlan(pods=5, strategy="Recreate"), 1, True),
        (RolloutPlan(pods=5, kind="StatefulSet"), 5, True),
        (RolloutPlan(pods=5, kind="StatefulSet", max_unavailable=2), 3, True),
        (RolloutPlan(pods=5, kind="StatefulSet", max_unavailable=2, ordered=True), 5, True),
        (RolloutPlan(pods=5, kind="StatefulSet", strategy="Recreate"), 1, True),
        (RolloutPlan(pods=5, kind="DaemonSet", max_surge=0, max_unavailable=2), 3, True),
        (RolloutPlan(pods=5, kind="DaemonSet", max_surge=4, max_unavailable=1), 2, False),
        (RolloutPlan(pods=5, kind="DaemonSet", max_surge=0, max_unavailable=0), 5, True),
    ],
)
def test_the_strategy_decides_how_many_waves_there_are(plan: RolloutPlan, waves: int, deletes_first: bool) -> None:
    """A wave replaces as many pods as may be surplus or unavailable, and at least one."""
    assert (waves, deletes_first) == (plan.waves, plan.deletes_first)


@pytest.mark.parametrize(
    ("plan", "create", "rollout", "gap"),
    [
        (RolloutPlan(pods=0), 0, 0, 60),
        (RolloutPlan(pods=3, min_ready_seconds=5), 65, 3 * 65, 60),
        (RolloutPlan(pods=3, min_ready_seconds=70), 130, 3 * 130, 70),
        (RolloutPlan(pods=3, strategy="Recreate"), 60, 60 + 90, 90),
        (RolloutPlan(pods=3, kind="StatefulSet", ordered=True), 180, 3 * (60 + 90), 60),
        (RolloutPlan(pods=3, kind="StatefulSet"), 60, 3 * (60 + 90), 60),
        (RolloutPlan(pods=3, ordered=True), 60, 180, 60),
        (RolloutPlan(pods=3, strategy="OnDelete"), 60, None, 60),
    ],
)
def test_how_long_pods_take_that_are_ready_after_60_s_and_removed_after_90_s(
    plan: RolloutPlan, create: int, rollout: int | None, gap: int
) -> None:
    """The first rollout, a later one, and the longest time without progress."""
    assert (create, rollout, gap) == (plan.create_within(60), plan.rollout_within(60, 90), plan.longest_gap(60, 90))


def test_pods_without_probes_cause_no_gap() -> None:
    """They are Ready at once; only `Recreate` waits for the old ones."""
    assert (0, 90) == (RolloutPlan().longest_gap(0, 90), RolloutPlan(strategy="Recreate").longest_gap(0, 90))


@pytest.mark.parametrize(("seconds", "deadline"), [(0, 120), (60, 180), (61, 240), (600, 720)])
def test_a_deadline_allows_two_minutes_for_scheduling_and_image_pulls(seconds: int, deadline: int) -> None:
    """In whole minutes."""
    assert deadline == deadline_seconds(seconds)
