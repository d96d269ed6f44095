"""What happens to a pod, as frozen data: when each probe would be answered, when processes exit, when the pod goes.

Times are whole milliseconds. A life's times count from the start of its process, everything else from the moment at
which the kubelet sets up the pod, which is zero.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from pulumi_probes.model.errors import ProbesError
from pulumi_probes.model.probe import ProbeKind

LONGEST_HORIZON: Final = 366 * 24 * 3_600_000
"""No simulation looks further than a year."""

SIGKILL_EXIT_CODE: Final = 137
"""What a process that was killed by SIGKILL leaves behind."""


class InvalidScenario(ProbesError, ValueError):  # noqa: N818 - says what is the case
    """A scenario makes no sense; every problem is listed.

    Attributes:
        problems: one line each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class AnswerKind(Enum):
    """How an application reacts to a probe; the value is the word in scenario files."""

    PASSES = "passes"
    FAILS = "fails"
    HANGS = "hangs"
    ERRS = "errs"


@dataclass(frozen=True, slots=True)
class Answer:
    """One reaction, and after how many milliseconds it comes.

    Answer(AnswerKind.PASSES, 200)   # status 200 after 200 ms; too late if that is the timeout or more
    Answer(AnswerKind.FAILS)         # refused at once, or status 500
    Answer(AnswerKind.HANGS)         # no answer: the attempt fails when the timeout is over
    Answer(AnswerKind.ERRS, 50)      # the prober itself fails, is tried 3 times, and the result is thrown away
    """

    kind: AnswerKind
    after: int = 0


PASSES: Final = Answer(AnswerKind.PASSES)
FAILS: Final = Answer(AnswerKind.FAILS)
HANGS: Final = Answer(AnswerKind.HANGS)


@dataclass(frozen=True, slots=True)
class Track:
    """Answers over time: each holds from its moment until the next one begins.

    Track(((0, FAILS), (40_000, PASSES)))                         # answers from 40 s on
    Track(((0, PASSES), (60_000, FAILS)), cycle=90_000)           # fails 30 s of every 90 s

    Attributes:
        segments: moments and answers, in order; None gives no answer, so that whatever else applies does.
        cycle: after this long the track starts again; None for never.
    """

    segments: tuple[tuple[int, Answer | None], ...]
    cycle: int | None = None

    def at(self, moment: int) -> tuple[Answer | None, int | None]:
        """The answer at a moment, and when it ends; None for never."""
        segments, cycle = self.segments, self.cycle
        base = 0 if cycle is None else moment - moment % cycle
        index = bisect_right(segments, moment - base, key=lambda segment: segment[0]) - 1
        answer = segments[index][1] if index >= 0 else None
        if index + 1 < len(segments):
            return answer, base + segments[index + 1][0]
        return answer, None if cycle is None else base + cycle

    def problems(self) -> Iterator[str]:
        """What is wrong with it, if anything."""
        previous = -1
        for moment, answer in self.segments:
            if moment < 0:
                yield f"a segment begins at {moment} ms; times are not negative"
            if moment <= previous:
                yield f"a segment at {moment} ms follows one at {previous} ms; write them in order, each once"
            if answer is not None and answer.after < 0:
                yield f"the answer at {moment} ms comes after {answer.after} ms; times are not negative"
            previous = moment
        if self.cycle is not None and self.cycle <= max(previous, 0):
            yield f"the cycle of {self.cycle} ms ends before its last segment at {previous} ms begins"


HEALTHY: Final = Track(((0, PASSES),))
"""Every probe passes at once, always."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One process from its start to its end.

    Attributes:
        startup: what its startup probe finds.
        readiness: what its readiness probe finds.
        liveness: what its liveness probe finds.
        exits_at: when it ends by itself, None for never.
        exit_code: with what, then.
        exits_after_sigterm: how long it takes to end once told to; None when it ignores SIGTERM.
        sigterm_exit_code: with what, then.
        refuses_after_sigterm: whether every probe fails from SIGTERM on; else it answers until it is gone.
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
        """What the probe of one kind finds."""
        if kind is ProbeKind.STARTUP:
            return self.startup
        return self.readiness if kind is ProbeKind.READINESS else self.liveness

    def problems(self) -> Iterator[str]:
        """What is wrong with it, if anything."""
        for kind in ProbeKind:
            for problem in self.track(kind).problems():
                yield f"{kind.word}: {problem}"
        if self.exits_at is not None and self.exits_at < 0:
            yield f"exits at {self.exits_at} ms; times are not negative"
        if self.exits_after_sigterm is not None and self.exits_after_sigterm < 0:
            yield f"exits {self.exits_after_sigterm} ms after SIGTERM; times are not negative"


@dataclass(frozen=True, kw_only=True)
class Script:
    """What one container does.

    Attributes:
        lives: its processes one after another; the last one describes all that follow.
        overlays: answers at moments of the pod's time, whichever process runs; they win over the life's.
        pre_stop: how long its preStop hook takes in truth, None for what the manifest says.
        post_start: the same for its postStart hook.
    """

    lives: tuple[Life, ...] = (Life(),)
    overlays: Mapping[ProbeKind, Track] = field(default_factory=dict[ProbeKind, Track])
    pre_stop: int | None = None
    post_start: int | None = None

    def life(self, number: int) -> Life:
        """The process with this number, counted from 0."""
        return self.lives[min(number, len(self.lives) - 1)]

    def problems(self) -> Iterator[str]:
        """What is wrong with it, if anything."""
        if not self.lives:
            yield "has no life; write at least one"
        for number, life in enumerate(self.lives, start=1):
            for problem in life.problems():
                yield f"life {number}: {problem}"
        for kind, track in self.overlays.items():
            for problem in track.problems():
                yield f"{kind.word} in pod time: {problem}"
        for name, hook in (("preStop", self.pre_stop), ("postStart", self.post_start)):
            if hook is not None and hook < 0:
                yield f"{name} takes {hook} ms; times are not negative"


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What happens to a pod.

    Attributes:
        name: what to call it.
        scripts: by container name; a container without one is healthy for ever.
        deleted_at: when the pod is deleted, as an update, a scale-down or a drain does; None for never.
        horizon: how far to look.
        marks: moments worth a line in a drawing, with their words.
    """

    name: str
    scripts: Mapping[str, Script] = field(default_factory=dict[str, Script])
    deleted_at: int | None = None
    horizon: int = 300_000
    marks: tuple[tuple[int, str], ...] = ()

    def checked(self, containers: Sequence[str]) -> Scenario:
        """This scenario, if it makes sense for a pod with these containers.

        Raises:
            InvalidScenario: it does not; every problem is listed.
        """
        problems: list[str] = []
        for name, script in self.scripts.items():
            if name not in containers:
                problems.append(f"there is no container {name!r}; the pod has {', '.join(containers)}")
            problems += (f"{name}: {problem}" for problem in script.problems())
        if self.horizon <= 0:
            problems.append(f"the horizon is {self.horizon} ms; it must be positive")
        if self.horizon > LONGEST_HORIZON:
            problems.append("the horizon is longer than a year")
        if self.deleted_at is not None and self.deleted_at < 0:
            problems.append(f"the pod is deleted at {self.deleted_at} ms; times are not negative")
        if problems:
            raise InvalidScenario(problems)
        return self
