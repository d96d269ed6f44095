"""The pod worker: kills, grace periods, restarts, back-off, endpoints, sidecars, deletion."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.version import KubernetesVersion
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.model.kubelet import BackOffSettings, Kubelet
from pulumi_probes.timeline.model.pod import Pod, PodContainer, PodProbe
from pulumi_probes.timeline.model.result import Event, EventKind, Span, Timeline
from pulumi_probes.timeline.model.scenario import FAILS, HANGS, PASSES, Life, Scenario, Script, Track
from pulumi_probes.timeline.simulator import simulate

Play = Callable[..., Timeline]

S = 1000
NEVER_ALIVE = Life(liveness=Track(((0, FAILS),)))
NEVER_STARTED = Life(startup=Track(((0, FAILS),)))
FAST = PodProbe(period=1 * S, failures=1)


def moments(timeline: Timeline, *kinds: EventKind, container: str | None = None) -> list[int]:
    """When such events happened, in seconds."""
    return [event.at // S for event in timeline.of_kind(*kinds, container=container)]


def only(timeline: Timeline, kind: EventKind) -> Event:
    """The first such event, which must exist."""
    event = timeline.first(kind)
    assert event is not None
    return event


def pauses(timeline: Timeline) -> list[int]:
    """Milliseconds from each end of a process to the beginning of the next one."""
    return [following.begin - ended.end for ended, following in pairwise(timeline.lives("app"))]


# Which grace period applies.


@pytest.mark.parametrize(
    ("life", "probe", "pod_grace", "expected"),
    [
        (NEVER_ALIVE, {"liveness": PodProbe(failures=1)}, 30, 30),
        (NEVER_ALIVE, {"liveness": PodProbe(failures=1, grace=5 * S)}, 30, 5),
        (NEVER_ALIVE, {"liveness": PodProbe(failures=1, grace=90 * S)}, 30, 90),
        (NEVER_STARTED, {"startup": PodProbe(failures=1, grace=7 * S)}, 30, 7),
        (NEVER_STARTED, {"startup": PodProbe(failures=1), "liveness": PodProbe(grace=9 * S)}, 30, 30),
        (NEVER_ALIVE, {"liveness": PodProbe(failures=1, grace=1 * S)}, 30, 2),
        (NEVER_ALIVE, {"liveness": PodProbe(failures=1)}, 0, 2),
    ],
)
def test_a_probes_own_grace_period_wins(
    play: Play, life: Life, probe: dict[str, PodProbe], pod_grace: int, expected: int
) -> None:
    """The failed probe's value, else the pod's; never less than 2 s."""
    stubborn = Life(startup=life.startup, liveness=life.liveness, exits_after_sigterm=None)
    timeline = play(stubborn, Life(), grace=pod_grace * S, **probe)
    assert expected * S == only(timeline, EventKind.EXITED).at - only(timeline, EventKind.KILLING).at


@pytest.mark.parametrize(
    ("pre_stop", "grace", "exits_after", "expected"),
    [
        (5, 30, 0, 5),
        (5, 30, 10, 15),
        (5, 30, None, 30),
        (30, 30, None, 32),
        (40, 30, None, 32),
        (40, 30, 1, 31),
        (29, 30, None, 31),
        (0, 30, 60, 30),
    ],
)
def test_pre_stop_is_part_of_the_grace_period(
    play: Play, pre_stop: int, grace: int, exits_after: int | None, expected: int
) -> None:
    """PreStop + min(the process' own time, max(2, grace - preStop)); the hook is cut at the grace period."""
    life = Life(exits_after_sigterm=None if exits_after is None else exits_after * S)
    timeline = play(life, pre_stop=pre_stop * S, grace=grace * S, deleted_at=50 * S)
    assert expected * S == only(timeline, EventKind.GONE).at - 50 * S


def test_a_fraction_of_a_second_of_pre_stop_is_not_deducted(play: Play) -> None:
    """The kubelet deducts whole seconds, so 1.9 s of preStop cost one."""
    timeline = play(Life(exits_after_sigterm=None), pre_stop=1900, grace=10 * S, deleted_at=S)
    assert 1900 + 9 * S == only(timeline, EventKind.GONE).at - S


def test_restart_policy_never_takes_the_pods_grace_period(play: Play) -> None:
    """Nothing is left to run, so the pod as a whole is ended, and the probe's own grace period does not count."""
    stubborn = Life(liveness=Track(((0, FAILS),)), exits_after_sigterm=None)
    timeline = play(stubborn, liveness=PodProbe(failures=1, grace=5 * S), restart_policy="Never")
    assert [30] == moments(timeline, EventKind.COMPLETED)
    assert 1 == len(timeline.lives("app"))


# Restarts.


def test_crash_delays(play: Play) -> None:
    """0, 10, 20, 40, 80, 160, 300, 300 s after the exit."""
    timeline = play(Life(exits_at=S), horizon=1500 * S)
    assert [0, 10, 20, 40, 80, 160, 300, 300] == [pause // S for pause in pauses(timeline)][:8]


def test_a_life_of_ten_minutes_is_forgiven(play: Play) -> None:
    """After more than 600 s of running the delays begin again."""
    timeline = play(*[Life(exits_at=S)] * 4, Life(exits_at=700 * S), Life(exits_at=S), horizon=900 * S)
    assert [0, 10, 20, 40, 0, 10] == [pause // S for pause in pauses(timeline)][:6]


def test_a_configured_longest_delay(play: Play) -> None:
    """A kubelet may cap the delays, also below the first one."""
    kubelet = Kubelet(version=KubernetesVersion(1, 35), back_off=BackOffSettings(initial=10 * S, longest=5 * S))
    timeline = play(Life(exits_at=S), kubelet=kubelet, horizon=60 * S)
    assert [0, 5, 5, 5] == [pause // S for pause in pauses(timeline)][:4]


@pytest.mark.parametrize("length", [11, 25, 50, 70, 150, 290])
def test_probe_kills_reach_crash_loop_back_off_late(play: Play, length: int) -> None:
    """The first refused restart is the smallest k >= 3 with 10 * 2^(k - 3) > L, L the time between exits."""
    hung = Life(liveness=Track(((0, FAILS),)), exits_after_sigterm=0)
    probe = PodProbe(period=S, failures=length + 1)
    timeline = play(hung, liveness=probe, horizon=40 * length * S)
    exits = moments(timeline, EventKind.EXITED)
    refused = only(timeline, EventKind.BACK_OFF).at // S
    between = exits[1] - exits[0]
    expected = next(k for k in range(3, 20) if min(300, 10 * 2 ** (k - 3)) > between)
    assert expected == exits.index(refused) + 1


def test_probe_kills_every_five_minutes_never_back_off(play: Play) -> None:
    """If 300 s or more lie between two exits, every restart is immediate."""
    hung = Life(liveness=Track(((0, FAILS),)))
    timeline = play(hung, liveness=PodProbe(period=S, failures=301), horizon=7200 * S)
    assert 20 < timeline.restarts("app")
    assert [] == moments(timeline, EventKind.BACK_OFF)


def test_the_published_run(play: Play) -> None:
    """kubernetes#99697 (d = 20, P = 10, F = 5): five immediate restarts 70 s apart, the sixth waits 80 s and more."""
    hung = Life(liveness=Track(((0, FAILS),)), exits_after_sigterm=None)
    timeline = play(
        hung,
        liveness=PodProbe(delay=20 * S, failures=5),
        grace=5 * S,
        kubelet=Kubelet(
            version=KubernetesVersion(1, 24),
            phases={("app", ProbeKind.LIVENESS): 2 * S},
            starts_after=2 * S,
            requeue_jitter=100,
        ),
        horizon=600 * S,
    )
    starts = moments(timeline, EventKind.RUNNING)
    published = [67, 137, 206, 276, 346]
    assert all(abs(start - expected) <= 3 for start, expected in zip(starts[1:6], published, strict=True))
    refused = only(timeline, EventKind.BACK_OFF).at // S
    assert abs(refused - 416) <= 3
    assert 80 <= starts[6] - refused <= 80 + 16


@pytest.mark.parametrize(
    ("minor", "nominal", "latest"),
    [
        *[(34, nominal, nominal + 16) for nominal in (10, 20, 40, 80, 160, 300)],
        (35, 10, 16),
        (35, 20, 31),
        (35, 40, 61),
        (35, 80, 91),
        (35, 160, 182),
        (35, 300, 331),
    ],
)
@pytest.mark.parametrize("jitter", [0, 50, 100])
def test_a_refused_start_is_tried_again(play: Play, minor: int, nominal: int, latest: int, jitter: int) -> None:
    """Before 1.35 every 10 to 15 s, from then on when the back-off ends, or up to half as much later."""
    kubelet = Kubelet(version=KubernetesVersion(1, minor), requeue_jitter=jitter)
    timeline = play(Life(exits_at=S), kubelet=kubelet, horizon=2000 * S)
    index = (10, 20, 40, 80, 160, 300).index(nominal) + 1
    assert nominal * S <= pauses(timeline)[index] < latest * S


@pytest.mark.parametrize(
    ("policy", "code", "lives"),
    [("Always", 0, 3), ("Always", 1, 3), ("OnFailure", 0, 1), ("OnFailure", 1, 3), ("Never", 0, 1), ("Never", 1, 1)],
)
def test_restart_policy_after_a_crash(play: Play, policy: str, code: int, lives: int) -> None:
    """Never ends it, OnFailure looks at the exit code."""
    timeline = play(Life(exits_at=10 * S, exit_code=code), restart_policy=policy, horizon=31 * S, liveness=PodProbe())
    assert lives == len(timeline.lives("app"))
    assert ([10] if lives == 1 else []) == moments(timeline, EventKind.COMPLETED)


def test_on_failure_forgets_a_clean_exit_that_back_off_delayed(play: Play) -> None:
    """A probe kill restarts whatever the exit code; but once back-off refuses, exit code 0 is final."""
    hung = Life(liveness=Track(((0, FAILS),)), sigterm_exit_code=0)
    timeline = play(hung, liveness=PodProbe(period=S, failures=6), restart_policy="OnFailure", horizon=600 * S)
    refused = only(timeline, EventKind.BACK_OFF).at
    assert refused <= only(timeline, EventKind.COMPLETED).at
    assert 3 == len(timeline.lives("app"))


def test_a_containers_own_restart_policy_wins() -> None:
    """From Kubernetes 1.35 on a container may restart in a pod that does not."""
    pod = Pod(containers=(PodContainer(name="app", restart_policy="Always"),), restart_policy="Never")
    scenario = Scenario(name="crash", scripts={"app": Script(lives=(Life(exits_at=10 * S),))}, horizon=15 * S)
    assert 1 == simulate(pod, scenario).restarts("app")


# Endpoints.


def test_without_readiness_probe_a_kill_keeps_the_traffic(play: Play) -> None:
    """Kill, grace and restart happen inside one sync, so the endpoint stays in while the process ends and boots."""
    hung = Life(liveness=Track(((0, PASSES), (60 * S, HANGS))), exits_after_sigterm=None)
    timeline = play(hung, Life(), liveness=PodProbe())
    assert 1 == timeline.restarts("app")
    assert (Span(0, 300 * S),) == timeline.traffic


@pytest.mark.parametrize(("minor", "traffic"), [(34, (81, 110)), (37, (90, 110))])
def test_a_startup_probe_alone_takes_the_traffic_away_after_a_kill(
    play: Play, minor: int, traffic: tuple[int, int]
) -> None:
    """The new process has not started until its probe says so; since 1.35, its worker must wake up first."""
    hung = Life(liveness=Track(((0, PASSES), (60 * S, HANGS))))
    reborn = Life(startup=Track(((0, FAILS), (25 * S, PASSES))))
    kubelet = Kubelet(version=KubernetesVersion(1, minor))
    timeline = play(hung, reborn, liveness=PodProbe(), startup=PodProbe(), kubelet=kubelet)
    assert (Span(0, traffic[0] * S), Span(traffic[1] * S, 300 * S)) == timeline.traffic


def test_publication_takes_its_time(play: Play) -> None:
    """Traffic follows readiness by the latency that is given."""
    blip = Life(readiness=Track(((0, PASSES), (100 * S, FAILS))))
    timeline = play(blip, readiness=PodProbe(), kubelet=Kubelet(published_after=700))
    assert (Span(700, 120 * S + 700),) == timeline.traffic


def test_deletion_takes_the_traffic_away_at_once(play: Play) -> None:
    """Whatever the probes say, and though readiness goes on probing; liveness stops."""
    timeline = play(
        Life(exits_after_sigterm=20 * S),
        readiness=PodProbe(period=5 * S),
        liveness=PodProbe(period=5 * S),
        pre_stop=5 * S,
        deleted_at=101 * S,
    )
    assert (Span(0, 101 * S),) == timeline.traffic
    assert (Span(0, 126 * S),) == timeline.ready
    last = {run.kind: run.last // S for run in timeline.attempts}
    assert {ProbeKind.READINESS: 125, ProbeKind.LIVENESS: 100} == last


def test_nothing_is_restarted_in_a_deleted_pod(play: Play) -> None:
    """A process that crashes while its pod ends stays dead."""
    timeline = play(Life(exits_at=103 * S), pre_stop=10 * S, deleted_at=100 * S)
    assert 0 == timeline.restarts()
    assert [110] == moments(timeline, EventKind.GONE)


# Several containers.


def two(app: PodContainer, side: PodContainer, /, **scripts: Script) -> Callable[..., Timeline]:
    """A pod with a sidecar."""
    pod = Pod(init_containers=(side,), containers=(app,))
    return lambda **scenario: simulate(pod, Scenario(name="two", scripts=scripts, **scenario))


def test_a_container_waits_until_the_sidecar_has_started() -> None:
    """The startup probe decides, not readiness."""
    side = PodContainer(
        name="side", role=ContainerRole.SIDECAR, startup=PodProbe(period=5 * S), readiness=PodProbe(period=S)
    )
    slow = Life(startup=Track(((0, FAILS), (8 * S, PASSES))), readiness=Track(((0, FAILS), (40 * S, PASSES))))
    timeline = two(PodContainer(name="app"), side, side=Script(lives=(slow,)))()
    assert [10] == moments(timeline, EventKind.RUNNING, container="app")
    assert [40] == moments(timeline, EventKind.POD_READY)


def test_sidecars_end_after_the_containers_they_serve() -> None:
    """In reverse order, within what is left of the grace period."""
    pod = Pod(
        init_containers=(
            PodContainer(name="log", role=ContainerRole.SIDECAR),
            PodContainer(name="mesh", role=ContainerRole.SIDECAR),
        ),
        containers=(PodContainer(name="app", pre_stop=3 * S),),
    )
    lives = {"app": 4, "mesh": 5, "log": 1}
    scripts = {name: Script(lives=(Life(exits_after_sigterm=after * S),)) for name, after in lives.items()}
    timeline = simulate(pod, Scenario(name="drain", scripts=scripts, deleted_at=100 * S))
    ends = {event.container: event.at // S for event in timeline.of_kind(EventKind.EXITED)}
    assert {"app": 107, "mesh": 112, "log": 113} == ends


def test_a_sidecar_gets_two_seconds_when_the_grace_period_is_used_up() -> None:
    """A container that ignores SIGTERM leaves nothing; the pod ends 2 s after its grace period."""
    pod = Pod(
        init_containers=(PodContainer(name="mesh", role=ContainerRole.SIDECAR),),
        containers=(PodContainer(name="app"),),
        grace=10 * S,
    )
    stubborn = Script(lives=(Life(exits_after_sigterm=None),))
    timeline = simulate(pod, Scenario(name="drain", scripts={"app": stubborn, "mesh": stubborn}, deleted_at=S))
    assert 13 * S == only(timeline, EventKind.GONE).at


def test_a_sidecar_is_restarted_in_a_pod_that_never_restarts() -> None:
    """Its own policy is Always; the pod lives as long as a regular container does."""
    pod = Pod(
        init_containers=(PodContainer(name="mesh", role=ContainerRole.SIDECAR),),
        containers=(PodContainer(name="app"),),
        restart_policy="Never",
    )
    scripts = {
        "mesh": Script(lives=(Life(exits_at=20 * S), Life())),
        "app": Script(lives=(Life(exits_at=45 * S, exit_code=0),)),
    }
    timeline = simulate(pod, Scenario(name="job", scripts=scripts))
    assert [0, 20] == moments(timeline, EventKind.RUNNING, container="mesh")
    assert [45] == moments(timeline, EventKind.COMPLETED)


@pytest.mark.parametrize(("minor", "probed_lives"), [(32, {1}), (33, {1, 2})])
def test_workers_of_a_sidecar_in_a_pod_that_never_restarts(minor: int, probed_lives: set[int]) -> None:
    """Before 1.33 they ended with the first process."""
    pod = Pod(
        init_containers=(PodContainer(name="mesh", role=ContainerRole.SIDECAR, liveness=PodProbe(period=S)),),
        containers=(PodContainer(name="app"),),
        restart_policy="Never",
    )
    scenario = Scenario(name="crash", scripts={"mesh": Script(lives=(Life(exits_at=20 * S), Life()))}, horizon=60 * S)
    kubelet = Kubelet(version=KubernetesVersion(1, minor), seen_after=1500, starts_after=500)
    assert probed_lives == {run.life for run in simulate(pod, scenario, kubelet).attempts}


def test_init_containers_run_one_after_another() -> None:
    """Each to its end, a failed one again; the main container comes last."""
    pod = Pod(
        init_containers=(
            PodContainer(name="fetch", role=ContainerRole.INIT),
            PodContainer(name="migrate", role=ContainerRole.INIT),
        ),
        containers=(PodContainer(name="app"),),
    )
    scripts = {
        "fetch": Script(lives=(Life(exits_at=5 * S, exit_code=0),)),
        "migrate": Script(lives=(Life(exits_at=3 * S, exit_code=1), Life(exits_at=3 * S, exit_code=0))),
    }
    timeline = simulate(pod, Scenario(name="start", scripts=scripts))
    assert [("fetch", 0), ("migrate", 5), ("migrate", 8), ("app", 11)] == [
        (event.container, event.at // S) for event in timeline.of_kind(EventKind.RUNNING)
    ]


def test_a_failed_init_container_ends_a_pod_that_never_restarts() -> None:
    """The main container is never started."""
    pod = Pod(
        init_containers=(PodContainer(name="migrate", role=ContainerRole.INIT),),
        containers=(PodContainer(name="app"),),
        restart_policy="Never",
    )
    scenario = Scenario(name="start", scripts={"migrate": Script(lives=(Life(exits_at=3 * S),))})
    timeline = simulate(pod, scenario)
    assert () == timeline.lives("app")
    assert [3] == moments(timeline, EventKind.COMPLETED)


def test_a_blocked_pod_worker_delays_the_other_container() -> None:
    """While one container is being stopped, nothing is done about the other; its readiness is published though."""
    pod = Pod(
        containers=(
            PodContainer(name="slow", liveness=PodProbe(period=S, failures=1)),
            PodContainer(
                name="other", liveness=PodProbe(period=S, failures=1), readiness=PodProbe(period=S, failures=1)
            ),
        )
    )
    bad = Track(((0, PASSES), (100 * S, FAILS)))
    worse = Track(((0, PASSES), (105 * S, FAILS)))
    scripts = {
        "slow": Script(lives=(Life(liveness=bad, exits_after_sigterm=None), Life())),
        "other": Script(lives=(Life(liveness=worse, readiness=worse), Life())),
    }
    timeline = simulate(pod, Scenario(name="both", scripts=scripts))
    assert [100, 105] == moments(timeline, EventKind.VERDICT)
    assert [100, 130] == moments(timeline, EventKind.KILLING)
    assert [105] == moments(timeline, EventKind.NOT_READY, container="other")[:1]


def test_a_post_start_hook_hides_the_container(play: Play) -> None:
    """Probes begin when the pod worker is through with the hook."""
    timeline = play(Life(), liveness=PodProbe(period=S), readiness=PodProbe(period=S), post_start=7 * S)
    assert 7 * S == min(run.first for run in timeline.attempts)
    assert [7] == moments(timeline, EventKind.READY)


@pytest.mark.parametrize(("minor", "restarts"), [(34, 1), (35, 0), (37, 0)])
def test_a_container_has_its_own_restart_policy_since_1_35(play: Play, minor: int, restarts: int) -> None:
    """Before, the API server drops the field, and the pod's policy applies."""
    kubelet = Kubelet(version=KubernetesVersion(1, minor))
    timeline = play(Life(exits_at=5 * S), Life(), restart_policy="Always", kubelet=kubelet, own_policy="Never")
    assert restarts == timeline.restarts()
