"""Every closed form holds for every phase of the tickers, and is as tight as can be.

Each test plays the phases at which a bound is reached, and some others: nothing may fall outside, and the extremes
must come within 2 ms of both ends, the clock ticking in milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pulumi_probes.model.probe import Probe, Shutdown, TcpSocket
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.version import DEFAULT, KubernetesVersion
from pulumi_probes.timeline.bounds import probe as bounds
from pulumi_probes.timeline.bounds.probe import Interval
from pulumi_probes.timeline.bounds.workload import summarize
from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.model.pod import Pod, PodContainer, PodProbe
from pulumi_probes.timeline.model.result import Event, EventKind, Timeline
from pulumi_probes.timeline.model.scenario import (
    FAILS,
    HANGS,
    PASSES,
    Answer,
    AnswerKind,
    Life,
    Scenario,
    Script,
    Track,
)
from pulumi_probes.timeline.simulator import simulate

SETTLED = 400_000
"""A moment at which a pod is healthy whatever its probes are, in the tests where it is."""


@st.composite
def probes(draw: st.DrawFn, *, most_successes: int = 1, most_delay: int = 30) -> Probe:
    """A probe, often with a timeout that is longer than its period."""
    return Probe(
        handler=TcpSocket(port=80),
        initial_delay_seconds=draw(st.integers(0, most_delay)),
        period_seconds=draw(st.integers(1, 12)),
        timeout_seconds=draw(st.integers(1, 15)),
        failure_threshold=draw(st.integers(1, 6)),
        success_threshold=draw(st.integers(1, most_successes)),
    )


def pod_probe(probe: Probe) -> PodProbe:
    """The same in milliseconds."""
    return PodProbe(
        delay=probe.initial_delay_seconds * 1000,
        period=probe.period_seconds * 1000,
        timeout=probe.timeout_seconds * 1000,
        failures=probe.failure_threshold,
        successes=probe.success_threshold,
    )


def play(
    life: Life,
    *,
    phase: int = 0,
    fraction: int = 0,
    seen_after: int = 0,
    version: KubernetesVersion = DEFAULT,
    horizon: int = 2 * SETTLED,
    **probes_of_kind: Any,
) -> Timeline:
    """One container, all workers in the same phase."""
    numbers: dict[str, Any] = {kind: pod_probe(probe) for kind, probe in probes_of_kind.items() if probe is not None}
    phases = {("app", kind): phase for kind in ProbeKind}
    return simulate(
        Pod(containers=(PodContainer(name="app", **numbers),)),
        Scenario(name="bounds", scripts={"app": Script(lives=(life,))}, horizon=horizon),
        Kubelet(version=version, phases=phases, clock_fraction=fraction, seen_after=seen_after),
    )


def slow(milliseconds: int) -> Answer:
    """A good answer that comes late."""
    return Answer(AnswerKind.PASSES, milliseconds)


def watching(kind: ProbeKind, probe: Probe) -> dict[str, Any]:
    """The keyword that gives a container this probe."""
    return {kind.word: probe}


def life_of(kind: ProbeKind, track: Track) -> Life:
    """A process that answers one kind of probe in this way."""
    tracks: dict[str, Any] = {kind.word: track}
    return Life(**tracks)


def critical(probe: Probe, *moments: int) -> list[int]:
    """Phases that tick at these moments, just before and just after, and one in between."""
    period = probe.period_seconds * 1000
    ticks = {0, period // 2, *(moment + shift for moment in moments for shift in (-1, 0, 1))}
    return sorted({tick % period for tick in ticks})


def at(event: Event | None) -> int:
    """The moment of an event that must have happened."""
    assert event is not None
    return event.at


def fills(bound: Interval, moments: list[int], *, truncated: bool = False) -> None:
    """Nothing lies outside the bound, and both ends are approached."""
    low, high = bound.earliest * 1000, bound.latest * 1000
    assert all(low <= moment < high for moment in moments), (bound, sorted(moments))
    assert min(moments) <= low + (2 if truncated else 0), (bound, sorted(moments))
    assert max(moments) >= high - 2, (bound, sorted(moments))


def delays(probe: Probe) -> list[tuple[int, int]]:
    """Fractions of the clock at zero with the moment at which the initial delay is over."""
    delay = probe.initial_delay_seconds * 1000
    return [(fraction, max(0, delay - fraction)) for fraction in (0, 500, 999)]


kinds = st.sampled_from([ProbeKind.STARTUP, ProbeKind.LIVENESS])


@given(kind=kinds, probe=probes())
def test_first_attempt(kind: ProbeKind, probe: Probe) -> None:
    """[d - 1, d + P): the first tick when the delay is over, and the start is cut to a whole second."""
    begins = [
        play(Life(), phase=phase, fraction=fraction, **watching(kind, probe)).attempts[0].first
        for fraction, eligible in delays(probe)
        for phase in critical(probe, eligible)
    ]
    fills(bounds.first_attempt(probe), begins, truncated=True)


@given(kind=kinds, probe=probes(), hangs=st.booleans())
def test_container_that_never_answers(kind: ProbeKind, probe: Probe, hangs: bool) -> None:
    """The verdict comes at first attempt + (F - 1) * max(P, r) + r; refusals make it earliest, hangs latest."""
    silent = Track(((0, HANGS if hangs else FAILS),))
    verdicts = [
        at(
            play(life_of(kind, silent), phase=phase, fraction=fraction, **watching(kind, probe)).first(
                EventKind.VERDICT
            )
        )
        for fraction, eligible in delays(probe)
        for phase in critical(probe, eligible)
    ]
    bound = bounds.start_verdict(probe)
    assert all(bound.earliest * 1000 <= verdict < bound.latest * 1000 for verdict in verdicts)
    if hangs:
        assert max(verdicts) >= bound.latest * 1000 - 2
    else:
        assert min(verdicts) <= bound.earliest * 1000 + 2


@given(kind=kinds, probe=probes(), before=st.integers(0, 20_000))
def test_guaranteed_start_survives_every_phase(kind: ProbeKind, probe: Probe, before: int) -> None:
    """A start of d + (F - 1) * P, or any shorter one, survives; one that is 2 ms longer does not in every phase."""
    limit = bounds.guaranteed_start_seconds(probe) * 1000

    def is_killed(answers_at: int) -> Iterator[bool]:
        life = life_of(kind, Track(((0, FAILS), (answers_at, PASSES))) if answers_at else Track(((0, PASSES),)))
        for fraction, eligible in delays(probe):
            for phase in critical(probe, eligible, answers_at):
                yield (
                    play(life, phase=phase, fraction=fraction, **watching(kind, probe)).first(EventKind.VERDICT)
                    is not None
                )

    assert not any(is_killed(max(0, limit - before)))
    assert not any(is_killed(limit))
    assert any(is_killed(limit + 2))


@given(kind=kinds, probe=probes())
def test_start_that_may_survive(kind: ProbeKind, probe: Probe) -> None:
    """A start of d + P + (F - 1) * max(P, T) is always killed, one that is 1 ms shorter survives a lucky phase."""
    limit = bounds.possible_start_seconds(probe) * 1000

    def survives(answers_at: int) -> Iterator[bool]:
        life = life_of(kind, Track(((0, HANGS), (answers_at, PASSES))))
        for phase in critical(probe, probe.initial_delay_seconds * 1000, answers_at):
            yield play(life, phase=phase, **watching(kind, probe)).first(EventKind.VERDICT) is None

    assert not any(survives(limit))
    assert any(survives(limit - 1))


@given(probe=probes(), hang=st.booleans(), odd=st.integers(0, 9999))
def test_liveness_detects(probe: Probe, hang: bool, odd: int) -> None:
    """A hang is found within [(F - 1) * max(P, T) + T, + P), a refusal from (F - 1) * P on."""
    moment = SETTLED + odd
    life = Life(liveness=Track(((0, PASSES), (moment, HANGS if hang else FAILS))))
    found = [
        at(play(life, phase=phase, liveness=probe).first(EventKind.VERDICT)) - moment
        for phase in critical(probe, moment)
    ]
    if hang:
        fills(bounds.hang_detection(probe), found)
        assert max(found) >= bounds.detection(probe).latest * 1000 - 2
    else:
        refusals = (probe.failure_threshold - 1) * probe.period_seconds
        fills(Interval(refusals, refusals + probe.period_seconds), found)
        assert min(found) == bounds.detection(probe).earliest * 1000


@given(probe=probes(most_successes=3), odd=st.integers(0, 9999), minor=st.sampled_from([24, 31, 32, 36]))
def test_readiness_detects(probe: Probe, odd: int, minor: int) -> None:
    """A hung pod leaves traffic within the same bounds, whatever the version does to the phase."""
    version = KubernetesVersion(1, minor)
    calm = play(Life(), readiness=probe, version=version, horizon=SETTLED).attempts[-1]
    tick = calm.last + probe.period_seconds * 1000 * (1 + odd % 3)
    found = []
    for moment in (tick - 1, tick, tick + 1, tick + odd):
        life = Life(readiness=Track(((0, PASSES), (moment, HANGS))))
        found.append(at(play(life, readiness=probe, version=version).first(EventKind.NO_TRAFFIC)) - moment)
    fills(bounds.hang_detection(probe), found)


def patient(probe: Probe) -> Probe:
    """The same, but it never gives up."""
    return replace(probe, failure_threshold=1000)


@given(startup=probes(), waits=st.integers(3, 9), before=st.sampled_from([FAILS, HANGS]))
def test_started(startup: Probe, waits: int, before: Answer) -> None:
    """[max(u, d), max(u, d) + max(P, T) + T), from quick answers after refusals to slow ones after a hang."""
    probe = patient(startup)
    delay, timeout = probe.initial_delay_seconds, probe.timeout_seconds * 1000
    # Hung attempts follow one another from the first one on; this is just after one of them may begin.
    up = delay + 1 + waits * max(probe.timeout_seconds, probe.period_seconds)
    moments = []
    for answer in (PASSES, slow(timeout - 1)):
        life = Life(startup=Track(((0, before), (up * 1000, answer))))
        for phase in critical(probe, up * 1000, (delay + 1) * 1000):
            timeline = play(life, phase=phase, startup=probe)
            moments.append(at(timeline.first(EventKind.STARTED)))
            assert moments[-1] == at(timeline.first(EventKind.READY))
    bound = bounds.started(probe, up)
    assert all(bound.earliest * 1000 <= moment < bound.latest * 1000 for moment in moments)
    if before == FAILS:
        assert min(moments) == bound.earliest * 1000
    else:
        assert max(moments) >= bound.latest * 1000 - 2


@given(
    readiness=probes(most_successes=4),
    startup=st.one_of(st.none(), probes()),
    up=st.integers(0, 60),
    minor=st.sampled_from([24, 31, 32, 36]),
    before=st.sampled_from([FAILS, HANGS]),
    lateness=st.sampled_from([0, 500, 999]),
)
def test_ready(readiness: Probe, startup: Probe | None, up: int, minor: int, before: Answer, lateness: int) -> None:
    """Ready comes no earlier than answers, delay and startup probe allow, and no later than the closed form says."""
    answer = slow(min(lateness, readiness.timeout_seconds * 1000 - 1))
    first = None if startup is None else patient(startup)
    track = Track(((0, before), (up * 1000, answer))) if up else Track(((0, answer),))
    bound = bounds.ready(first, readiness, up)
    for fraction in (0, 999):
        for phase in critical(readiness, up * 1000, readiness.initial_delay_seconds * 1000 - fraction):
            timeline = play(
                Life(startup=track, readiness=track),
                phase=phase,
                fraction=fraction,
                version=KubernetesVersion(1, minor),
                startup=first,
                readiness=readiness,
            )
            assert bound.earliest * 1000 <= at(timeline.first(EventKind.READY)) < bound.latest * 1000


@given(readiness=probes(most_successes=4), waits=st.integers(3, 9))
def test_ready_without_startup_probe_takes_up_to_s_periods(readiness: Probe, waits: int) -> None:
    """The latest, max(u, d) + S * max(P, T) + T, is reached before 1.32, where the phase does not restart."""
    delay, timeout = readiness.initial_delay_seconds, readiness.timeout_seconds * 1000
    up = delay + 1 + waits * max(readiness.timeout_seconds, readiness.period_seconds)
    bound = bounds.ready(None, readiness, up)
    latest = 0
    for seen_after in (0, (up * 1000 - 1) % timeout):
        for phase in critical(readiness, up * 1000, (delay + 1) * 1000):
            life = Life(readiness=Track(((0, HANGS), (up * 1000, slow(timeout - 1)))))
            timeline = play(
                life, phase=phase, seen_after=seen_after, version=KubernetesVersion(1, 31), readiness=readiness
            )
            latest = max(latest, at(timeline.first(EventKind.READY)))
    assert bound.latest * 1000 - 2 - readiness.success_threshold <= latest < bound.latest * 1000


@given(readiness=probes(most_successes=4), odd=st.integers(0, 9999), minor=st.sampled_from([31, 32]))
def test_recovery(readiness: Probe, odd: int, minor: int) -> None:
    """A pod that answers again is Ready again before S * max(P, T) + T are over."""
    broken, healed = SETTLED // 2, SETTLED + odd
    for answer in (PASSES, slow(readiness.timeout_seconds * 1000 - 1)):
        track = Track(((0, PASSES), (broken, HANGS), (healed, answer)))
        timeline = play(Life(readiness=track), version=KubernetesVersion(1, minor), readiness=readiness)
        again = at(timeline.first(EventKind.READY, since=healed)) - healed
        assert 0 <= again < bounds.recovery(readiness).latest * 1000


@given(pre_stop=st.integers(0, 40), grace=st.integers(1, 40), patience=st.one_of(st.none(), st.integers(0, 50)))
def test_stop(pre_stop: int, grace: int, patience: int | None) -> None:
    """PreStop within the grace period, the process' own time within the rest of it, and at least 2 s of that."""
    pod = Pod(containers=(PodContainer(name="app", pre_stop=pre_stop * 1000),), grace=grace * 1000)
    life = Life(exits_after_sigterm=None if patience is None else patience * 1000)
    scenario = Scenario(name="stop", scripts={"app": Script(lives=(life,))}, deleted_at=10_000)
    gone = at(simulate(pod, scenario).first(EventKind.GONE)) - 10_000
    pause = min(pre_stop, grace)
    rest = max(2, grace - pause)
    assert (pause + (rest if patience is None else min(patience, rest))) * 1000 == gone
    assert gone <= bounds.stop_seconds(pre_stop, grace) * 1000
    if patience is None:
        assert gone == bounds.stop_seconds(pre_stop, grace) * 1000


