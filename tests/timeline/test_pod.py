"""When a whole pod is Ready: one bound for explain, deadlines and rules, held against the simulator.

The simulator plays generated pods with several sidecars, plain init containers and regular containers. An adversary
picks the phase of each ticker, one container after the other, so that each starts and gets Ready as late as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pulumi_probes.model.probe import Probe, TcpSocket
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.version import KubernetesVersion
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.rules import find_rule
from pulumi_probes.testing import assert_ready_within
from pulumi_probes.timeline.bounds.pod import (
    ContainerStart,
    container_starts,
    guaranteed_answer,
    latest_answer,
    pod_budget_seconds,
    pod_guarantee_seconds,
    pod_ready_seconds,
    seen_after,
)
from pulumi_probes.timeline.bounds.workload import summarize_workload
from pulumi_probes.timeline.model.duration import MILLISECONDS
from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.model.pod import Pod, PodContainer, PodProbe
from pulumi_probes.timeline.model.result import EventKind, Timeline
from pulumi_probes.timeline.model.scenario import FAILS, HANGS, Answer, AnswerKind, Life, Scenario, Script, Track
from pulumi_probes.timeline.simulator import simulate


@dataclass(frozen=True)
class Started:
    """One container of a generated pod: a plain init container that takes some seconds, or one with probes."""

    name: str
    role: ContainerRole
    takes: int = 0
    start: ContainerStart = field(default_factory=ContainerStart)


@st.composite
def probes(draw: st.DrawFn, delays: Sequence[int], *, most_successes: int = 1) -> Probe:
    """A probe, often with a timeout that is longer than its period."""
    return Probe(
        handler=TcpSocket(port=80),
        initial_delay_seconds=draw(st.sampled_from(delays)),
        period_seconds=draw(st.integers(1, 6)),
        timeout_seconds=draw(st.integers(1, 8)),
        failure_threshold=draw(st.integers(1, 4)),
        success_threshold=draw(st.integers(1, most_successes)),
    )


@st.composite
def pods(draw: st.DrawFn, *, is_free: bool = True, delays: Sequence[int] = (0, 0, 1, 7)) -> list[Started]:
    """Up to three sidecars and plain init containers in any order, then up to three regular containers.

    Args:
        draw: from hypothesis.
        is_free: whether readiness probes may come without startup probes and need several successes, and whether plain
            init containers take time.
        delays: the initial delays of probes, in seconds.
    """
    roles = draw(
        st.lists(st.sampled_from([ContainerRole.SIDECAR, ContainerRole.SIDECAR, ContainerRole.INIT]), max_size=3)
    )
    roles += [ContainerRole.REGULAR] * draw(st.integers(1, 3))
    pod: list[Started] = []
    for number, role in enumerate(roles):
        name = f"{role.value}-{number}"
        if role is ContainerRole.INIT:
            pod.append(Started(name, role, takes=draw(st.integers(0, 3 if is_free else 0))))
            continue
        startup = draw(st.none() | probes(delays))
        may_have_readiness = startup is not None or is_free
        start = ContainerStart(
            is_sidecar=role is ContainerRole.SIDECAR,
            startup=startup,
            readiness=draw(st.none() | probes(delays, most_successes=3 if is_free else 1))
            if may_have_readiness
            else None,
            liveness=draw(st.none() | probes(delays)),
            post_start_seconds=draw(st.sampled_from([0, 0, 0, 1, 5])),
        )
        pod.append(Started(name, role, start=start))
    return pod


def starts(pod: Sequence[Started]) -> list[ContainerStart]:
    """The input of the bound."""
    return [item.start for item in pod if item.role is not ContainerRole.INIT]


def watched(pod: Sequence[Started]) -> list[str]:
    """The names of what the bound gets to see."""
    return [item.name for item in pod if item.role is not ContainerRole.INIT]


def milliseconds(probe: Any) -> PodProbe | None:
    """A probe as the simulator wants it."""
    return probe and PodProbe(
        delay=probe.initial_delay_seconds * MILLISECONDS,
        period=probe.period_seconds * MILLISECONDS,
        timeout=probe.timeout_seconds * MILLISECONDS,
        failures=probe.failure_threshold,
        successes=probe.success_threshold,
    )


def pod_container(item: Started) -> PodContainer:
    """A container as the simulator wants it."""
    start = item.start
    return PodContainer(
        name=item.name,
        role=item.role,
        startup=milliseconds(start.startup),
        readiness=milliseconds(start.readiness),
        liveness=milliseconds(start.liveness),
        post_start=start.post_start_seconds * MILLISECONDS,
    )


class Before(Enum):
    """The behavior of an application before it responds."""

    REFUSES = "refuses connections"
    HANGS = "takes connections and says nothing"
    REFUSES_THEN_HANGS = "refuses connections, and takes them without an answer in the last millisecond"


@dataclass(frozen=True)
class Answers:
    """When an application answers, in milliseconds from its container's start; readiness may get answers later."""

    first: int
    ready: int


