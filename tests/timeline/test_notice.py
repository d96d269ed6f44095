"""When the kubelet notices what happened: seen on real ones, and why two pods with the same probes may differ."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_probes.model.version import KubernetesVersion
from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.model.pod import PodProbe
from pulumi_probes.timeline.model.result import EventKind, Timeline
from pulumi_probes.timeline.model.scenario import FAILS, Life, Track

Play = Callable[..., Timeline]

S = 1000


@pytest.mark.parametrize(("minor", "ready_at"), [(35, 900), (36, 0)])
def test_a_start_of_its_own_is_noticed_at_once_from_1_36_on(play: Play, minor: int, ready_at: int) -> None:
    """Until 1.35 a container without probes is Ready when the kubelet next looks, from 1.36 on when it runs."""
    timeline = play(kubelet=Kubelet(version=KubernetesVersion(1, minor), seen_after=900), horizon=10 * S)
    assert [ready_at] == [event.at for event in timeline.of_kind(EventKind.READY)]


@pytest.mark.parametrize("minor", [35, 36])
def test_a_crash_is_noticed_when_the_kubelet_next_looks(play: Play, minor: int) -> None:
    """Whatever the version, an exit that the kubelet did not cause costs up to a second more."""
    kubelet = Kubelet(version=KubernetesVersion(1, minor), seen_after=900)
    timeline = play(Life(exits_at=5 * S), Life(), kubelet=kubelet, horizon=20 * S)
    first, second = timeline.lives("app")
    assert (5 * S, 5900) == (first.end, second.begin)


def test_a_late_second_look_moves_the_readiness_grid(play: Play) -> None:
    """The first readiness run that finds the process comes with the second sync, and the period begins with it."""
    kubelet = Kubelet(version=KubernetesVersion(1, 36), second_looks={("app", 1): 700})
    readiness = PodProbe(period=2 * S, failures=1)
    timeline = play(
        Life(readiness=Track(((0, FAILS), (3500, FAILS)))), kubelet=kubelet, readiness=readiness, horizon=7 * S
    )
    attempts = [run.first + index * run.spacing for run in timeline.attempts for index in range(run.count)]
    assert [700, 2700, 4700, 6700] == sorted(set(attempts))


def test_each_start_can_have_a_latency_of_its_own(play: Play) -> None:
    """The latency of one start does not affect the others."""
    kubelet = Kubelet(starts_after=100, starts={("app", 2): 3 * S})
    timeline = play(Life(exits_at=1 * S), Life(exits_at=1 * S), Life(), kubelet=kubelet, horizon=60 * S)
    assert [100, 4100, 15_200] == [span.begin for span in timeline.lives("app")]
