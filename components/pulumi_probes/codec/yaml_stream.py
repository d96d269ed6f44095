"""Splits a YAML stream into the texts of its documents, and defines what reading one of them results in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from heapq import merge
from typing import Any, Final, Protocol

from msgspec import Struct, field

from pulumi_probes.model.field_path import FieldPath, Segment

_BOUNDARY = re.compile(r"(?:\A|(?<=[\r\n]))(?:---|\.\.\.)(?=\s|\Z)")
# Several times faster where lines end in the usual way.
_BOUNDARIES_AFTER_NEWLINE = (re.compile(r"\n(---)(?=\s|\Z)"), re.compile(r"\n(\.\.\.)(?=\s|\Z)"))
_CONTENT = re.compile(r"(?:\A|(?<=[\r\n]))(?!%)[^\S\r\n]*[^\s#]")
_END_OF_LINE = re.compile(r"\r\n?|\n|\Z")
_LONGEST_SHOWN: Final = 60


class MalformedYaml(Exception):  # noqa: N818 - named after the condition, as in LookupError
    """A document that is not valid YAML, or exceeds a limit; lines are counted from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class LineIndex(Protocol):
    """The lines of the values in a document, counted from 1."""

    def find(self, path: FieldPath) -> int:
        """The line of the value at `path`, or of its nearest parent in the file."""
        ...


class Lines(Struct):
    """The line of a value, and the lines of the values in it, counted from 1."""

    line: int
    below: dict[Segment, Lines | int] = field(default_factory=dict[Segment, "Lines | int"])

    def find(self, path: FieldPath) -> int:
        """The line of the value at `path`, or of its nearest parent in the file."""
        lines = self
        for segment in path.segments:
            child = lines.below.get(segment)
            if child is None:
                break
            if isinstance(child, int):
                return child
            lines = child
        return lines.line


class Problem(Struct, frozen=True):
    """Something in a document that the API server rejects, although the document can be read."""

    reason: str
    line: int


class YamlDocument(Struct):
    """A document: its value, its lines and its problems."""

    value: Any
    lines: LineIndex
    problems: list[Problem]


class Chunk(Struct, frozen=True):
    """The text of one document, and its place in the stream.

    Attributes:
        text: the text of the document.
        line: the line on which it begins, counted from 1.
        offset: the number of characters before it.
    """

    text: str
    line: int
    offset: int = 0


def split_stream(text: str) -> Iterator[Chunk]:
    """Split a stream into its documents, so that a broken one does not affect the others.

    Three dashes at the start of a line end a document anywhere, even in a block scalar, as YAML specifies.
    """
    begin, line = 0, 1
    has_content = False
    scanned = 0
    for position in _boundaries(text):
        has_content = has_content or _CONTENT.search(text, scanned, position) is not None
        # Comments and directives before the dashes belong to the next document.
        if has_content:
            chunk = Chunk(text[begin:position], line, begin)
            yield chunk
            line += _count_lines(chunk.text)
            begin = position
        scanned = position + len("---")
        has_content = text.startswith("-", position)
        if not has_content:
            end = _END_OF_LINE.search(text, position)
            following = end.end() if end is not None else len(text)
            line += _count_lines(text[begin:following])
            begin = scanned = following
    if has_content or _CONTENT.search(text, scanned) is not None:
        yield Chunk(text[begin:], line, begin)


def _boundaries(text: str) -> Iterator[int]:
    """The positions of the lines that begin with three dashes or dots."""
    if "\r" in text:
        yield from (match.start() for match in _BOUNDARY.finditer(text))
        return
    if _BOUNDARY.match(text):
        yield 0
    yield from merge(*((match.start(1) for match in found.finditer(text)) for found in _BOUNDARIES_AFTER_NEWLINE))


def _count_lines(text: str) -> int:
    feeds = text.count("\n")
    return feeds + text.count("\r") - text.count("\r\n") if "\r" in text else feeds


def shortened(text: str) -> str:
    """The text, truncated so that it cannot flood a message."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