Choice = Callable[[Started, int], Answers]
"""When a container answers, given when it starts in milliseconds."""


class Adversary:
    """Plays one pod again and again, with the phases that make it Ready as late as possible.

    Args:
        pod: the pod.
        choice: when each application answers.
        before: what is answered before that.
        lateness: how long an answer takes, in milliseconds, as far as the probe's timeout allows.
        version: the kubelet's version.
    """

    def __init__(
        self, pod: Sequence[Started], choice: Choice, *, before: Before, lateness: int, version: KubernetesVersion
    ) -> None:
        self._items = pod
        self._seen = dict(zip(watched(pod), seen_after(starts(pod)), strict=True))
        self._choice = choice
        self._before = before
        self._lateness = lateness
        self._kubelet = Kubelet(version=version)
        self._containers = {item.name: pod_container(item) for item in pod}
        early = [item.name for item in pod if item.role is not ContainerRole.REGULAR]
        self._pod = Pod(
            init_containers=tuple(self._containers[name] for name in early),
            containers=tuple(item for name, item in self._containers.items() if name not in early),
        )
        self._scripts: dict[str, Script] = {}

    def play(self, phases: Mapping[tuple[str, ProbeKind], int], fraction: int = 0) -> Timeline:
        """The pod with these phases; a container whose turn has not come yet answers at once."""
        return simulate(
            self._pod,
            Scenario(name="start", scripts=self._scripts, horizon=900 * MILLISECONDS),
            replace(self._kubelet, phases=phases, clock_fraction=fraction),
        )

    def worst(self) -> Timeline:
        """The pod with the phases that are worst for each container in its turn, and that kill none if possible."""
        phases: dict[tuple[str, ProbeKind], int] = {}
        self._scripts = {
            item.name: Script(lives=(Life(exits_at=item.takes * MILLISECONDS, exit_code=0),))
            for item in self._items
            if item.role is ContainerRole.INIT
        }
        timeline = self.play(phases)
        for item in self._items:
            if item.role is ContainerRole.INIT:
                continue
            begins = at(timeline, EventKind.RUNNING, item.name)
            answers = self._choice(item, begins)
            self._scripts[item.name] = self._script(item, answers)
            # Liveness decides first whether the container survives; without a startup probe it runs from the start.
            for kind in (ProbeKind.LIVENESS, ProbeKind.STARTUP, ProbeKind.READINESS):
                probe = self._containers[item.name].probe(kind)
                if probe is None or (kind is ProbeKind.LIVENESS and item.start.startup is not None):
                    continue
                passed = timeline.first(EventKind.STARTED, container=item.name)
                moments = (
                    eligible(probe, begins),
                    seconds(self._seen[item.name]),
                    answers.first,
                    answers.ready,
                    0 if passed is None else passed.at - begins,
                )
                choices = sorted({(begins + moment - 1) % probe.period for moment in moments})
                played = [(phase, self.play({**phases, (item.name, kind): phase})) for phase in choices]
                phases[item.name, kind], timeline = max(played, key=lambda choice: _badness(choice[1], item.name))
        return timeline

    def _script(self, item: Started, answers: Answers) -> Script:
        tracks: dict[str, Any] = {
            kind.word: self._track(probe, answers.ready if kind is ProbeKind.READINESS else answers.first)
            for kind, probe in self._containers[item.name].probes
        }
        return Script(lives=(Life(**tracks),))

    def _track(self, probe: PodProbe, moment: int) -> Track:
        early = {
            Before.REFUSES: ((0, FAILS),),
            Before.HANGS: ((0, HANGS),),
            Before.REFUSES_THEN_HANGS: ((0, FAILS), (moment - 1, HANGS)),
        }[self._before]
        answer = Answer(AnswerKind.PASSES, min(self._lateness, probe.timeout - 1))
        return Track((*(early if moment > 1 else ()), (moment, answer)))


