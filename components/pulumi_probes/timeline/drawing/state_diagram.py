"""Draw state machines as SVG."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.timeline.drawing.state_machines import MACHINES, Machine, State, Transition
from pulumi_probes.timeline.drawing.svg_document import WIDTH, svg_document

_BOX_WIDTH: Final = 176
_BOX_HEIGHT: Final = 58
_COLUMNS: Final = 3
_GAP: Final = (WIDTH - 48 - _BOX_WIDTH * _COLUMNS) / (_COLUMNS - 1)
_TITLE: Final = 62
_LOOP: Final = 30
_ARROW_BACK: Final = 28
_CAPTION: Final = (
    "When a process exits by itself, every state returns to waiting. Its counters are kept; a kill resets them."
)
_ROW: Final = 128
_LETTER: Final = 6.2


def draw_machine(kind: ProbeKind) -> str:
    """Draw the state machine of a kind of probe as SVG, for light and dark pages."""
    return _Drawing(MACHINES[kind]).document()


class _Drawing:
    """States on a grid; arrows forward between them, arrows back below the row or, if there are two rows, above it."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._states = {state.name: state for state in machine.states}
        self._has_second_row = any(state.row for state in machine.states)
        self._below = 0
        has_loop = any(item.origin == item.target for item in machine.transitions)
        self._top = _TITLE + (_LOOP if has_loop else 0) + (_ARROW_BACK if self._has_second_row else 0)

    def document(self) -> str:
        """The complete document."""
        arrows = [line for transition in self._machine.transitions for line in self._arrow(transition)]
        boxes = [line for state in self._machine.states for line in self._box(state)]
        height = self._top + _BOX_HEIGHT + (_ROW if self._has_second_row else 4 + 34 * self._below) + 46
        name = self._machine.kind.word
        facts = "; ".join(f"{item.origin} to {item.target}: {item.cause}" for item in self._machine.transitions)
        parts = [
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"',
            'orient="auto-start-reverse"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>',
            f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="10"/>',
            f'<text class="title" x="24" y="34">{escape(name)}</text>',
            *arrows,
            *boxes,
            _text(24, height - 18, _CAPTION, "note", "start"),
        ]
        return svg_document(height, f"The {name} probe of one container", facts, parts)

    def _place(self, name: str) -> tuple[float, float]:
        """The upper left corner of a state's box."""
        state = self._states[name]
        return 24 + state.column * (_BOX_WIDTH + _GAP), self._top + state.row * _ROW

    def _box(self, state: State) -> Iterator[str]:
        x, y = self._place(state.name)
        middle = x + _BOX_WIDTH / 2
        yield f'<rect class="{state.tone}" x="{x:.1f}" y="{y}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="8"/>'
        yield _text(middle, y + 25, state.name, "state")
        yield _text(middle, y + 43, state.note, "inside")

    def _arrow(self, transition: Transition) -> Iterator[str]:
        origin, target = self._states[transition.origin], self._states[transition.target]
        words = transition.cause + (f" → {transition.effect}" if transition.effect else "")
        if origin is target:
            yield from self._loop(origin, words)
        elif origin.row < target.row:
            yield from self._down(transition)
        elif origin.row > target.row:
            yield from self._up(transition, words)
        elif origin.column < target.column:
            yield from self._forward(transition)
        elif self._has_second_row:
            yield from self._above(transition, words)
        else:
            yield from self._around(transition, words)

    def _loop(self, state: State, words: str) -> Iterator[str]:
        x, y = self._place(state.name)
        middle = x + _BOX_WIDTH / 2
        yield _path(
            f"M{middle - 26:.1f} {y}C{middle - 40:.1f} {y - 30} {middle + 40:.1f} {y - 30} {middle + 26:.1f} {y - 3}"
        )
        yield _text(middle, y - 30, words, "note")

    def _forward(self, transition: Transition) -> Iterator[str]:
        (left, y), (right, _) = self._place(transition.origin), self._place(transition.target)
        begin, end, middle = left + _BOX_WIDTH + 4, right - 4, y + _BOX_HEIGHT / 2
        yield _path(f"M{begin:.1f} {middle}L{end:.1f} {middle}")
        for number, words in enumerate(_folded(transition.cause, end - begin)):
            yield _text((begin + end) / 2, middle - 8 - 14 * number, words, "note")
        if transition.effect:
            yield _text((begin + end) / 2, middle + 17, transition.effect, "note")

    def _down(self, transition: Transition) -> Iterator[str]:
        x, y = self._place(transition.origin)
        middle, end = x + _BOX_WIDTH / 2, self._place(transition.target)[1] - 4
        yield _path(f"M{middle:.1f} {y + _BOX_HEIGHT + 4}L{middle:.1f} {end}")
        yield _text(middle + 10, (y + _BOX_HEIGHT + end) / 2 - 3, transition.cause, "note", "start")
        yield _text(middle + 10, (y + _BOX_HEIGHT + end) / 2 + 12, transition.effect, "note", "start")

    def _up(self, transition: Transition, words: str) -> Iterator[str]:
        (x, y), (left, top) = self._place(transition.origin), self._place(transition.target)
        middle, turn = y + _BOX_HEIGHT / 2, left + _BOX_WIDTH / 2
        yield _path(f"M{x - 4:.1f} {middle}L{turn:.1f} {middle}L{turn:.1f} {top + _BOX_HEIGHT + 4}")
        yield _text((x + turn) / 2, middle - 8, words, "note")

    def _above(self, transition: Transition, words: str) -> Iterator[str]:
        (x, y), (left, _) = self._place(transition.origin), self._place(transition.target)
        begin, end, level = x + _BOX_WIDTH / 2, left + _BOX_WIDTH / 2, y - 54
        yield _path(f"M{begin:.1f} {y - 4}L{begin:.1f} {level}L{end:.1f} {level}L{end:.1f} {y - 4}")
        yield _text((begin + end) / 2, level - 7, words, "note")

    def _around(self, transition: Transition, words: str) -> Iterator[str]:
        (x, y), (left, _) = self._place(transition.origin), self._place(transition.target)
        # The wider arrow starts further to the right, so that two arrows do not cross.
        begin, end = x + _BOX_WIDTH / 2 - 12 + 24 * self._below, left + _BOX_WIDTH / 2
        edge = y + _BOX_HEIGHT + 4
        level = edge + 30 + 34 * self._below
        self._below += 1
        yield _path(f"M{begin:.1f} {edge}L{begin:.1f} {level}L{end:.1f} {level}L{end:.1f} {edge}")
        yield _text((begin + end) / 2, level - 7, words, "note")


def _path(steps: str) -> str:
    return f'<path class="arrow" d="{steps}" marker-end="url(#tip)"/>'


def _text(x: float, y: float, words: str, style: str, anchor: str = "middle") -> str:
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _folded(words: str, room: float) -> list[str]:
    """Wrap text to the room between two boxes, the last line first."""
    return textwrap.wrap(words, max(8, int(room / _LETTER)))[::-1]
