"""A container that its liveness probe has restarted counts as started until its startup worker wakes up."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from msgspec.structs import replace

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.version import KubernetesVersion
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.bounds.probe import unprotected_seconds
from pulumi_probes.timeline.drawing.event_log import event_log
from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.model.pod import Pod, PodContainer, PodProbe
from pulumi_probes.timeline.model.result import EventKind, Timeline
from pulumi_probes.timeline.model.scenario import FAILS, PASSES, Life, Scenario, Script, Track
from pulumi_probes.timeline.simulator import simulate

Play = Callable[..., Timeline]

S = 1000
V1_34, V1_35, V1_37 = (KubernetesVersion(1, minor) for minor in (34, 35, 37))

FAILS_LATER = Life(liveness=Track(((0, PASSES), (22_500, FAILS))))
SLOW = Life(startup=Track(((0, FAILS), (60 * S, PASSES))), liveness=Track(((0, FAILS), (60 * S, PASSES))))
LONG = PodProbe(period=20 * S, failures=10)
IMPATIENT = PodProbe(period=2 * S, failures=2)


def moments(timeline: Timeline, *kinds: EventKind) -> list[int]:
    """When such events happened, in seconds."""
    return [event.at // S for event in timeline.of_kind(*kinds)]


def restarts_before_start(timeline: Timeline) -> int:
    """The processes after the first one that liveness has killed although they never passed the startup probe."""
    started = {event.life for event in timeline.of_kind(EventKind.STARTED)}
    killed = {event.life for event in timeline.of_kind(EventKind.KILLING) if event.probe is ProbeKind.LIVENESS}
    return len(killed - started)


@pytest.mark.parametrize(("seen_after", "starts_after"), [(0, 100), (900, 300)])
@pytest.mark.parametrize("version", [V1_35, V1_37])
def test_liveness_kills_a_restarted_process_that_is_slow(
    play: Play, version: KubernetesVersion, seen_after: int, starts_after: int
) -> None:
    """As seen on a real node: killed again 4 s after each restart, until CrashLoopBackOff shows the container down."""
    kubelet = Kubelet(version=version, seen_after=seen_after, starts_after=starts_after)
    timeline = play(FAILS_LATER, SLOW, startup=LONG, liveness=IMPATIENT, kubelet=kubelet)
    assert [26, 30, 34] == moments(timeline, EventKind.VERDICT)
    assert [2, 3] == [event.life for event in timeline.of_kind(EventKind.INHERITS_STARTED)]
    assert 44 == moments(timeline, EventKind.RUNNING)[3]
    assert [20] == [run.first // S for run in timeline.attempts if run.kind is ProbeKind.STARTUP and run.life < 4]


def test_before_1_35_the_restart_is_protected(play: Play) -> None:
    """The second process has the time that its startup probe allows."""
    timeline = play(FAILS_LATER, SLOW, startup=LONG, liveness=IMPATIENT, kubelet=Kubelet(version=V1_34))
    assert [26] == moments(timeline, EventKind.VERDICT)
    assert [] == moments(timeline, EventKind.INHERITS_STARTED)
    assert [0, 100] == moments(timeline, EventKind.STARTED)


@pytest.mark.parametrize("version", [V1_34, V1_35, V1_37])
def test_after_a_crash_the_start_is_protected(play: Play, version: KubernetesVersion) -> None:
    """A sync sees the container down in between, so nothing is inherited."""
    timeline = play(Life(exits_at=26 * S), SLOW, startup=LONG, liveness=IMPATIENT, kubelet=Kubelet(version=version))
    assert [] == moments(timeline, EventKind.VERDICT, EventKind.INHERITS_STARTED)


@pytest.mark.parametrize("version", [V1_34, V1_37])
def test_after_a_kill_by_the_startup_probe_the_start_is_protected(play: Play, version: KubernetesVersion) -> None:
    """The process before had not started either."""
    never = Life(startup=Track(((0, FAILS),)))
    timeline = play(
        never,
        SLOW,
        startup=PodProbe(period=20 * S),
        liveness=IMPATIENT,
        kubelet=Kubelet(version=version),
        horizon=90 * S,
    )
    assert [] == moments(timeline, EventKind.INHERITS_STARTED)


def test_the_startup_worker_sets_it_back_and_probes_a_period_later(play: Play) -> None:
    """Its first wake-up only stores the initial result, so the first attempt comes 20 s after that."""
    patient = PodProbe(period=5 * S, failures=5)
    timeline = play(FAILS_LATER, SLOW, startup=LONG, liveness=patient, readiness=PodProbe())
    assert [45] == moments(timeline, EventKind.INHERITS_STARTED)
    assert [60] == moments(timeline, EventKind.NOT_STARTED)
    assert [80, 100, 120] == [
        (run.first + number * run.spacing) // S
        for run in timeline.attempts
        if (run.kind, run.life) == (ProbeKind.STARTUP, 2)
        for number in range(run.count)
    ]
    assert [0, 120] == moments(timeline, EventKind.STARTED)


def test_readiness_is_probed_too(play: Play) -> None:
    """A process whose readiness endpoint answers at once is Ready, then not Ready, then Ready again."""
    timeline = play(FAILS_LATER, SLOW, startup=LONG, liveness=PodProbe(period=7 * S), readiness=PodProbe(period=3 * S))
    assert [0, 42, 120] == moments(timeline, EventKind.READY)
    assert [42, 60] == moments(timeline, EventKind.NOT_READY)


def test_a_sidecar_is_killed_when_its_startup_probe_passes() -> None:
    """The kubelet acts on a sidecar's liveness result only after a startup success, and keeps the result until then."""
    side = PodContainer(name="side", role=ContainerRole.SIDECAR, startup=LONG, liveness=IMPATIENT)
    pod = Pod(containers=(PodContainer(name="app"),), init_containers=(side,), restart_policy="Never")
    scenario = Scenario(name="test", scripts={"side": Script(lives=(FAILS_LATER, SLOW))}, horizon=200 * S)
    timeline = simulate(pod, scenario, Kubelet(version=V1_37, starts_after=100))
    assert [26, 100, 180] == moments(timeline, EventKind.INHERITS_STARTED)
    assert [20, 100, 180] == moments(timeline, EventKind.STARTED)
    assert [26, 100, 180] == moments(timeline, EventKind.KILLING)