def _hung(timeline: Timeline, kind: EventKind, since: int) -> int:
    return at(timeline.first(kind, since=since)) - since


@given(
    readiness=probes(),
    liveness=probes(),
    pre_stop=st.integers(0, 10),
    grace=st.integers(1, 20),
    ignores=st.booleans(),
    odd=st.integers(0, 9999),
)
def test_summary_of_a_hang(
    readiness: Probe, liveness: Probe, pre_stop: int, grace: int, ignores: bool, odd: int
) -> None:
    """The summary of a hung pod holds for processes that react to SIGTERM and for those that do not."""
    shutdown = Shutdown(pre_stop_sleep_seconds=pre_stop, termination_grace_period_seconds=grace)
    summary = summarize(None, readiness, liveness, shutdown=shutdown)
    moment = SETTLED + odd
    track = Track(((0, PASSES), (moment, HANGS)))
    life = Life(readiness=track, liveness=track, exits_after_sigterm=None if ignores else 0)
    pod = Pod(
        containers=(
            PodContainer(
                name="app", readiness=pod_probe(readiness), liveness=pod_probe(liveness), pre_stop=pre_stop * 1000
            ),
        ),
        grace=grace * 1000,
    )
    restarted = []
    for phase in critical(liveness, moment):
        timeline = simulate(
            pod,
            Scenario(name="hang", scripts={"app": Script(lives=(life, Life()))}, horizon=2 * SETTLED),
            Kubelet(phases={("app", ProbeKind.LIVENESS): phase}),
        )
        restarted.append(_hung(timeline, EventKind.RUNNING, moment))
        killed, leaves = summary.hung_killed, summary.hung_leaves_traffic
        assert killed is not None
        assert leaves is not None
        assert killed.earliest * 1000 <= _hung(timeline, EventKind.VERDICT, moment) < killed.latest * 1000
        traffic_ends = timeline.first(EventKind.NO_TRAFFIC, since=moment)
        # The restart takes traffic away too, if it comes first.
        assert at(traffic_ends) - moment < max(leaves.latest * 1000, restarted[-1] + 1)
    bound = summary.hung_restarted
    assert bound is not None
    assert all(bound.earliest * 1000 <= moment < bound.latest * 1000 for moment in restarted)
    if ignores:
        assert max(restarted) >= bound.latest * 1000 - 2
    else:
        assert min(restarted) == bound.earliest * 1000


