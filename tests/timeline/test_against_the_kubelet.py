"""The simulator against the kubelet's own loop, written down a second time without any cleverness."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.model.pod import Pod, PodContainer, PodProbe
from pulumi_probes.timeline.model.result import EventKind
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

HORIZON = 150_000


@dataclass
class Loop:
    """`run` and `doProbe` of one worker whose container runs from 0 on and is never replaced.

    Every tick is an element of a list, a channel that holds one tick is a variable, and time is a number.
    """

    kind: ProbeKind
    probe: PodProbe
    phase: int
    track: Track
    fraction: int

    def attempts(self) -> Iterator[tuple[int, int]]:
        """Begin and end of each attempt, until a verdict puts the worker on hold."""
        ticks = iter(range(self.phase % self.probe.period, 10**9, self.probe.period))
        begin_of_second = -self.fraction
        last, run, self.verdict = True, 0, None
        pending: int | None = next(ticks)
        now = 0
        while pending is not None:
            now = max(now, pending)
            pending = next(ticks)
            if now >= HORIZON:
                return
            if now - begin_of_second < self.probe.delay:
                continue
            passed, took = self.ask(now)
            end = now + took
            if end >= HORIZON:
                return
            yield now, end
            # The channel holds one tick; those that come while it is full are dropped.
            if pending <= end:
                kept = pending
                while (following := next(ticks)) <= end:
                    pass
                ticks = self.prepend(following, ticks)
                pending = kept
            now = end
            if passed is None:
                continue
            last, run = (last, run + 1) if passed == last else (passed, 1)
            if run >= (self.probe.successes if passed else self.probe.failures):
                self.verdict = (passed, end)
                if self.kind is ProbeKind.STARTUP or not passed:
                    return

    @staticmethod
    def prepend(first: int, rest: Iterator[int]) -> Iterator[int]:
        """An iterator with one more element before the others."""
        yield first
        yield from rest

    def ask(self, now: int) -> tuple[bool | None, int]:
        """The answer to an attempt, and how long it takes."""
        answer, _ = self.track.at(now)
        assert answer is not None
        match answer.kind:
            case AnswerKind.PASSES if answer.after < self.probe.timeout:
                return True, answer.after
            case AnswerKind.FAILS if answer.after < self.probe.timeout:
                return False, answer.after
            case AnswerKind.ERRS:
                return None, 3 * min(answer.after, self.probe.timeout)
            case _:
                return False, self.probe.timeout


def seconds(least: int, most: int) -> st.SearchStrategy[int]:
    """Whole seconds in milliseconds."""
    return st.integers(least, most).map(lambda number: number * 1000)


answers = st.one_of(
    st.sampled_from([PASSES, FAILS, HANGS]), st.builds(Answer, st.sampled_from(AnswerKind), st.integers(0, 8000))
)


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    """Answers that change up to four times; nothing hangs while a slow answer is on its way."""
    begins = sorted({0, *draw(st.lists(st.integers(0, HORIZON), max_size=4))})
    listed = [draw(answers) for _ in begins]
    if any(answer.kind is AnswerKind.PASSES and answer.after for answer in listed):
        listed = [PASSES if answer.kind is AnswerKind.HANGS else answer for answer in listed]
    return Track(tuple(zip(begins, listed, strict=True)))


@given(
    kind=st.sampled_from([ProbeKind.STARTUP, ProbeKind.LIVENESS]),
    probe=st.builds(
        PodProbe, delay=seconds(0, 20), period=seconds(1, 10), timeout=seconds(1, 12), failures=st.integers(1, 8)
    ),
    phase=st.integers(0, 10_000),
    track=tracks(),
    fraction=st.integers(0, 999),
)
def test_attempts_are_those_of_the_kubelets_loop(
    kind: ProbeKind, probe: PodProbe, phase: int, track: Track, fraction: int
) -> None:
    """Every attempt of a startup or liveness worker begins and ends as in the loop, up to its verdict."""
    loop = Loop(kind, probe, phase, track, fraction)
    expected = list(loop.attempts())
    watched: dict[str, Any] = {kind.word: probe}
    answering: dict[str, Any] = {kind.word: track}
    container = PodContainer(name="app", **watched)
    timeline = simulate(
        Pod(containers=(container,)),
        Scenario(name="any", scripts={"app": Script(lives=(Life(**answering),))}, horizon=HORIZON),
        Kubelet(phases={("app", kind): phase}, clock_fraction=fraction),
    )
    verdict = timeline.first(EventKind.VERDICT, EventKind.STARTED)
    actual = [
        (run.first + number * run.spacing, run.first + number * run.spacing + run.duration)
        for run in timeline.attempts
        for number in range(run.count)
        if run.life == 1
    ]
    assert expected == actual[: len(expected)]
    assert len(expected) == len(actual) or (loop.verdict is not None and not loop.verdict[0])
    if loop.verdict is not None and (kind is ProbeKind.STARTUP or not loop.verdict[0]):
        assert verdict is not None
        assert loop.verdict[1] == verdict.at