def test_the_log_says_why(play: Play) -> None:
    """The reader of a timeline must see why a process that has not started is killed."""
    timeline = play(FAILS_LATER, SLOW, startup=LONG, liveness=PodProbe(period=5 * S, failures=5))
    texts = {entry.at // S: entry.text for entry in event_log(timeline)}
    assert texts[45].endswith("app counts as started before its startup probe has run")
    assert texts[60].startswith("app no longer counts as started")


@pytest.mark.parametrize(
    ("startup", "liveness", "delay"),
    [
        *((startup, (period, failures), 0) for startup in (3, 10) for period, failures in ((2, 2), (3, 1), (5, 3))),
        *((10, (10, failures), 0) for failures in (1, 2)),
        *((7, (3, failures), 0) for failures in (2, 3, 4)),
        *((10, (3, 2), delay) for delay in (3, 5, 8, 9)),
    ],
)
def test_the_bound_is_exact(play: Play, startup: int, liveness: tuple[int, int], delay: int) -> None:
    """Over all phases and stops, a restarted process is killed before its start if and only if the bound says so.

    A process that stops at once leaves a whole period until the next attempt; one that stops slowly may leave none.
    With a delay, the start's truncation to whole seconds takes up to 1 s, which whole-second phases do not show.
    """
    first = PodProbe(period=startup * S, failures=60)
    second = PodProbe(period=liveness[0] * S, failures=liveness[1], delay=delay * S)
    probes = {"startup": first, "liveness": second}
    killed = 0
    for one, stops, fraction in product(range(startup), range(liveness[0]), (0, 900) if delay else (0,)):
        kubelet = Kubelet(
            version=V1_37,
            clock_fraction=fraction,
            starts_after=100,
            phases={("app", ProbeKind.STARTUP): one * S + 550, ("app", ProbeKind.LIVENESS): 0},
        )
        timeline = play(
            replace(FAILS_LATER, exits_after_sigterm=stops * S + 800), SLOW, **probes, kubelet=kubelet, horizon=100 * S
        )
        killed += restarts_before_start(timeline)
    assert (killed > 0) is (unprotected_seconds(first, second) > 0)