@given(
    startup=st.one_of(st.none(), probes()),
    readiness=st.one_of(st.none(), probes(most_successes=2)),
    liveness=probes(),
    share=st.floats(0, 1),
    post_start=st.one_of(st.none(), st.integers(0, 15)),
)
def test_summary_of_a_start(
    startup: Probe | None, readiness: Probe | None, liveness: Probe, share: float, post_start: int | None
) -> None:
    """A start within the guarantee is never killed and is Ready within the promise, a hook after the start included."""
    summary = summarize(
        startup,
        readiness,
        liveness,
        shutdown=Shutdown(pre_stop_sleep_seconds=0, post_start_sleep_seconds=post_start),
    )
    guaranteed = summary.guaranteed_start
    assert guaranteed is not None
    up = round(guaranteed * share) * 1000
    track = Track(((0, FAILS), (up, PASSES))) if up else Track(((0, PASSES),))
    container = PodContainer(
        name="app",
        startup=None if startup is None else pod_probe(startup),
        readiness=None if readiness is None else pod_probe(readiness),
        liveness=pod_probe(liveness),
        post_start=(post_start or 0) * 1000,
    )
    for phase in critical(startup or liveness, up, (post_start or 0) * 1000):
        timeline = simulate(
            Pod(containers=(container,)),
            Scenario(
                name="start",
                scripts={"app": Script(lives=(Life(startup=track, readiness=track, liveness=track),))},
                horizon=SETTLED,
            ),
            Kubelet(phases={("app", kind): phase for kind in ProbeKind}, clock_fraction=phase % 1000),
        )
        assert timeline.first(EventKind.VERDICT) is None
        assert summary.ready_within is not None
        assert at(timeline.first(EventKind.READY)) <= summary.ready_within * 1000


