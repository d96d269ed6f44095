"""Draw diagrams as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from pulumi_probes.model.rounding import ceil_div
from pulumi_probes.timeline.drawing.axis import format_tick, tick_step
from pulumi_probes.timeline.drawing.diagram import Diagram, Lane, Mark, Tone, gaps
from pulumi_probes.timeline.model.duration import format_milliseconds
from pulumi_probes.timeline.model.result import AttemptRun, Outcome

DEFAULT_WIDTH: Final = 100
"""The width of a drawing in columns."""

LONGEST_LOG: Final = 40
"""The number of log entries that are shown; the others are only counted."""

_BARS: Final = {
    Tone.TRAFFIC: "█",
    Tone.FAILING: "!",
    Tone.STARTING: "░",
    Tone.RUNNING: "▓",
    Tone.STOPPING: "▒",
    Tone.BACK_OFF: "~",
    Tone.OLD: "█",
}
_CROSS: Final = "\N{MULTIPLICATION SIGN}"
_DOTS: Final = {Outcome.SUCCESS: "·", Outcome.FAILURE: _CROSS, Outcome.TIMEOUT: _CROSS, Outcome.ERROR: "?"}
_SEVERITY: Final = (Outcome.SUCCESS, Outcome.ERROR, Outcome.FAILURE, Outcome.TIMEOUT)
_LEAST_CHART: Final = 30


def draw_text(diagram: Diagram, width: int = DEFAULT_WIDTH) -> str:
    """Draw a diagram with its event log; no line is longer than `width` columns."""
    label = min(24, max(len(" " * (2 * lane.depth) + lane.label) for lane in diagram.lanes) + 2)
    chart = _Chart(diagram.ends_at, max(_LEAST_CHART, width - label))
    lines = [*textwrap.wrap(f"{diagram.title}: {diagram.subtitle}", width), ""]
    lines += [" " * label + line for line in chart.marks(diagram.marks)]
    lines += [" " * label + line for line in chart.axis()]
    for lane in diagram.lanes:
        name = _cut(" " * (2 * lane.depth) + lane.label, label - 1)
        lines.append(f"{name:<{label}}{chart.lane(lane)}".rstrip())
    lines.append("")
    lines += _legend(diagram, width)
    lines.append("")
    lines += _log(diagram, width)
    return "\n".join(line.rstrip() for line in lines) + "\n"


class _Chart:
    """The time axis of a drawing, in columns."""

    def __init__(self, ends_at: int, columns: int) -> None:
        self._ends_at = ends_at
        self._columns = columns

    def _column(self, moment: int) -> int:
        return min(self._columns - 1, moment * self._columns // self._ends_at)

    def axis(self) -> Iterator[str]:
        """The labels of the ticks, and the line with the ticks."""
        step = tick_step(self._ends_at, self._columns // 12)
        names, line = [" "] * self._columns, ["─"] * self._columns
        for moment in range(0, self._ends_at, step):
            column = self._column(moment)
            name = format_tick(moment, step)
            line[column] = "┬"
            if column + len(name) <= self._columns:
                names[column : column + len(name)] = name
        yield "".join(names)
        yield "".join(line)

    def marks(self, marks: tuple[Mark, ...]) -> Iterator[str]:
        """The labels of the marks above their moments, in as many lines as they need."""
        rows: list[list[str]] = []
        for mark in marks:
            words = f"▼ {mark.words}"
            column = min(self._column(mark.at), self._columns - 1)
            if column + len(words) > self._columns:
                words = f"{mark.words} ▼"
                column = max(0, column + 1 - len(words))
            needed = slice(max(0, column - 1), column + len(words) + 1)
            row = next((row for row in rows if not "".join(row[needed]).strip()), None)
            if row is None:
                row = [" "] * self._columns
                rows.append(row)
            row[column : column + len(words)] = words[: self._columns - column]
        yield from ("".join(row).rstrip() for row in rows)

    def lane(self, lane: Lane) -> str:
        """The bars and attempts of one lane."""
        cells = [" "] * self._columns
        for bar in lane.bars:
            first, last = self._column(bar.begin), self._column(max(bar.begin, bar.end - 1))
            for column in range(first, last + 1):
                cells[column] = _BARS[bar.tone]
        worst: dict[int, Outcome] = {}
        for run in lane.attempts:
            for column in self._touched(run):
                known = worst.get(column)
                if known is None or _SEVERITY.index(run.outcome) > _SEVERITY.index(known):
                    worst[column] = run.outcome
        for column, outcome in worst.items():
            cells[column] = _DOTS[outcome]
        for bar in lane.bars:
            if bar.tone is Tone.FAILING:
                self._write_duration(cells, bar.begin, bar.end, _BARS[bar.tone])
        for gap in gaps(lane, self._ends_at):
            self._write_duration(cells, gap.begin, gap.end, " ")
        return "".join(cells).rstrip()

    def _write_duration(self, cells: list[str], begin: int, end: int, filled_with: str) -> None:
        """Write a duration in the middle of a span, unless it would touch another one."""
        words = f" {format_milliseconds(end - begin)} "
        first, last = self._column(begin), self._column(end - 1)
        column = (first + last + 1 - len(words)) // 2
        if column > first and set(cells[column : column + len(words)]) == {filled_with}:
            cells[column : column + len(words)] = words

    def _touched(self, run: AttemptRun) -> Iterator[int]:
        """The columns in which attempts of a run begin."""
        if run.count <= self._columns:
            yield from {self._column(run.first + number * run.spacing) for number in range(run.count)}
        else:
            for column in range(self._column(run.first), self._column(run.last) + 1):
                begin = ceil_div(column * self._ends_at, self._columns)
                end = ceil_div((column + 1) * self._ends_at, self._columns)
                number = ceil_div(begin - run.first, run.spacing)
                if run.first + max(0, number) * run.spacing < end:
                    yield column


def _legend(diagram: Diagram, width: int) -> list[str]:
    tones = {bar.tone for lane in diagram.lanes for bar in lane.bars}
    outcomes = {run.outcome for lane in diagram.lanes for run in lane.attempts}
    words = [f"{_BARS[tone]} {tone.value}" for tone in Tone if tone in tones]
    if Outcome.SUCCESS in outcomes:
        words.append("· passed")
    if outcomes & {Outcome.FAILURE, Outcome.TIMEOUT}:
        words.append(f"{_CROSS} failed")
    if Outcome.ERROR in outcomes:
        words.append("? error, not counted")
    return textwrap.wrap("   ".join(words), width, break_on_hyphens=False)


def _log(diagram: Diagram, width: int) -> Iterator[str]:
    shown = diagram.log[:LONGEST_LOG]
    moments = [format_milliseconds(entry.at) for entry in shown]
    later = ["" if item.since_mark is None else f"+{format_milliseconds(item.since_mark)}" for item in shown]
    left = max(map(len, moments), default=0)
    right = max(map(len, later), default=0)
    for entry, moment, after in zip(shown, moments, later, strict=True):
        head = f"{moment:>{left}}  " + (f"{after:>{right}}  " if right else "")
        lines = textwrap.wrap(entry.text, width - len(head), break_on_hyphens=False)
        for number, line in enumerate(lines):
            yield (head if number == 0 else " " * len(head)) + line
    hidden = len(diagram.log) - len(shown)
    if hidden:
        yield f"{hidden} more moments until {format_milliseconds(diagram.ends_at)}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
