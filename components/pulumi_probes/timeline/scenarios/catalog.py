"""The named scenarios; each of them changes a draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from pulumi_probes.model.probe_kind import ProbeKind
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

ROLLOUT: Final = "rollout"
"""The name of the scenario that replaces all pods of a workload; all others are about one pod."""

LOOP_HORIZON: Final = 15 * MINUTE
"""The horizon for an endless loop, in milliseconds."""


class Draft(Struct, dict=True):
    """A scenario being put together for one container.

    Attributes:
        pod: the pod.
        container: the container that the scenario applies to.
        first: its first process.
        later: all its later processes.
        overlays: answers in the pod's time.
        deleted_at: when the pod is deleted, in milliseconds; None for never.
        horizon: the end of the simulation in milliseconds; None for a time shortly after the last event.
        running_at: when the first process starts, if the pod is healthy.
        settled_at: when the pod has been Ready for a while, if it is healthy.
        marks: moments that a diagram marks, with their labels.
        marks_of_life: the same for moments of the first process, which it may not reach.
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
        """Mark a moment of the first process, in milliseconds from its start."""
        self.marks_of_life.append((self.running_at + at, words))


class ScenarioName(Struct, frozen=True):
    """One named scenario.

    Attributes:
        name: its name.
        argument: the meaning of the duration after the name; empty if there is none.
        default: the default duration in milliseconds; None if the duration is required.
        summary: one sentence for the documentation.
        draft: the function that changes a draft.
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
    draft.mark(duration, "responds")


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
        # A process that hangs does not react to SIGTERM either.
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
        (draft.settled_at, f"responses take {format_milliseconds(duration)}"),
        (draft.settled_at + 5 * MINUTE, "fast again"),
    ]


def _impose(draft: Draft, duration: int, answer: Answer) -> None:
    """Let the dependency decide about readiness and about every other probe of the same endpoint."""
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
        ScenarioName("healthy", "", 0, "Every probe always passes at once.", _healthy),
        ScenarioName("starts-in", "until it responds", None, "Every process responds after this time.", _starts_in),
        ScenarioName("never-starts", "", 0, "No process ever responds.", _never_starts),
        ScenarioName("hangs-at", "until it hangs", None, "The first process stops responding.", _hangs_at),
        ScenarioName("crashes-at", "until it crashes", None, "The first process exits with code 1.", _crashes_at),
        ScenarioName(
            "oom-loop", "of each process", 30_000, "Every process is killed because it is out of memory.", _oom_loop
        ),
        ScenarioName("flaps", "of each failure", 30_000, "Readiness fails repeatedly.", _flaps),
        ScenarioName(
            "dependency-down",
            "of the outage",
            5 * MINUTE,
            "Once it is Ready, readiness fails, and so does every probe of the same endpoint.",
            _dependency_down,
        ),
        ScenarioName(
            "dependency-slow",
            "of one response",
            3000,
            "Once it is Ready, responses are slow for 5 min.",
            _dependency_slow,
        ),
        ScenarioName(
            "node-drain",
            "from SIGTERM to exit",
            5000,
            "Once it is Ready, the pod is evicted by a drain.",
            _node_drain,
        ),
    )
}
"""The named scenarios of one pod, by name."""