FORMULAS: list[tuple[str, Callable[[Probe], object], object]] = [
    ("first attempt", bounds.first_attempt, Interval(4, 15)),
    ("killed when never up", bounds.start_verdict, Interval(24, 37)),
    ("guaranteed start", bounds.guaranteed_start_seconds, 24),
    ("start that may survive", bounds.possible_start_seconds, 35),
    ("detection of any failure", bounds.detection, Interval(20, 32)),
    ("detection of a hang", bounds.hang_detection, Interval(22, 32)),
    ("nominal detection", bounds.nominal_detection_seconds, 30),
    ("recovery", bounds.recovery, Interval(0, 12)),
]


@pytest.mark.parametrize(("name", "formula", "expected"), FORMULAS, ids=[name for name, _, _ in FORMULAS])
def test_formulas_by_hand(name: str, formula: Callable[[Probe], object], expected: object) -> None:
    """D = 5, P = 10, T = 2, F = 3: the numbers that one gets with a pencil."""
    probe = Probe(handler=TcpSocket(port=80), initial_delay_seconds=5, timeout_seconds=2)
    assert expected == formula(probe), name


def test_the_defaults_detect_as_the_reference_says() -> None:
    """Kubernetes' defaults: refused 20 to 30 s, hung 21 to 31 s, and only 20 s of start-up guaranteed."""
    probe = Probe(handler=TcpSocket(port=80))
    assert (20, 31) == (bounds.detection(probe).earliest, bounds.detection(probe).latest)
    assert Interval(21, 31) == bounds.hang_detection(probe)
    assert 20 == bounds.guaranteed_start_seconds(probe)