def _badness(timeline: Timeline, container: str) -> tuple[bool, int, int]:
    """The times at which a container has started and is Ready, unless it is killed before."""
    is_killed = timeline.first(EventKind.VERDICT, container=container) is not None
    first = [timeline.first(kind, container=container) for kind in (EventKind.STARTED, EventKind.READY)]
    started, ready = (0 if event is None else event.at for event in first)
    return not is_killed, started, ready


def seconds(number: int) -> int:
    """Seconds in the simulator's milliseconds."""
    return number * MILLISECONDS


def at(timeline: Timeline, kind: EventKind, container: str | None = None) -> int:
    """When something happens first."""
    found = timeline.first(kind, container=container)
    assert found is not None, (kind, container)
    return found.at


def eligible(probe: PodProbe, begins: int) -> int:
    """When the initial delay of a container that starts then is over: the kubelet cuts the start to a whole second."""
    return probe.delay - begins % MILLISECONDS if probe.delay else 0


def bound(pod: Sequence[Started], answers: Mapping[str, int]) -> int:
    """The bound in milliseconds for applications that answer then; plain init containers come on top."""
    by_start = {id(item.start): answers[item.name] for item in pod if item.role is not ContainerRole.INIT}
    return seconds(pod_ready_seconds(starts(pod), lambda start, _seen_at: by_start[id(start)])) + initial(pod)


def initial(pod: Sequence[Started]) -> int:
    """The duration of plain init containers in milliseconds."""
    return seconds(sum(item.takes for item in pod))


def at_the_last_moment(pod: Sequence[Started]) -> Choice:
    """The latest answers that may still prevent every verdict.

    The last attempt begins just before the probe would fail, and its response comes just before the timeout. Without a
    startup probe the application begins to answer its readiness probe when it answers that attempt.
    """
    seen = dict(zip(watched(pod), seen_after(starts(pod)), strict=True))

    def choose(item: Started, begins: int) -> Answers:
        judge = milliseconds(item.start.startup_limit)
        if judge is None:
            latest = seconds(latest_answer(item.start, 0))
            return Answers(latest, latest)
        hung = max(judge.period, judge.timeout)
        first = max(eligible(judge, begins), seconds(seen[item.name])) + judge.period + (judge.failures - 1) * hung - 1
        return Answers(first, first if item.start.startup is not None else first + judge.timeout - 1)

    return choose


versions = st.sampled_from([24, 31, 32, 36]).map(lambda minor: KubernetesVersion(1, minor))


@settings(max_examples=100, deadline=None)
@given(
    pod=pods(),
    shares=st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=6, max_size=6),
    before=st.sampled_from(Before),
    lateness=st.sampled_from([0, 500, 10_000]),
    version=versions,
    fraction=st.sampled_from([0, 999]),
)
def test_no_pod_is_ready_later(
    pod: list[Started], shares: list[float], before: Before, lateness: int, version: KubernetesVersion, fraction: int
) -> None:
    """A start that is sure to survive does, and the pod is Ready within the bound in the worst phases found."""
    answers = {
        item.name: round(share * (guaranteed_answer(item.start, 0) if item.start.startup_limit is not None else 20))
        for item, share in zip(pod, shares, strict=False)
    }

    def choose(item: Started, _begins: int) -> Answers:
        return Answers(seconds(answers[item.name]), seconds(answers[item.name]))

    adversary = Adversary(pod, choose, before=before, lateness=lateness, version=version)
    worst = adversary.worst()
    for timeline in (worst, adversary.play(worst.kubelet.phases, fraction)):
        assert timeline.first(EventKind.VERDICT) is None
        assert at(timeline, EventKind.POD_READY) <= bound(pod, answers)
    guarantee = pod_guarantee_seconds(starts(pod))
    assert (guarantee is None) == any(
        item.start.startup_limit is None and item.start.readiness is not None for item in pod
    )
    if guarantee is not None:
        assert bound(pod, answers) <= seconds(guarantee) + initial(pod)


@settings(max_examples=100, deadline=None)
@given(pod=pods(), version=versions)
def test_no_pod_gets_longer_than_its_budget(pod: list[Started], version: KubernetesVersion) -> None:
    """An application that answers at the last moment at which a lucky phase saves it is Ready within the budget."""
    choice = at_the_last_moment(pod)
    timeline = Adversary(pod, choice, before=Before.HANGS, lateness=10**6, version=version).worst()
    assert timeline.first(EventKind.VERDICT) is None
    assert at(timeline, EventKind.POD_READY) <= seconds(pod_budget_seconds(starts(pod))) + initial(pod)


