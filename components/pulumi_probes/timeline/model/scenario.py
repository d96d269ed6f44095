"""A scenario: how the application responds to each probe, when processes exit, and when the pod is deleted.

Times are whole milliseconds. The times of a life count from the start of its process, all others from the moment at
which the kubelet sets up the pod.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Final

from msgspec import Struct, field

from pulumi_probes.model.errors import ProbesError
from pulumi_probes.model.probe_kind import ProbeKind

LONGEST_HORIZON: Final = 366 * 24 * 3_600_000
"""The longest horizon of a simulation in milliseconds, one year."""

SIGKILL_EXIT_CODE: Final = 137
"""The exit code of a process that is killed by SIGKILL."""


class InvalidScenario(ProbesError, ValueError):  # noqa: N818 - says what is the case
    """A scenario is invalid; the message lists all problems.

    Attributes:
        problems: the problems, one line each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def unknown_container(name: str, containers: Iterable[str]) -> str:
    """The problem that a scenario names a container that the pod does not have."""
    return f"the pod has no container {name!r}; its containers: {', '.join(containers)}"


class AnswerKind(Enum):
    """The kinds of responses to a probe; the value is the word in scenario files."""

    PASSES = "passes"
    FAILS = "fails"
    HANGS = "hangs"
    ERRS = "errs"


class Answer(Struct, frozen=True):
    """One kind of response, and the milliseconds until it comes.

    Answer(AnswerKind.PASSES, 200)   # status 200 after 200 ms; a timeout if the probe's timeout is not longer
    Answer(AnswerKind.FAILS)         # connection refused, or status 500
    Answer(AnswerKind.HANGS)         # no response: the attempt fails after the timeout
    Answer(AnswerKind.ERRS, 50)      # the prober itself fails in each of 3 tries, and the result is not counted
    """

    kind: AnswerKind
    after: int = 0


PASSES: Final = Answer(AnswerKind.PASSES)
FAILS: Final = Answer(AnswerKind.FAILS)
HANGS: Final = Answer(AnswerKind.HANGS)


class Track(Struct, frozen=True):
    """Answers over time: each applies from its moment until the next one begins.

    Track(((0, FAILS), (40_000, PASSES)))                         # responds from 40 s on
    Track(((0, PASSES), (60_000, FAILS)), cycle=90_000)           # fails 30 s of every 90 s

    Attributes:
        segments: moments and answers, in order; None for no answer of its own, so that the answer of the life applies.
        cycle: milliseconds after which the track repeats; None for never.
    """

    segments: tuple[tuple[int, Answer | None], ...]
    cycle: int | None = None

    def at(self, moment: int) -> tuple[Answer | None, int | None]:
        """The answer at a moment, and the moment until which it applies; None for no limit."""
        segments, cycle = self.segments, self.cycle
        base = 0 if cycle is None else moment - moment % cycle
        index = bisect_right(segments, moment - base, key=lambda segment: segment[0]) - 1
        answer = segments[index][1] if index >= 0 else None
        if index + 1 < len(segments):
            return answer, base + segments[index + 1][0]
        return answer, None if cycle is None else base + cycle

    def problems(self) -> Iterator[str]:
        """Everything that is invalid."""
        previous = -1
        for moment, answer in self.segments:
            if moment < 0:
                yield f"a segment begins at {moment} ms; times must be 0 or greater"
            if moment <= previous:
                yield f"a segment at {moment} ms follows one at {previous} ms; write them in order, each once"
            if answer is not None and answer.after < 0:
                yield f"the answer at {moment} ms comes after {answer.after} ms; times must be 0 or greater"
            previous = moment
        if self.cycle is not None and self.cycle <= max(previous, 0):
            yield f"the cycle of {self.cycle} ms ends before its last segment at {previous} ms begins"


HEALTHY: Final = Track(((0, PASSES),))
"""Every probe always passes at once."""