def test_a_container_without_probes_is_ready_as_soon_as_it_is_seen() -> None:
    """Its application is not asked, so the time at which it responds does not matter."""
    assert Interval(0, 0) == bounds.started(None, 60) == bounds.ready(None, None, 60)
    assert Interval(7, 7) == bounds.started(None, 60, 7) == bounds.ready(None, None, 60, 7)


@pytest.mark.parametrize(
    ("readiness", "expected"),
    [
        (Probe(handler=TcpSocket(port=80), period_seconds=60), Interval(0, 3 + 1)),
        (Probe(handler=TcpSocket(port=80), period_seconds=5, success_threshold=3), Interval(0, 3 + 2 * 5 + 1)),
        (Probe(handler=TcpSocket(port=80), initial_delay_seconds=60), Interval(59, 70 + 1)),
        (Probe(handler=TcpSocket(port=80), initial_delay_seconds=1, period_seconds=1), Interval(0, 3 + 1)),
    ],
    ids=["long period", "three successes", "long delay", "short delay"],
)
def test_the_startup_probe_triggers_readiness_unless_its_delay_is_not_over(
    readiness: Probe, expected: Interval
) -> None:
    """The startup probe takes up to P + T = 3 s; a longer delay costs up to one period of the readiness probe."""
    assert expected == bounds.ready(Probe(handler=TcpSocket(port=80), period_seconds=2), readiness, 0)


@pytest.mark.parametrize(("interval", "text"), [(Interval(10, 14), "10-14 s"), (Interval(5, 5), "5 s")])
def test_an_interval_as_text(interval: Interval, text: str) -> None:
    """As it is written in the table of presets."""
    assert text == str(interval)
