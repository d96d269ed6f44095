"""Skipping what changes nothing must not change anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.version import KubernetesVersion
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.model.pod import Pod, PodContainer, PodProbe
from pulumi_probes.timeline.model.result import EventKind, Timeline
from pulumi_probes.timeline.model.scenario import Answer, AnswerKind, Life, Scenario, Script, Track
from pulumi_probes.timeline.simulator import simulate
from pulumi_probes.timeline.simulator.probe_worker import ProbeWorker

HORIZON = 200_000

moments = st.integers(0, HORIZON)
short = st.integers(0, 12_000)
answers = st.builds(Answer, st.sampled_from(AnswerKind), st.one_of(st.just(0), st.integers(0, 9_000)))


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    """Up to four answers, perhaps again and again."""
    begins = sorted({0, *draw(st.lists(moments, max_size=3))})
    cycle = draw(st.one_of(st.none(), st.integers(begins[-1] + 1, begins[-1] + 60_000)))
    return Track(tuple((begin, draw(answers)) for begin in begins), cycle)


probes = st.builds(
    PodProbe,
    delay=st.integers(0, 20).map(lambda seconds: seconds * 1000),
    period=st.integers(1, 12).map(lambda seconds: seconds * 1000),
    timeout=st.integers(1, 15).map(lambda seconds: seconds * 1000),
    failures=st.integers(1, 5),
    grace=st.one_of(st.none(), st.integers(1, 40).map(lambda seconds: seconds * 1000)),
)
readiness_probes = st.builds(
    PodProbe,
    delay=st.integers(0, 20).map(lambda seconds: seconds * 1000),
    period=st.integers(1, 12).map(lambda seconds: seconds * 1000),
    timeout=st.integers(1, 15).map(lambda seconds: seconds * 1000),
    failures=st.integers(1, 5),
    successes=st.integers(1, 4),
)
lives = st.builds(
    Life,
    startup=tracks(),
    readiness=tracks(),
    liveness=tracks(),
    exits_at=st.one_of(st.none(), moments),
    exit_code=st.integers(0, 1),
    exits_after_sigterm=st.one_of(st.none(), short),
    refuses_after_sigterm=st.booleans(),
)
scripts = st.builds(Script, lives=st.lists(lives, min_size=1, max_size=3).map(tuple))
kubelets = st.builds(
    Kubelet,
    version=st.sampled_from([KubernetesVersion(1, minor) for minor in (24, 31, 32, 35, 36)]),
    phases=st.fixed_dictionaries({(name, kind): short for name in ("app", "side") for kind in ProbeKind}),
    clock_fraction=st.integers(0, 999),
    seen_after=st.integers(0, 1500),
    acts_after=st.integers(0, 500),
    starts_after=st.integers(0, 2000),
    published_after=st.integers(0, 500),
    resync_every=st.one_of(st.none(), st.just(75_000)),
)


@st.composite
def pods(draw: st.DrawFn) -> Pod:
    """One container, perhaps with a sidecar before it."""

    def container(name: str, role: ContainerRole) -> PodContainer:
        return PodContainer(
            name=name,
            role=role,
            startup=draw(st.one_of(st.none(), probes)),
            readiness=draw(st.one_of(st.none(), readiness_probes)),
            liveness=draw(st.one_of(st.none(), probes)),
            pre_stop=draw(short),
            post_start=draw(st.one_of(st.just(0), short)),
        )

    sidecars = (container("side", ContainerRole.SIDECAR),) if draw(st.booleans()) else ()
    return Pod(
        init_containers=sidecars,
        containers=(container("app", ContainerRole.REGULAR),),
        grace=draw(st.integers(0, 40)) * 1000,
        restart_policy=draw(st.sampled_from(["Always", "OnFailure", "Never"])),
    )


def single_attempts(timeline: Timeline) -> Iterator[tuple[object, ...]]:
    """Every attempt by itself."""
    for run in timeline.attempts:
        for number in range(run.count):
            yield (run.container, run.kind, run.life, run.first + number * run.spacing, run.duration, run.outcome)


@given(pod=pods(), app=scripts, side=scripts, kubelet=kubelets, deleted_at=st.one_of(st.none(), moments))
def test_skipped_attempts_are_those_that_walking_finds(
    pod: Pod, app: Script, side: Script, kubelet: Kubelet, deleted_at: int | None
) -> None:
    """A worker that jumps and one that takes every step give the same attempts and the same events."""
    played = {"app": app, "side": side}
    scenario = Scenario(
        name="any",
        scripts={item.name: played[item.name] for item in pod.all_containers},
        horizon=HORIZON,
        deleted_at=deleted_at,
    )
    jumping = simulate(pod, scenario, kubelet)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ProbeWorker, "_try_to_skip", lambda *_: None)
        walking = simulate(pod, scenario, kubelet)
    assert walking.events == jumping.events
    assert sorted(map(repr, single_attempts(walking))) == sorted(map(repr, single_attempts(jumping)))


@given(pod=pods(), app=scripts, side=scripts, kubelet=kubelets, deleted_at=st.one_of(st.none(), moments))
def test_every_timeline_makes_sense(
    pod: Pod, app: Script, side: Script, kubelet: Kubelet, deleted_at: int | None
) -> None:
    """Whatever happens: order, one process at a time, traffic only for what is Ready, no start in a deleted pod."""
    played = {"app": app, "side": side}
    scripts_of_pod = {item.name: played[item.name] for item in pod.all_containers}
    scenario = Scenario(name="any", scripts=scripts_of_pod, horizon=HORIZON, deleted_at=deleted_at)
    timeline = simulate(pod, scenario, kubelet)
    assert [event.at for event in timeline.events] == sorted(event.at for event in timeline.events)
    for container in pod.all_containers:
        processes = [
            (event.kind, event.life)
            for event in timeline.of_kind(EventKind.RUNNING, EventKind.EXITED, container=container.name)
        ]
        expected = [
            (kind, life) for life in range(1, len(processes) + 1) for kind in (EventKind.RUNNING, EventKind.EXITED)
        ]
        assert expected[: len(processes)] == processes
    if deleted_at is not None:
        starts = [event.at for event in timeline.of_kind(EventKind.RUNNING)]
        assert all(start <= deleted_at for start in starts)
    for begins, ends in ((EventKind.POD_READY, EventKind.POD_NOT_READY), (EventKind.TRAFFIC, EventKind.NO_TRAFFIC)):
        changes = [event.kind for event in timeline.of_kind(begins, ends)]
        assert ([begins, ends] * len(changes))[: len(changes)] == changes
    late = kubelet.published_after
    for span in timeline.traffic:
        assert any(
            ready.begin + late <= span.begin and span.end <= max(ready.end + late, timeline.ends_at)
            for ready in timeline.ready
        )
    for run in timeline.attempts:
        probe = pod.container(run.container)
        assert probe is not None
        assert run.count >= 1
        assert run.ends <= timeline.ends_at
        assert run.count == 1 or run.spacing > 0


@given(pod=pods(), app=scripts, side=scripts, kubelet=kubelets, deleted_at=moments)
def test_a_deleted_pod_is_gone_in_time(pod: Pod, app: Script, side: Script, kubelet: Kubelet, deleted_at: int) -> None:
    """Grace period, 2 s more, and the fractions of seconds that hooks take beyond what the kubelet deducts."""
    played = {"app": app, "side": side}
    scripts_of_pod = {item.name: played[item.name] for item in pod.all_containers}
    scenario = Scenario(name="any", scripts=scripts_of_pod, horizon=2 * HORIZON, deleted_at=deleted_at)
    timeline = simulate(pod, scenario, kubelet)
    end = timeline.first(EventKind.GONE, EventKind.COMPLETED)
    assert end is not None
    assert end.at <= max(deleted_at, end.at if end.kind is EventKind.COMPLETED else 0) + pod.grace + 2_000 + 1_000
