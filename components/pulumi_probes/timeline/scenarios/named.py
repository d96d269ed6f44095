"""Scenarios by name: ``starts-in 40s``, ``hangs-at 100s``, ``oom-loop``; several of them joined by ``+``.

named_scenario("starts-in 40s + hangs-at 200s", pod)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from pulumi_probes.model.probe import ProbeKind
from pulumi_probes.model.rounding import round_up
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.model.duration import format_milliseconds, parse_duration
from pulumi_probes.timeline.model.kubelet import IDEAL, Kubelet
from pulumi_probes.timeline.model.pod import Pod, PodContainer
from pulumi_probes.timeline.model.result import EventKind, Timeline
from pulumi_probes.timeline.model.scenario import (
    FAILS,
    HANGS,
    PASSES,
    SIGKILL_EXIT_CODE,
    Answer,
    AnswerKind,
    InvalidScenario,
    Life,
    Scenario,
    Script,
    Track,
)
from pulumi_probes.timeline.simulator import simulate

_MINUTE: Final = 60_000
_LONGEST_FIT: Final = 60 * _MINUTE
_HALF_MINUTE: Final = 30_000
_LOOP_HORIZON: Final = 15 * _MINUTE
_LOOP_RESTARTS: Final = 4


@dataclass
class _Draft:
    """A scenario being put together for one container."""

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
    draft: Callable[[_Draft, int], None]


def _healthy(_draft: _Draft, _duration: int) -> None:
    """Nothing happens."""


def _starts_in(draft: _Draft, duration: int) -> None:
    track = Track(((0, FAILS), (duration, PASSES))) if duration else Track(((0, PASSES),))
    draft.first = replace(draft.first, startup=track, readiness=track, liveness=track)
    draft.later = replace(draft.later, startup=track, readiness=track, liveness=track)
    draft.mark(duration, "answers")


def _never_starts(draft: _Draft, _duration: int) -> None:
    silent = Track(((0, FAILS),))
    draft.first = draft.later = replace(draft.first, startup=silent, readiness=silent, liveness=silent)
    draft.horizon = _LOOP_HORIZON


def _hangs_at(draft: _Draft, duration: int) -> None:
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


def _crashes_at(draft: _Draft, duration: int) -> None:
    draft.first = replace(draft.first, exits_at=duration, exit_code=1)
    draft.mark(duration, "crashes")


def _oom_loop(draft: _Draft, duration: int) -> None:
    draft.first = replace(draft.first, exits_at=duration, exit_code=SIGKILL_EXIT_CODE)
    draft.later = replace(draft.later, exits_at=duration, exit_code=SIGKILL_EXIT_CODE)
    draft.horizon = _LOOP_HORIZON


def _flaps(draft: _Draft, duration: int) -> None:
    cycle = duration + max(_MINUTE, duration)
    draft.overlays[ProbeKind.READINESS] = Track(((0, None), (cycle - duration, FAILS)), cycle)
    draft.horizon = 3 * cycle + cycle // 2
    for begin in range(0, 3 * cycle, cycle):
        draft.marks += [(begin + cycle - duration, "fails"), (begin + cycle, "recovers")]


def _dependency_down(draft: _Draft, duration: int) -> None:
    _impose(draft, duration, FAILS)
    draft.marks += [
        (draft.settled_at, "dependency down"),
        (draft.settled_at + duration, "dependency back"),
    ]


def _dependency_slow(draft: _Draft, duration: int) -> None:
    _impose(draft, 5 * _MINUTE, Answer(AnswerKind.PASSES, duration))
    draft.marks += [
        (draft.settled_at, f"answers take {format_milliseconds(duration)}"),
        (draft.settled_at + 5 * _MINUTE, "fast again"),
    ]


def _impose(draft: _Draft, duration: int, answer: Answer) -> None:
    """The dependency shows in readiness, and in every other probe that asks the same."""
    begin = draft.settled_at
    track = Track(((0, None), (begin, answer), (begin + duration, None)))
    readiness = draft.container.readiness or draft.container.liveness
    for kind, probe in draft.container.probes:
        is_the_same = readiness is not None and probe.endpoint is not None and probe.endpoint == readiness.endpoint
        if kind is ProbeKind.READINESS or is_the_same or probe is readiness:
            draft.overlays[kind] = track


def _node_drain(draft: _Draft, duration: int) -> None:
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
            5 * _MINUTE,
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

STANDARD: Final = (
    "starts-in 40s",
    "hangs-at 100s",
    "flaps",
    "oom-loop",
    "dependency-down 5m",
    "node-drain",
)
"""What a preset is shown under."""


def named_scenario(text: str, pod: Pod, *, container: str | None = None, kubelet: Kubelet = IDEAL) -> Scenario:
    """A scenario from its name, as long as there is something to see.

    Args:
        text: names with their durations, joined by ``+``.
        pod: the pod.
        container: to which container it happens; the one that `choose_container` finds when None.
        kubelet: with which kubelet, to find out how long to look.

    Raises:
        InvalidScenario: there is no such scenario or container, or a duration cannot be read.
    """
    draft = _Draft(pod, choose_container(pod, container))
    _find_moments(draft, kubelet)
    for part in text.split("+"):
        words = part.split(maxsplit=1)
        known = SCENARIOS.get(words[0]) if words else None
        if known is None:
            raise InvalidScenario([f"{part.strip()!r} is no scenario; there are {', '.join(SCENARIOS)}"])
        known.draft(draft, _duration(known, words[1:]))
    script = Script(lives=(draft.first, draft.later), overlays=draft.overlays)
    scenario = Scenario(
        name=" + ".join(" ".join(part.split()) for part in text.split("+")),
        scripts={**finished_init_containers(pod), draft.container.name: script},
        deleted_at=draft.deleted_at,
        horizon=draft.horizon or _LONGEST_FIT,
    )
    timeline = simulate(pod, scenario, kubelet)
    ended = timeline.first(EventKind.EXITED, container=draft.container.name)
    reached = [mark for mark in draft.marks_of_life if ended is None or mark[0] <= ended.at]
    scenario = replace(scenario, marks=tuple(sorted(draft.marks + reached)))
    return scenario if draft.horizon else _fitted(scenario, timeline)


def finished_init_containers(pod: Pod) -> dict[str, Script]:
    """Plain init containers do their work in no time, where nobody says otherwise."""
    return {
        item.name: Script(lives=(Life(exits_at=0, exit_code=0),))
        for item in pod.init_containers
        if item.role is ContainerRole.INIT
    }


def fitted(pod: Pod, scenario: Scenario, kubelet: Kubelet = IDEAL) -> Scenario:
    """The same scenario with a horizon a little beyond the last thing that happens, or 15 min of an endless loop."""
    return _fitted(scenario, simulate(pod, replace(scenario, horizon=_LONGEST_FIT), kubelet))


def _fitted(scenario: Scenario, timeline: Timeline) -> Scenario:
    last = max([event.at for event in timeline.events] + [mark for mark, _ in scenario.marks] + [0])
    if timeline.restarts() >= _LOOP_RESTARTS and last > _LOOP_HORIZON:
        return replace(scenario, horizon=_LOOP_HORIZON)
    shown = last + max(5_000, last // 8)
    step = next((step for step in (5_000, 10_000, 30_000) if shown <= 60 * step), _MINUTE)
    return replace(scenario, horizon=min(_LONGEST_FIT, round_up(shown, step)))


def _find_moments(draft: _Draft, kubelet: Kubelet) -> None:
    """When the container starts, and when the pod has been Ready for a while, if all is well."""
    healthy = Scenario(name="healthy", scripts=finished_init_containers(draft.pod), horizon=_LONGEST_FIT)
    timeline = simulate(draft.pod, healthy, kubelet)
    running = timeline.first(EventKind.RUNNING, container=draft.container.name)
    ready = timeline.first(EventKind.POD_READY)
    draft.running_at = running.at if running is not None else 0
    settled = (ready.at if ready is not None else 0) + _HALF_MINUTE
    draft.settled_at = max(_MINUTE, round_up(settled, _HALF_MINUTE))


def choose_container(pod: Pod, container: str | None = None) -> PodContainer:
    """The container of a name; without one, the first regular container with probes, else the first sidecar with some.

    Raises:
        InvalidScenario: there is no such container.
    """
    if container is None:
        probed = (item for item in (*pod.containers, *pod.init_containers) if any(item.probes))
        return next(probed, pod.containers[0])
    found = pod.container(container)
    if found is None:
        names = ", ".join(item.name for item in pod.all_containers)
        raise InvalidScenario([f"there is no container {container!r}; the pod has {names}"])
    return found


def _duration(known: ScenarioName, words: list[str]) -> int:
    if not words:
        if known.default is None:
            raise InvalidScenario([f"{known.name} needs a duration {known.argument}, such as {known.name} 40s"])
        return known.default
    if not known.argument:
        raise InvalidScenario([f"{known.name} takes no duration"])
    try:
        return parse_duration(words[0])
    except ValueError as problem:
        raise InvalidScenario([f"{known.name}: {problem}"]) from None