class Life(Struct, frozen=True, kw_only=True):
    """One process from its start to its end.

    Attributes:
        startup: its answers to the startup probe.
        readiness: its answers to the readiness probe.
        liveness: its answers to the liveness probe.
        exits_at: when it exits by itself; None for never.
        exit_code: its exit code in that case.
        exits_after_sigterm: milliseconds from SIGTERM to its exit; None if it ignores SIGTERM.
        sigterm_exit_code: its exit code in that case.
        refuses_after_sigterm: whether every probe fails from SIGTERM on; otherwise it responds until it exits.
    """

    startup: Track = HEALTHY
    readiness: Track = HEALTHY
    liveness: Track = HEALTHY
    exits_at: int | None = None
    exit_code: int = 1
    exits_after_sigterm: int | None = 0
    sigterm_exit_code: int = 0
    refuses_after_sigterm: bool = False

    def track(self, kind: ProbeKind) -> Track:
        """The answers to the probe of a kind."""
        if kind is ProbeKind.STARTUP:
            return self.startup
        return self.readiness if kind is ProbeKind.READINESS else self.liveness

    def problems(self) -> Iterator[str]:
        """Everything that is invalid."""
        for kind in ProbeKind:
            for problem in self.track(kind).problems():
                yield f"{kind.word}: {problem}"
        if self.exits_at is not None and self.exits_at < 0:
            yield f"exits at {self.exits_at} ms; times must be 0 or greater"
        if self.exits_after_sigterm is not None and self.exits_after_sigterm < 0:
            yield f"exits {self.exits_after_sigterm} ms after SIGTERM; times must be 0 or greater"


class Script(Struct, frozen=True, kw_only=True, dict=True):
    """The behaviour of one container.

    Attributes:
        lives: its processes one after another; the last one describes all that follow.
        overlays: answers in the pod's time, whichever process runs; they take precedence over those of the life.
        pre_stop: the duration of its preStop hook in milliseconds; None for the duration in the manifest.
        post_start: the same for its postStart hook.
    """

    lives: tuple[Life, ...] = (Life(),)
    overlays: Mapping[ProbeKind, Track] = field(default_factory=dict[ProbeKind, Track])
    pre_stop: int | None = None
    post_start: int | None = None

    def life(self, number: int) -> Life:
        """The process with this number, counted from 0."""
        return self.lives[min(number, len(self.lives) - 1)]

    def answer(self, life: Life, started_at: int, kind: ProbeKind, now: int) -> tuple[Answer, int | None]:
        """The answer of a process to a probe at a moment, and the moment until which it applies; None for no limit.

        Args:
            life: the process.
            started_at: its start in milliseconds.
            kind: the kind of the probe.
            now: the moment in milliseconds.
        """
        overlay = self.overlays.get(kind)
        imposed, imposed_until = overlay.at(now) if overlay is not None else (None, None)
        if imposed is not None:
            return imposed, imposed_until
        own, own_until = life.track(kind).at(now - started_at)
        ends = [end for end in (imposed_until, None if own_until is None else own_until + started_at) if end]
        # Before the first segment of a life, connections are refused.
        return own or FAILS, min(ends) if ends else None

    def problems(self) -> Iterator[str]:
        """Everything that is invalid."""
        if not self.lives:
            yield "has no processes; at least one is required"
        for number, life in enumerate(self.lives, start=1):
            for problem in life.problems():
                yield f"process {number}: {problem}"
        for kind, track in self.overlays.items():
            for problem in track.problems():
                yield f"{kind.word} in the pod's time: {problem}"
        for name, hook in (("preStop", self.pre_stop), ("postStart", self.post_start)):
            if hook is not None and hook < 0:
                yield f"{name} takes {hook} ms; times must be 0 or greater"


class Scenario(Struct, frozen=True, kw_only=True, dict=True):
    """Everything that happens to a pod.

    Attributes:
        name: its name.
        scripts: the behaviour of each container by name; a container without a script is always healthy.
        deleted_at: when the pod is deleted, for example by a rollout, a scale-down or a drain; None for never.
        horizon: the end of the simulation.
        marks: moments that a diagram marks, with their labels.
    """

    name: str
    scripts: Mapping[str, Script] = field(default_factory=dict[str, Script])
    deleted_at: int | None = None
    horizon: int = 300_000
    marks: tuple[tuple[int, str], ...] = ()

    def checked(self, containers: Sequence[str]) -> Scenario:
        """This scenario, checked for a pod with these containers.

        Raises:
            InvalidScenario: the scenario is invalid; the message lists all problems.
        """
        problems: list[str] = []
        for name, script in self.scripts.items():
            if name not in containers:
                problems.append(unknown_container(name, containers))
            problems += (f"{name}: {problem}" for problem in script.problems())
        if self.horizon <= 0:
            problems.append(f"the horizon is {self.horizon} ms; it must be positive")
        if self.horizon > LONGEST_HORIZON:
            problems.append("the horizon is longer than a year")
        if self.deleted_at is not None and self.deleted_at < 0:
            problems.append(f"the pod is deleted at {self.deleted_at} ms; times must be 0 or greater")
        if problems:
            raise InvalidScenario(problems)
        return self
