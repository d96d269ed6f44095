"""SVG documents for light and dark pages, and their elements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape, quoteattr

WIDTH: Final = 960
"""The width in user units; the image scales to the available space."""

STYLE: Final = """
  text { font: 12.5px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; fill: #1f2328 }
  .card { fill: #ffffff; stroke: #d0d7de }
  .paper { fill: #ffffff }
  .title { font-weight: 600; font-size: 16px }
  .muted { fill: #59636e }
  .moment { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 11.5px; fill: #59636e }
  .inside { font-size: 11px; fill: #ffffff; font-weight: 600 }
  .gap { font-size: 11px; fill: #59636e; font-weight: 600 }
  .bad { fill: #cf222e }
  .grid { stroke: #eaeef2 }
  .base { stroke: #d0d7de }
  .mark { stroke: #8250df; stroke-dasharray: 3 3 }
  .flag { fill: #8250df; font-weight: 600; font-size: 11.5px }
  .traffic { fill: #1f883d }
  .requests-fail { fill: #cf222e }
  .starting { fill: #9a6700 }
  .running { fill: #0969da }
  .stopping { fill: #bc4c00 }
  .back-off { fill: #818b98 }
  .old-pod { fill: #6e7781 }
  .lost { fill: none; stroke: #818b98; stroke-dasharray: 2 3 }
  .success { fill: #1f883d }
  .failure { stroke: #cf222e; stroke-width: 1.8; stroke-linecap: round; fill: none }
  .failures { fill: #cf222e }
  .waiting { fill: #cf222e; opacity: .22 }
  .error { fill: none; stroke: #9a6700; stroke-width: 1.4 }
  .state { font-weight: 600; font-size: 14px; fill: #ffffff }
  .note { font-size: 11.5px; fill: #59636e }
  .arrow { fill: none; stroke: #818b98; stroke-width: 1.4 }
  .tip { fill: #818b98 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .card { fill: #0d1117; stroke: #3d444d }
    .paper { fill: #0d1117 }
    .muted, .moment, .note { fill: #9198a1 }
    .state { fill: #ffffff }
    .inside { fill: #ffffff }
    .gap { fill: #9198a1 }
    .bad { fill: #f85149 }
    .grid { stroke: #1f242c }
    .base { stroke: #3d444d }
    .mark { stroke: #ab7df8 }
    .flag { fill: #ab7df8 }
    .traffic, .success { fill: #2ea043 }
    .requests-fail { fill: #da3633 }
    .starting { fill: #9e6a03 }
    .running { fill: #1f6feb }
    .stopping { fill: #bd561d }
    .back-off { fill: #656c76 }
    .old-pod { fill: #656c76 }
    .lost { stroke: #656c76 }
    .failure { stroke: #f85149 }
    .failures, .waiting { fill: #f85149 }
    .waiting { opacity: .3 }
    .error { stroke: #d29922 }
  }
"""


def svg_document(height: int, title: str, description: str, parts: Iterable[str]) -> str:
    """Assemble a document with the width `WIDTH` and the style `STYLE`.

    Args:
        height: its height in user units.
        title: its title, for screen readers.
        description: its description, for screen readers.
        parts: its elements, as lines.
    """
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"',
        'role="img" aria-labelledby="title desc">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(description)}</desc>',
        f"<style>{STYLE}</style>",
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def svg_element(height: int, label: str, parts: Iterable[str]) -> str:
    """An element of `WIDTH` for an HTML page that contains the rules of `STYLE`.

    Args:
        height: the height of the element in user units.
        label: its description for screen readers.
        parts: the SVG elements in it.
    """
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    return f'<svg {size} role="img" aria-label={quoteattr(label)}>{"".join(parts)}</svg>'


def svg_text(x: float, y: float, words: str, style: str = "", anchor: str = "start") -> str:
    """A text at a position; `anchor` is the part of the text at that position: `start`, `middle` or `end`."""
    css = f' class="{style}"' if style else ""
    side = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text{css} x="{x:.1f}" y="{y:.1f}"{side}>{escape(words)}</text>'


def svg_line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    """A straight line between two points."""
    return f'<line class="{style}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
