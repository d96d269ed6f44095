"""What can happen in a scenario that has a name: each changes a draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from pulumi_probes.model.probe import ProbeKind
from pulumi_probes.timeline.model.duration import format_milliseconds
from pulumi_probes.timeline.model.pod import Pod, PodContainer
from pulumi_probes.timeline.model.scenario import (
    FAILS,
    HANGS,
    PASSES,
    SIGKILL_EXIT_CODE,
    Answer,
    AnswerKind,
    Life,
    Track,
)

MINUTE: Final = 60_000
"""In milliseconds."""

LOOP_HORIZON: Final = 15 * MINUTE
"""How much of an endless loop is shown, in milliseconds."""


@dataclass
class Draft:
    """A scenario being put together for one container.

    Attributes:
        pod: the pod.
        container: the container to which it happens.
        first: what its first process does.
        later: what the processes after that do.
        overlays: answers at moments of the pod's time.
        deleted_at: when the pod is deleted, in milliseconds; None for never.
        horizon: how far to look; None for as far as something happens.
        running_at: when the first process starts, if all is well.
        settled_at: when the pod has been Ready for a while, if all is well.
        marks: moments worth a line in a drawing, with their words.
        marks_of_life: the same, if the first process gets that far.
    """

    pod: Pod
    container: PodContainer
    first: Life = field(default_factory=Life)
    later: Life = field(default_factory=Life)
    overlays: dict[ProbeKind, Track] = field(default_factory=dict[ProbeKind, Track])
    deleted_at: int | None = None
    horizon: int | None = None
    running_at: int = 0
    settled_at: int = 0
    marks: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    marks_of_life: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def mark(self, at: int, words: str) -> None:
        """A moment of the first process, if it gets that far."""
        self.marks_of_life.append((self.running_at + at, words))


@dataclass(frozen=True, slots=True)
class ScenarioName:
    """One scenario that has a name.

    Attributes:
        name: what people write.
        argument: what the duration after it means; empty when it takes none.
        default: the duration, in milliseconds, when none is written; None when one must be.
        summary: one sentence.
        draft: changes a draft.
    """

    name: str
    argument: str
    default: int | None
    summary: str
    draft: Callable[[Draft, int], None]


def _healthy(_draft: Draft, _duration: int) -> None:
    """Nothing happens."""


def _starts_in(draft: Draft, duration: int) -> None:
    track = Track(((0, FAILS), (duration, PASSES))) if duration else Track(((0, PASSES),))
    draft.first = replace(draft.first, startup=track, readiness=track, liveness=track)
    draft.later = replace(draft.later, startup=track, readiness=track, liveness=track)
    draft.mark(duration, "answers")


def _never_starts(draft: Draft, _duration: int) -> None:
    silent = Track(((0, FAILS),))
    draft.first = draft.later = replace(draft.first, startup=silent, readiness=silent, liveness=silent)
    draft.horizon = LOOP_HORIZON


def _hangs_at(draft: Draft, duration: int) -> None:
    def until(track: Track) -> Track:
        kept = tuple(segment for segment in track.segments if segment[0] < duration)
        return Track((*kept, (duration, HANGS)))

    life = draft.first
    draft.first = replace(
        life,
        startup=until(life.startup),
        readiness=until(life.readiness),
        liveness=until(life.liveness),
        # What hangs does not take SIGTERM either.
        exits_after_sigterm=None,
    )
    draft.mark(duration, "hangs")


def _crashes_at(draft: Draft, duration: int) -> None:
    draft.first = replace(draft.first, exits_at=duration, exit_code=1)
    draft.mark(duration, "crashes")


def _oom_loop(draft: Draft, duration: int) -> None:
    draft.first = replace(draft.first, exits_at=duration, exit_code=SIGKILL_EXIT_CODE)
    draft.later = replace(draft.later, exits_at=duration, exit_code=SIGKILL_EXIT_CODE)
    draft.horizon = LOOP_HORIZON


def _flaps(draft: Draft, duration: int) -> None:
    cycle = duration + max(MINUTE, duration)
    draft.overlays[ProbeKind.READINESS] = Track(((0, None), (cycle - duration, FAILS)), cycle)
    draft.horizon = 3 * cycle + cycle // 2
    for begin in range(0, 3 * cycle, cycle):
        draft.marks += [(begin + cycle - duration, "fails"), (begin + cycle, "recovers")]


def _dependency_down(draft: Draft, duration: int) -> None:
    _impose(draft, duration, FAILS)
    draft.marks += [
        (draft.settled_at, "dependency down"),
        (draft.settled_at + duration, "dependency back"),
    ]


def _dependency_slow(draft: Draft, duration: int) -> None:
    _impose(draft, 5 * MINUTE, Answer(AnswerKind.PASSES, duration))
    draft.marks += [
        (draft.settled_at, f"answers take {format_milliseconds(duration)}"),
        (draft.settled_at + 5 * MINUTE, "fast again"),
    ]


def _impose(draft: Draft, duration: int, answer: Answer) -> None:
    """The dependency shows in readiness, and in every other probe that asks the same."""
    begin = draft.settled_at
    track = Track(((0, None), (begin, answer), (begin + duration, None)))
    readiness = draft.container.readiness or draft.container.liveness
    for kind, probe in draft.container.probes:
        is_the_same = readiness is not None and probe.endpoint is not None and probe.endpoint == readiness.endpoint
        if kind is ProbeKind.READINESS or is_the_same or probe is readiness:
            draft.overlays[kind] = track


def _node_drain(draft: Draft, duration: int) -> None:
    draft.deleted_at = draft.settled_at
    draft.first = replace(draft.first, exits_after_sigterm=duration)
    draft.later = replace(draft.later, exits_after_sigterm=duration)
    draft.marks.append((draft.settled_at, "drain"))


SCENARIOS: Final[Mapping[str, ScenarioName]] = {
    item.name: item
    for item in (
        ScenarioName("healthy", "", 0, "Answers at once and for ever.", _healthy),
        ScenarioName("starts-in", "until it answers", None, "Every process answers after this long.", _starts_in),
        ScenarioName("never-starts", "", 0, "No process ever answers.", _never_starts),
        ScenarioName("hangs-at", "until it hangs", None, "The first process stops answering.", _hangs_at),
        ScenarioName("crashes-at", "until it crashes", None, "The first process exits with code 1.", _crashes_at),
        ScenarioName("oom-loop", "of each process", 30_000, "Every process is killed for its memory.", _oom_loop),
        ScenarioName("flaps", "of each failure", 30_000, "Readiness fails again and again.", _flaps),
        ScenarioName(
            "dependency-down",
            "of the outage",
            5 * MINUTE,
            "Once it is Ready, readiness fails, and so does what asks the same.",
            _dependency_down,
        ),
        ScenarioName(
            "dependency-slow", "of one answer", 3000, "Once it is Ready, answers are slow for 5 min.", _dependency_slow
        ),
        ScenarioName(
            "node-drain",
            "from SIGTERM to exit",
            5000,
            "Once it is Ready, the pod is evicted, as by a drain.",
            _node_drain,
        ),
    )
}
"""Every scenario that has a name."""
