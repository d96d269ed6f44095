"""Skipping what changes nothing must not change anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_probes.model.probe import ProbeKind
from pulumi_probes.model.version import KubernetesVersion
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.engine import simulate
from pulumi_probes.timeline.engine.worker import Worker
from pulumi_probes.timeline.kubelet import Kubelet
from pulumi_probes.timeline.pod import Pod, PodContainer, PodProbe
from pulumi_probes.timeline.result import Timeline
from pulumi_probes.timeline.scenario import Answer, AnswerKind, Life, Scenario, Script, Track

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


@settings(max_examples=300, deadline=None)
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
        patch.setattr(Worker, "_try_to_cruise", lambda *_: None)
        walking = simulate(pod, scenario, kubelet)
    assert walking.events == jumping.events
    assert sorted(map(repr, single_attempts(walking))) == sorted(map(repr, single_attempts(jumping)))
