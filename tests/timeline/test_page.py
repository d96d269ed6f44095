"""The page about the state machines: it is current and complete, and the simulator takes every way that it draws."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from pulumi_probes._markdown import with_blocks
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.timeline._documentation import blocks, diagrams
from pulumi_probes.timeline.drawing.state_diagram import draw_machine
from pulumi_probes.timeline.drawing.state_machines import MACHINES
from pulumi_probes.timeline.model.pod import PodProbe
from pulumi_probes.timeline.model.result import EventKind, Outcome, Timeline
from pulumi_probes.timeline.model.scenario import FAILS, PASSES, Answer, AnswerKind, Life, Track

Play = Callable[..., Timeline]

S = 1000
FOLDER = Path(__file__).parents[2] / "docs" / "explanation"
PAGE = FOLDER / "timeline.md"


def test_the_page_is_current() -> None:
    """The generated parts are current; `scripts/docs` regenerates them."""
    text = PAGE.read_text(encoding="utf-8")
    assert with_blocks(text, blocks()) == text


@pytest.mark.parametrize("name", sorted(diagrams()))
def test_the_pictures_are_current(name: str) -> None:
    """So are the drawings beside it."""
    assert diagrams()[name] == (FOLDER / name).read_text(encoding="utf-8")


def test_every_picture_is_shown() -> None:
    """And every picture that the page shows is drawn."""
    assert sorted(diagrams()) == sorted(re.findall(r"!\[[^]]*\]\(([^)]*)\)", PAGE.read_text(encoding="utf-8")))


def test_a_block_that_nobody_makes_is_an_error() -> None:
    """A misspelt marker must not leave a hole in the page."""
    with pytest.raises(ValueError, match="boundz"):
        with_blocks("<!-- made: boundz -->\n<!-- end -->", blocks())


def test_the_program_on_the_page_can_be_compiled() -> None:
    """The program is valid Python, and its names exist."""
    block = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    scope: dict[str, object] = {}
    exec(compile(block[1], "page", "exec"), scope)  # noqa: S102 - our own page
    assert callable(scope["test_cart"])


@pytest.mark.parametrize("kind", ProbeKind)
def test_machines_are_well_formed(kind: ProbeKind) -> None:
    """Arrows join states that there are, each state can be reached and left, and the drawing is XML."""
    machine = MACHINES[kind]
    names = {state.name for state in machine.states}
    assert names == {item.target for item in machine.transitions} == {item.origin for item in machine.transitions}
    root = ET.fromstring(draw_machine(kind))  # noqa: S314 - made here
    words = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert names <= words


DELAYED = PodProbe(delay=5 * S)
NOT_COUNTED = Answer(AnswerKind.ERRS)


def first(timeline: Timeline, kind: EventKind, since: int = 0) -> int:
    """When such an event first happens, in seconds."""
    event = timeline.first(kind, since=since * S)
    assert event is not None
    return event.at // S


Way = tuple[ProbeKind, str, str]
WAYS: dict[Way, Callable[[Play], None]] = {}


def way(kind: ProbeKind, origin: str, target: str) -> Callable[[Callable[[Play], None]], Callable[[Play], None]]:
    """Says which arrow a function takes."""

    def register(check: Callable[[Play], None]) -> Callable[[Play], None]:
        WAYS[kind, origin, target] = check
        return check

    return register


@way(ProbeKind.STARTUP, "waiting", "starting")
@way(ProbeKind.LIVENESS, "waiting", "alive")
def delays_are_waited_for(play: Play) -> None:
    """Nothing is asked before the delay is over."""
    for kind in ("startup", "liveness"):
        assert 10 * S == play(Life(), **{kind: DELAYED}).attempts[0].first


@way(ProbeKind.STARTUP, "starting", "starting")
def a_slow_start_goes_on(play: Play) -> None:
    """Failures below the threshold, and errors, lead nowhere."""
    track = Track(((0, FAILS), (15 * S, NOT_COUNTED), (55 * S, PASSES)))
    timeline = play(Life(startup=track), startup=PodProbe(), liveness=PodProbe())
    assert 60 == first(timeline, EventKind.STARTED)
    assert timeline.first(EventKind.VERDICT) is None
    assert 60 * S == min(run.first for run in timeline.attempts if run.kind is ProbeKind.LIVENESS)


@way(ProbeKind.STARTUP, "starting", "started")
def one_success_starts(play: Play) -> None:
    """Readiness runs in the same moment, whatever its period, and startup never again."""
    track = Track(((0, FAILS), (15 * S, PASSES)))
    timeline = play(Life(startup=track), startup=PodProbe(), readiness=PodProbe(period=3600 * S))
    assert [20, 20] == [first(timeline, EventKind.STARTED), first(timeline, EventKind.READY)]
    assert 20 * S == max(run.last for run in timeline.attempts if run.kind is ProbeKind.STARTUP)


@way(ProbeKind.STARTUP, "starting", "failed")
@way(ProbeKind.STARTUP, "failed", "waiting")
def a_start_that_fails_is_killed(play: Play) -> None:
    """At the threshold; the next process has its own chance."""
    timeline = play(Life(startup=Track(((0, FAILS),))), Life(), startup=PodProbe())
    assert [20, 20] == [first(timeline, EventKind.KILLING), first(timeline, EventKind.EXITED)]
    assert 30 == first(timeline, EventKind.STARTED)


@way(ProbeKind.STARTUP, "started", "waiting")
def a_new_process_starts_anew(play: Play) -> None:
    """A crash after the start does not let the next process skip its startup probe."""
    slow = Life(startup=Track(((0, FAILS), (15 * S, PASSES))))
    timeline = play(Life(exits_at=45 * S), slow, startup=PodProbe(), liveness=PodProbe())
    assert 60 == first(timeline, EventKind.STARTED, since=45)
    assert [] == [
        run for run in timeline.attempts if run.life == 2 and run.kind is ProbeKind.LIVENESS and run.first < 60 * S
    ]


@way(ProbeKind.LIVENESS, "alive", "alive")
def single_failures_do_nothing(play: Play) -> None:
    """A success, a failure below the threshold, an error: it stays alive."""
    track = Track(((0, PASSES), (15 * S, FAILS), (35 * S, PASSES), (55 * S, NOT_COUNTED)))
    timeline = play(Life(liveness=track), liveness=PodProbe())
    assert {Outcome.SUCCESS, Outcome.FAILURE, Outcome.ERROR} == {run.outcome for run in timeline.attempts}
    assert timeline.first(EventKind.VERDICT) is None


@way(ProbeKind.LIVENESS, "alive", "failed")
@way(ProbeKind.LIVENESS, "failed", "waiting")
def failures_in_a_row_kill(play: Play) -> None:
    """Then nothing is asked until the next process runs."""
    dying = Life(liveness=Track(((0, FAILS),)), exits_after_sigterm=15 * S)
    timeline = play(dying, Life(), liveness=PodProbe())
    assert [20, 35] == [first(timeline, EventKind.KILLING), first(timeline, EventKind.RUNNING, since=1)]
    assert [0, 40] == [run.first // S for run in timeline.attempts]


@way(ProbeKind.READINESS, "waiting", "not ready")
@way(ProbeKind.READINESS, "not ready", "ready")
def successes_give_traffic(play: Play) -> None:
    """As many as the threshold says, once the delay is over."""
    timeline = play(Life(), readiness=PodProbe(delay=5 * S, successes=3))
    assert 10 * S == min(run.first for run in timeline.attempts)
    assert 30 == first(timeline, EventKind.TRAFFIC)


@way(ProbeKind.READINESS, "ready", "not ready")
def failures_take_traffic(play: Play) -> None:
    """Nothing is restarted; what answers again gets its traffic back."""
    timeline = play(Life(readiness=Track(((0, PASSES), (60 * S, FAILS), (90 * S, PASSES)))), readiness=PodProbe())
    assert [80, 90] == [first(timeline, EventKind.NO_TRAFFIC), first(timeline, EventKind.TRAFFIC, since=80)]
    assert 0 == timeline.restarts()


@way(ProbeKind.READINESS, "ready", "waiting")
def a_new_process_has_no_traffic(play: Play) -> None:
    """It has to earn it, whatever the one before had."""
    slow = Life(readiness=Track(((0, FAILS), (25 * S, PASSES))))
    timeline = play(Life(exits_at=60 * S), slow, readiness=PodProbe())
    assert [60, 90] == [first(timeline, EventKind.NO_TRAFFIC), first(timeline, EventKind.TRAFFIC, since=60)]


@pytest.mark.parametrize(
    "transition",
    [(kind, item.origin, item.target) for kind, machine in MACHINES.items() for item in machine.transitions],
    ids=lambda item: f"{item[0].word}: {item[1]} to {item[2]}",
)
def test_every_arrow_is_taken(transition: Way, play: Play) -> None:
    """The simulator takes each transition of the drawing."""
    WAYS[transition](play)


def test_the_examples_of_the_page_are_those_of_its_pictures() -> None:
    """The promise above the pictures is the promise of the contract in them."""
    assert "Ready within 64 s; a startup of up to 60 s is allowed." in blocks()["contract"]