@settings(max_examples=100, deadline=None)
@given(pod=pods(is_free=False, delays=(0,)))
def test_the_guarantee_is_reached(pod: list[Started]) -> None:
    """The latest moment comes within 6 ms for each container: each attempt that counts loses one, as clocks tick in ms.

    Elsewhere the bound may be generous, for each container by at most:

    - the timeout less the period, where that is longer and nothing is asked before the application answers: the bound
      allows for an attempt that hangs;
    - 1 s with an initial delay, which the kubelet counts from a start that is cut to a whole second;
    - a period of a sidecar's readiness probe where a plain init container takes time after it: the kubelet asks out of
      turn when that container ends;
    - as many periods as readiness needs successes, where no startup probe comes before it, and one less where one does:
      the kubelet asks out of turn whenever something else in the pod changes.
    """
    answers = {item.name: guaranteed_answer(item.start, 0) for item in pod}

    def choose(item: Started, _begins: int) -> Answers:
        return Answers(seconds(answers[item.name]), seconds(answers[item.name]))

    before, version = Before.REFUSES_THEN_HANGS, KubernetesVersion(1, 31)
    timeline = Adversary(pod, choice=choose, before=before, lateness=10**6, version=version).worst()
    hasty = [item.start.startup for item in pod if item.start.startup is not None]
    longer = sum(max(0, probe.timeout_seconds - probe.period_seconds) for probe in hasty)
    assert bound(pod, answers) - at(timeline, EventKind.POD_READY) <= 6 * len(pod) + seconds(longer)


SIDECAR = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  progressDeadlineSeconds: %d
  template:
    spec:
      initContainers:
        - name: proxy
          image: proxy:1
          restartPolicy: Always
          startupProbe: {tcpSocket: {port: 15021}, periodSeconds: 10, failureThreshold: 30}
          readinessProbe: {tcpSocket: {port: 15021}}
      containers:
        - name: web
          image: web:1
          startupProbe: {tcpSocket: {port: 8080}, periodSeconds: 1, failureThreshold: 2}
          readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
"""


def test_all_who_ask_get_the_same_answer(read: Callable[[str], Stack]) -> None:
    """Summary, budget, rule and assertion allow 301 s for the sidecar's start and 4 s for the container's."""
    (workload,) = read(SIDECAR % 305).workloads
    summary = summarize_workload(workload)
    assert (305, 305) == (summary.ready_within, summary.ready_budget)
    rule = find_rule("PRB206")
    assert rule is not None
    (violation,) = rule.check(workload)
    assert "The probes allow a pod 305 s to become Ready" in violation.what
    (patient,) = read(SIDECAR % 306).workloads
    assert [] == list(rule.check(patient))
    manifest = yaml.safe_load(SIDECAR % 600)
    assert_ready_within(manifest, 305)
    with pytest.raises(AssertionError, match="may take 5 min 5 s"):
        assert_ready_within(manifest, 304)


def test_an_application_that_is_as_slow_as_allowed_needs_all_of_it(read: Callable[[str], Stack]) -> None:
    """The simulator comes within 5 ms of the 305 s."""
    (workload,) = read(SIDECAR % 600).workloads
    pod = [
        Started(container.name, container.role, start=start)
        for container, start in zip(workload.probed_containers, container_starts(workload), strict=True)
    ]
    adversary = Adversary(
        pod, at_the_last_moment(pod), before=Before.HANGS, lateness=10**6, version=KubernetesVersion(1, 34)
    )
    assert 304_995 <= at(adversary.worst(), EventKind.POD_READY) < 305_000


def test_hooks_of_regular_containers_delay_each_other() -> None:
    """The kubelet starts the next container when a hook is over, and looks at all when it has started the last one."""
    probe = Probe(handler=TcpSocket(port=80), period_seconds=2)
    first = ContainerStart(readiness=probe, liveness=probe, post_start_seconds=4)
    second = ContainerStart(startup=probe, post_start_seconds=3)
    assert (7, 3) == seen_after([first, second])
    assert (7, 3, 0) == seen_after([replace(first, is_sidecar=True, post_start_seconds=7), second, ContainerStart()])
    # The first answers at once and is asked when all run, for up to a period and a timeout.
    assert 7 + 2 + 1 == pod_ready_seconds([first], lambda _start, _seen_at: 0) + 3
    assert 7 + 2 + 1 == pod_ready_seconds([first, second], lambda _start, _seen_at: 0)
