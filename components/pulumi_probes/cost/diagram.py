"""The cost of an attempt as SVG: a dot for each repetition, a line for the median, on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from operator import attrgetter
from statistics import median
from typing import Final
from xml.sax.saxutils import escape

from pulumi_probes.cost.attempt import AttemptCost, Mechanism
from pulumi_probes.cost.measurement import Measurement
from pulumi_probes.timeline.drawing.svg_document import WIDTH, svg_document

_PARTS: Final[tuple[tuple[Callable[[AttemptCost], float], str, str], ...]] = (
    (attrgetter("whole"), "together", "old-pod"),
    (attrgetter("kubelet"), "kubelet", "running"),
    (attrgetter("runtime"), "container runtime", "starting"),
    (attrgetter("containers"), "pod", "traffic"),
)
"""Each part of the cost, its name, and the CSS class that gives its color."""

_MARGIN: Final = 24
_LEFT: Final = 180
_RIGHT: Final = WIDTH - _MARGIN - 60
_TOP: Final = 84
_PART: Final = 16
_MECHANISM: Final = _PART * len(_PARTS) + 18
_DECADES: Final = (-2, 2)
"""The axis goes from 0.01 to 100 ms; smaller values are noise, and are drawn at the left end."""

_LEGEND_LETTER: Final = 6.6


def draw_costs(measurement: Measurement) -> str:
    """Draw the diagram."""
    height = _TOP + _MECHANISM * len(Mechanism) + 44
    title = "Processor time of one attempt of a probe, in milliseconds"
    facts = "; ".join(
        f"{mechanism.value}: {measurement.attempt(mechanism.value).whole:.2f} ms" for mechanism in Mechanism
    )
    parts = [
        f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="10"/>',
        f'<text class="title" x="{_MARGIN}" y="34">{escape(title)}</text>',
        *_grid(height),
        *(line for row, mechanism in enumerate(Mechanism) for line in _rows(measurement, mechanism, row)),
        *_legend(height),
    ]
    return svg_document(height, title, facts, parts)


def _grid(height: float) -> Iterator[str]:
    bottom = height - 44
    for decade in range(_DECADES[0], _DECADES[1] + 1):
        x = _x(10.0**decade)
        yield f'<line class="base" x1="{x:.1f}" y1="{_TOP - 8}" x2="{x:.1f}" y2="{bottom}"/>'
        yield f'<text class="moment" x="{x:.1f}" y="{_TOP - 16}" text-anchor="middle">{10.0**decade:g} ms</text>'
        if decade < _DECADES[1]:
            for step in range(2, 10):
                x = _x(step * 10.0**decade)
                yield f'<line class="grid" x1="{x:.1f}" y1="{_TOP - 4}" x2="{x:.1f}" y2="{bottom}"/>'


def _rows(measurement: Measurement, mechanism: Mechanism, row: int) -> Iterator[str]:
    top = _TOP + row * _MECHANISM
    found = measurement.attempts(mechanism.value)
    yield f'<text x="{_MARGIN}" y="{top + 16}">{escape(mechanism.value)}</text>'
    for number, (part, name, style) in enumerate(_PARTS):
        y = top + number * _PART + 12
        values = [part(cost) for cost in found]
        for value in values:
            yield f'<circle class="{style}" opacity=".55" cx="{_x(value):.1f}" cy="{y}" r="4"/>'
        middle = _x(median(values))
        yield f'<rect class="{style}" x="{middle - 1.5:.1f}" y="{y - 7}" width="3" height="14"/>'
        if name == "together":
            end = max(_x(value) for value in values) + 10
            yield f'<text class="moment" x="{end:.1f}" y="{y + 4}">{median(values):.2g}</text>'


def _legend(height: float) -> Iterator[str]:
    x = float(_MARGIN)
    for _, name, style in _PARTS:
        yield f'<circle class="{style}" cx="{x + 5:.1f}" cy="{height - 22:.1f}" r="4"/>'
        yield f'<text class="muted" x="{x + 15:.1f}" y="{height - 18:.1f}">{escape(name)}</text>'
        x += 36 + len(name) * _LEGEND_LETTER
    yield (
        f'<text class="muted" x="{_RIGHT + 60}" y="{height - 18:.1f}" text-anchor="end">'
        "each dot is a repetition, each line their median</text>"
    )


def _x(milliseconds: float) -> float:
    first, last = _DECADES
    decade = math.log10(max(milliseconds, 10.0**first))
    return _LEFT + (_RIGHT - _LEFT) * (min(decade, last) - first) / (last - first)
