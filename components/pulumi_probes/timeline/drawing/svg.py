"""Draw diagrams as SVG, readable on light and dark pages."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

from pulumi_probes.timeline.drawing.axis import format_tick, tick_step
from pulumi_probes.timeline.drawing.diagram import Bar, Diagram, Lane, Tone, gaps
from pulumi_probes.timeline.drawing.svg_document import WIDTH, svg_document, svg_element, svg_line, svg_text
from pulumi_probes.timeline.model.duration import format_milliseconds
from pulumi_probes.timeline.model.result import AttemptRun, Outcome

_LONGEST_LOG: Final = 14
_MARGIN: Final = 24
_TOP: Final = 62
_MARK_ROW: Final = 22
_LANE: Final = {0: 30, 1: 22}
_LOG_LINE: Final = 19
_BAND_BELOW: Final = 6.0
_LETTER: Final = 6.3
_WIDE_LETTER: Final = 7.0
_BOLD_LETTER: Final = 7.7
_TICKS: Final = 10
_BETWEEN: Final = 16


def draw_svg(diagram: Diagram) -> str:
    """Draw a diagram with its event log as one SVG document."""
    return _Drawing(diagram).document()


def draw_svg_element(diagram: Diagram) -> str:
    """The drawing as an element of an HTML page, which has the rules of `STYLE` for it."""
    return _Drawing(diagram).element()


def draw_svg_page(diagrams: Sequence[Diagram]) -> str:
    """Draw several diagrams below one another, as one SVG document."""
    if len(diagrams) == 1:
        return draw_svg(diagrams[0])
    parts: list[str] = []
    y = 0
    for diagram in diagrams:
        height, content = _Drawing(diagram).content()
        parts += [f'<svg x="0" y="{y}" width="{WIDTH}" height="{height}">', *content, "</svg>"]
        y += height + _BETWEEN
    titles = "; ".join(f"{diagram.title}: {diagram.subtitle}" for diagram in diagrams)
    return svg_document(y - _BETWEEN, titles, "", parts)


class _Drawing:
    """One diagram, drawn from top to bottom."""

    def __init__(self, diagram: Diagram) -> None:
        self._diagram = diagram
        longest = max(len(lane.label) + 2 * lane.depth for lane in diagram.lanes)
        self._left = _MARGIN + max(72.0, min(200.0, longest * _WIDE_LETTER + 12))
        self._right = WIDTH - _MARGIN
        self._rows = self._mark_rows()
        self._axis = _TOP + _MARK_ROW * len(set(self._rows.values())) + 16

    def document(self) -> str:
        """The complete document."""
        height, parts = self.content()
        diagram = self._diagram
        return svg_document(height, f"{diagram.title}: {diagram.subtitle}", self._description(), parts)

    def element(self) -> str:
        """The drawing as an element."""
        height, parts = self.content()
        diagram = self._diagram
        return svg_element(height, f"{diagram.title}: {diagram.subtitle}. {self._description()}", parts)

    def content(self) -> tuple[int, list[str]]:
        """The height and the elements."""
        lanes, bottom = self._lanes()
        log, height = self._log(bottom + 26)
        diagram = self._diagram
        return height, [
            f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="10"/>',
            f'<text x="{_MARGIN}" y="34"><tspan class="title">{escape(_cut(diagram.title, 50))}</tspan>',
            f'<tspan class="muted" dx="10">{escape(_cut(diagram.subtitle, 70))}</tspan></text>',
            *self._grid(bottom),
            *lanes,
            *self._marks(bottom),
            *self._legend(height),
            *log,
        ]

    def _x(self, moment: float) -> float:
        return self._left + (self._right - self._left) * min(1.0, moment / self._diagram.ends_at)

    def _description(self) -> str:
        return " ".join(f"{format_milliseconds(item.at)}: {item.text}." for item in self._diagram.log[:_LONGEST_LOG])

    # The axis and the marks of the scenario.

    def _grid(self, bottom: float) -> Iterator[str]:
        step = tick_step(self._diagram.ends_at, _TICKS)
        for moment in range(0, self._diagram.ends_at, step):
            x = self._x(moment)
            yield svg_line(x, self._axis + 6, x, bottom, "grid")
            yield svg_text(x, self._axis, format_tick(moment, step), "moment", "start" if moment == 0 else "middle")
        yield svg_line(self._left, self._axis + 6, self._right, self._axis + 6, "base")

    def _mark_rows(self) -> dict[int, int]:
        """The row of each mark's label, so that labels do not overlap."""
        ends: list[float] = []
        rows: dict[int, int] = {}
        for index, mark in enumerate(self._diagram.marks):
            begin, end = self._flag(mark.at, mark.words)
            row = next((row for row, taken in enumerate(ends) if taken < begin - 6), len(ends))
            ends[row : row + 1] = [end]
            rows[index] = row
        return rows

    def _flag(self, at: int, words: str) -> tuple[float, float]:
        width = len(words) * _BOLD_LETTER + 8
        x = self._x(at)
        return (x, x + width) if x + width <= self._right else (x - width, x)

    def _marks(self, bottom: float) -> Iterator[str]:
        for index, mark in enumerate(self._diagram.marks):
            x = self._x(mark.at)
            begin, _ = self._flag(mark.at, mark.words)
            y = _TOP + _MARK_ROW * self._rows[index]
            # The line leaves out the labels of the axis, so that it does not cross them.
            yield svg_line(x, y - 12, x, self._axis - 12, "mark")
            yield svg_line(x, self._axis + 6, x, bottom, "mark")
            yield svg_text(x + 5 if begin >= x else x - 5, y - 2, mark.words, "flag", "start" if begin >= x else "end")

    # Lanes.

    def _lanes(self) -> tuple[list[str], float]:
        parts: list[str] = []
        y = self._axis + 14.0
        for lane in self._diagram.lanes:
            height = _LANE[lane.depth]
            middle = y + height / 2
            x = _MARGIN + 14 * lane.depth
            name = _cut(lane.label, int((self._left - x - 10) / _WIDE_LETTER))
            parts.append(svg_text(x, middle + 4, name, "muted" if lane.depth else ""))
            for bar in lane.bars:
                parts += self._bar(bar, middle)
            parts += self._losses(lane, middle)
            for run in lane.attempts:
                parts += self._attempts(run, middle)
            y += height
        return parts, y + 6

    def _bar(self, bar: Bar, middle: float) -> Iterator[str]:
        begin, end = self._x(bar.begin), self._x(bar.end)
        tone = bar.tone.value.replace(" ", "-")
        height = 8 if bar.tone is Tone.BACK_OFF else 16
        shape = (
            f'<rect class="{tone}" x="{begin:.1f}" y="{middle - height / 2:.1f}" '
            f'width="{max(1.0, end - begin):.1f}" height="{height}" rx="3"/>'
        )
        yield shape
        if bar.tone not in (Tone.FAILING, Tone.STARTING, Tone.STOPPING):
            return
        duration = format_milliseconds(bar.end - bar.begin)
        # These seconds are what users feel, so they have a number where there is no room for words.
        shorter = [(duration, 4)] if bar.tone is Tone.FAILING else []
        for words, margin in [(f"{bar.tone.value} {duration}", 8), *shorter]:
            if end - begin > len(words) * _LETTER + margin:
                yield svg_text((begin + end) / 2, middle + 4, words, "inside", "middle")
                return

    def _losses(self, lane: Lane, middle: float) -> Iterator[str]:
        """The spans without traffic, with their durations."""
        for gap in gaps(lane, self._diagram.ends_at):
            begin, end = self._x(gap.begin), self._x(gap.end)
            words = format_milliseconds(gap.end - gap.begin)
            yield svg_line(begin, middle, end, middle, "lost")
            width = len(words) * _LETTER + 8
            if end - begin > width + 4:
                left, top = (begin + end - width) / 2, middle - 8
                yield f'<rect class="paper" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="16"/>'
                yield svg_text((begin + end) / 2, middle + 4, words, "gap", "middle")

    def _attempts(self, run: AttemptRun, middle: float) -> Iterator[str]:
        spacing = self._x(run.spacing) - self._x(0)
        has_passed = run.outcome is Outcome.SUCCESS
        if run.count > 1 and spacing < _BAND_BELOW:
            begin, end = self._x(run.first), self._x(min(run.ends, self._diagram.ends_at))
            tone = "success" if has_passed else "failures"
            yield (
                f'<rect class="{tone}" x="{begin - 1.5:.1f}" y="{middle - 2:.1f}" '
                f'width="{max(3.0, end - begin + 3):.1f}" height="4" rx="2"/>'
            )
            return
        for number in range(run.count):
            begin = run.first + number * run.spacing
            x, end = self._x(begin), self._x(begin + run.duration)
            if run.outcome is Outcome.SUCCESS:
                yield f'<circle class="success" cx="{x:.1f}" cy="{middle:.1f}" r="2.4"/>'
                continue
            if end - x > 1:
                yield (
                    f'<rect class="waiting" x="{x:.1f}" y="{middle - 4:.1f}" width="{end - x:.1f}" height="8" rx="2"/>'
                )
            if run.outcome is Outcome.ERROR:
                yield f'<circle class="error" cx="{end:.1f}" cy="{middle:.1f}" r="3"/>'
            else:
                yield (f'<path class="failure" d="M{end - 3:.1f} {middle - 3:.1f}l6 6m0 -6l-6 6"/>')

    # Legend and event log.

    def _legend(self, height: float) -> Iterator[str]:
        x, y = float(_MARGIN), height - 18
        tones = {bar.tone for lane in self._diagram.lanes for bar in lane.bars}
        outcomes = {run.outcome for lane in self._diagram.lanes for run in lane.attempts}
        for tone in Tone:
            if tone in tones:
                name = tone.value.replace(" ", "-")
                yield f'<rect class="{name}" x="{x:.1f}" y="{y - 9:.1f}" width="14" height="10" rx="2"/>'
                yield svg_text(x + 20, y, tone.value, "muted")
                x += 34 + len(tone.value) * _LETTER
        if Outcome.SUCCESS in outcomes:
            yield f'<circle class="success" cx="{x + 5:.1f}" cy="{y - 4:.1f}" r="2.4"/>'
            yield svg_text(x + 14, y, "passed", "muted")
            x += 66
        if outcomes & {Outcome.FAILURE, Outcome.TIMEOUT}:
            yield f'<path class="failure" d="M{x + 2:.1f} {y - 7:.1f}l6 6m0 -6l-6 6"/>'
            yield svg_text(x + 14, y, "failed", "muted")
            x += 62
        if Outcome.ERROR in outcomes:
            yield f'<circle class="error" cx="{x + 5:.1f}" cy="{y - 4:.1f}" r="3"/>'
            yield svg_text(x + 14, y, "error, not counted", "muted")

    def _log(self, y: float) -> tuple[list[str], int]:
        parts = [svg_line(_MARGIN, y - 14, self._right, y - 14, "base")]
        y += 8
        shown = self._diagram.log[:_LONGEST_LOG]
        later = [f"+{format_milliseconds(item.since_mark)}" if item.since_mark is not None else "" for item in shown]
        moment_end = _MARGIN + 78.0
        later_end = moment_end + (78.0 if any(later) else 0.0)
        room = int((self._right - later_end - 16) / _WIDE_LETTER)
        for entry, after in zip(shown, later, strict=True):
            parts.append(svg_text(moment_end, y, format_milliseconds(entry.at), "moment", "end"))
            if after:
                parts.append(svg_text(later_end, y, after, "moment", "end"))
            for line in textwrap.wrap(entry.text, room, break_on_hyphens=False):
                parts.append(svg_text(later_end + 16, y, line, "bad" if entry.is_bad else ""))
                y += _LOG_LINE
        hidden = len(self._diagram.log) - len(shown)
        if hidden:
            parts.append(svg_text(later_end + 16, y, f"and {hidden} more", "muted"))
            y += _LOG_LINE
        return parts, round(y + 30)


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"
