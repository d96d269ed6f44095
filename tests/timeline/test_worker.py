"""A single probe worker: counters, errors, holds, manual runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.version import KubernetesVersion
from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.model.pod import PodProbe
from pulumi_probes.timeline.model.result import EventKind, Outcome, Timeline
from pulumi_probes.timeline.model.scenario import FAILS, HANGS, PASSES, Answer, AnswerKind, Life, Track

Play = Callable[..., Timeline]

S = 1000
ERRS = Answer(AnswerKind.ERRS)


def every(period: int, *answers: Answer, then: Answer) -> Track:
    """One response for each period from 0 on, and another one for the rest of the time."""
    listed = (*answers, then)
    return Track(tuple((number * period, answer) for number, answer in enumerate(listed)))


def moments(timeline: Timeline, *kinds: EventKind) -> list[int]:
    """When such events happened, in seconds."""
    return [event.at // S for event in timeline.of_kind(*kinds)]


def begins(timeline: Timeline, kind: ProbeKind, until: int = 10**9) -> list[int]:
    """When attempts began, in seconds."""
    return [
        (run.first + number * run.spacing) // S
        for run in timeline.attempts
        for number in range(run.count)
        if run.kind is kind and run.first + number * run.spacing < until * S
    ]


def test_three_failures_in_a_row_count(play: Play) -> None:
    """A success in between starts the count again."""
    track = every(10 * S, FAILS, FAILS, PASSES, FAILS, FAILS, FAILS, then=PASSES)
    assert [50] == moments(play(Life(liveness=track), Life(), liveness=PodProbe()), EventKind.VERDICT)


def test_errors_neither_count_nor_reset(play: Play) -> None:
    """Failure, error, failure, error, failure is three failures in a row."""
    track = every(10 * S, FAILS, ERRS, FAILS, ERRS, FAILS, then=PASSES)
    assert [40] == moments(play(Life(liveness=track), Life(), liveness=PodProbe()), EventKind.VERDICT)


def test_an_error_is_tried_three_times(play: Play) -> None:
    """An endpoint that sends its status and then stalls takes three timeouts a round, and never fails liveness."""
    stalls = Track(((0, Answer(AnswerKind.ERRS, 60 * S)),))
    timeline = play(Life(liveness=stalls), liveness=PodProbe(timeout=2 * S))
    assert {(6 * S, Outcome.ERROR)} == {(run.duration, run.outcome) for run in timeline.attempts}
    assert [] == moments(timeline, EventKind.VERDICT)


def test_an_endpoint_that_only_errs_is_never_ready(play: Play) -> None:
    """A typo in a named port means that readiness never passes and startup never ends."""
    typo = Track(((0, ERRS),))
    assert [] == moments(play(Life(readiness=typo), readiness=PodProbe()), EventKind.READY)
    assert [] == moments(play(Life(startup=typo), startup=PodProbe()), EventKind.STARTED, EventKind.VERDICT)


def test_liveness_counters_survive_a_crash(play: Play) -> None:
    """Two failures, then a crash: the first failure of the next process is the third."""
    first = Life(liveness=Track(((0, FAILS),)), exits_at=15 * S)
    second = Life(liveness=Track(((0, FAILS),)))
    assert [20] == moments(play(first, second, Life(), liveness=PodProbe()), EventKind.VERDICT)


def test_a_startup_budget_is_shared_across_crashes(play: Play) -> None:
    """A process that crashes while it starts leaves less of the budget to the next one."""
    slow = Life(startup=Track(((0, FAILS), (25 * S, PASSES))), exits_at=12 * S)
    again = Life(startup=Track(((0, FAILS), (25 * S, PASSES))))
    timeline = play(slow, again, startup=PodProbe(failures=3))
    # Failures at 0, 10 (first process) and 20 (second, 8 s old, which alone would have had until 40).
    assert [20] == moments(timeline, EventKind.VERDICT)[:1]


def test_readiness_successes_survive_a_crash(play: Play) -> None:
    """A pod that was Ready needs only one more success where the threshold is three."""
    timeline = play(Life(exits_at=100 * S), Life(), readiness=PodProbe(successes=3), horizon=150 * S)
    assert 100 == moments(timeline, EventKind.READY)[1]


def test_a_kill_resets_the_counters(play: Play) -> None:
    """After a liveness kill the next process has its full budget again."""
    hung = Life(liveness=Track(((0, FAILS),)))
    assert [20, 50, 80] == moments(play(hung, liveness=PodProbe(), horizon=100 * S), EventKind.VERDICT)


def test_a_worker_rests_after_its_verdict(play: Play) -> None:
    """While the container is being stopped, liveness does not probe it; readiness goes on."""
    hung = Life(liveness=Track(((0, FAILS),)), exits_after_sigterm=None)
    timeline = play(hung, Life(), liveness=PodProbe(), readiness=PodProbe(), horizon=60 * S)
    assert [0, 10, 20, 50] == begins(timeline, ProbeKind.LIVENESS)
    assert [0, 10, 20, 30, 40, 50] == begins(timeline, ProbeKind.READINESS)


def test_a_slow_answer_within_the_timeout_passes(play: Play) -> None:
    """Just below the timeout is in time, the timeout itself is not."""
    late = Life(liveness=Track(((0, Answer(AnswerKind.PASSES, 1 * S)),)))
    punctual = Life(liveness=Track(((0, Answer(AnswerKind.PASSES, 1 * S - 1)),)))
    assert [21] == moments(play(late, liveness=PodProbe(), horizon=40 * S), EventKind.VERDICT)
    assert [] == moments(play(punctual, liveness=PodProbe()), EventKind.VERDICT)


def test_an_attempt_under_way_fails_when_the_application_hangs(play: Play) -> None:
    """The answer to a request that was accepted before the hang never comes."""
    busy = Track(((0, Answer(AnswerKind.PASSES, 3 * S)), (101 * S, HANGS)))
    timeline = play(Life(liveness=busy), Life(), liveness=PodProbe(timeout=5 * S, failures=1))
    assert [105] == moments(timeline, EventKind.VERDICT)


def test_attempts_longer_than_the_period_follow_each_other(play: Play) -> None:
    """The period is fiction when the timeout is longer: F * T instead of (F - 1) * P + T."""
    hung = Life(liveness=Track(((0, HANGS),)))
    timeline = play(hung, liveness=PodProbe(period=5 * S, timeout=30 * S), horizon=100 * S)
    assert [0, 30, 60] == begins(timeline, ProbeKind.LIVENESS)[:3]
    assert [90] == moments(timeline, EventKind.VERDICT)


def test_delays_count_from_the_start_of_the_container_for_every_probe(play: Play) -> None:
    """A readiness delay that is over when the startup probe passes costs nothing more."""
    slow = Track(((0, FAILS), (40 * S, PASSES)))
    timeline = play(Life(startup=slow), startup=PodProbe(failures=30), readiness=PodProbe(delay=30 * S))
    assert [40] == moments(timeline, EventKind.READY)


def test_the_start_is_cut_to_a_whole_second(play: Play) -> None:
    """A process that starts at .9 of a second has had its delay of 5 s after 4.1 s."""
    timeline = play(
        Life(),
        liveness=PodProbe(delay=5 * S),
        kubelet=Kubelet(clock_fraction=900, phases={("app", ProbeKind.LIVENESS): 4100}),
    )
    assert 4100 == timeline.attempts[0].first


@pytest.mark.parametrize(("minor", "next_attempt"), [(31, 30), (32, 35)])
def test_a_manual_run_restarts_the_period_from_1_32_on(play: Play, minor: int, next_attempt: int) -> None:
    """Startup success at 25 s triggers readiness at once; before 1.32 its next tick stays where it was."""
    slow = Track(((0, FAILS), (25 * S, PASSES)))
    timeline = play(
        Life(startup=slow),
        startup=PodProbe(period=5 * S, failures=30),
        readiness=PodProbe(period=10 * S),
        kubelet=Kubelet(version=KubernetesVersion(1, minor)),
    )
    assert [25, next_attempt] == begins(timeline, ProbeKind.READINESS)[:2]


def test_readiness_runs_once_more_when_it_has_failed(play: Play) -> None:
    """The transition to not ready synchronises the pod, which triggers another attempt; it may pass at once."""
    blip = Track(((0, PASSES), (100 * S, HANGS), (120 * S + 500, PASSES)))
    timeline = play(Life(readiness=blip), readiness=PodProbe(period=10 * S))
    assert [121] == moments(timeline, EventKind.NOT_READY)
    assert [0, 121] == moments(timeline, EventKind.READY)


def test_manual_successes_count(play: Play) -> None:
    """Three successes need no three periods: the runs that the kubelet makes itself count too."""
    timeline = play(Life(), readiness=PodProbe(period=60 * S, successes=2))
    assert [0] == moments(timeline, EventKind.READY)


def test_a_pod_is_ready_soon_after_it_answers_whatever_the_period(play: Play) -> None:
    """An application that answers at its start is Ready as soon as the kubelet has seen it."""
    timeline = play(Life(), readiness=PodProbe(period=3600 * S), kubelet=Kubelet(seen_after=S))
    assert [2] == moments(timeline, EventKind.READY)


def test_the_periodic_sync_of_the_pod_probes_too(play: Play) -> None:
    """A pod that is not Ready is probed at least every 60 to 90 s, however long its period is."""
    slow = Track(((0, FAILS), (30 * S, PASSES)))
    timeline = play(Life(readiness=slow), readiness=PodProbe(period=3600 * S), kubelet=Kubelet(resync_every=75 * S))
    assert [75] == moments(timeline, EventKind.READY)


def test_readiness_flaps_with_its_application(play: Play) -> None:
    """Both thresholds work again and again."""
    flapping = Track(((0, PASSES), (30 * S, FAILS)), cycle=60 * S)
    timeline = play(Life(readiness=flapping), readiness=PodProbe(period=5 * S, failures=2), horizon=180 * S)
    assert [35, 95, 155] == moments(timeline, EventKind.NO_TRAFFIC)
    assert [0, 60, 120] == moments(timeline, EventKind.TRAFFIC)
