"""Builds a YAML document from its parse events, in one pass and without recursion.

So depth, aliases and size can be limited: the input may be hostile.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import yaml

from pulumi_probes.codec.plain_tree import MAXIMUM_DEPTH
from pulumi_probes.codec.scalars import UNSUPPORTED_TAG, Scalar, key_text, resolve_scalar, tagged_scalar
from pulumi_probes.codec.yaml_stream import Chunk, Lines, MalformedYaml, Problem, YamlDocument, shortened

MAXIMUM_ALIASED_VALUES: Final = 100_000
"""The maximum number of values that the aliases of a document expand to; a single alias can expand to millions."""

LOADER: Final[type[Any]] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The source of parse events: libyaml, or Python where PyYAML was built without it."""

_MERGE_TAG = "tag:yaml.org,2002:merge"
_COLLECTION_TAGS = frozenset({None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})
_UNEXPECTED_COLON: Final = "found unexpected ':'"
_MOST_COLONS: Final = 100


def read_events(chunk: Chunk, resolve: Callable[[str], Scalar] = resolve_scalar) -> YamlDocument:
    """Read the document in a chunk from its parse events; see `pulumi_probes.codec.yaml_document.read_chunk`."""
    text = chunk.text
    for _ in range(_MOST_COLONS):
        builder = _Builder(chunk.line, resolve)
        try:
            for event in yaml.parse(text, Loader=LOADER):
                builder.take(event)
        except yaml.MarkedYAMLError as error:
            quoted = _with_colon_quoted(text, error)
            if quoted is not None:
                text = quoted
                continue
            mark = error.problem_mark or error.context_mark
            reason = ", ".join(part for part in (error.context, error.problem) if part)
            raise MalformedYaml(f"not valid YAML: {reason}", chunk.line + (mark.line if mark else 0)) from error
        except yaml.reader.ReaderError as error:
            raise MalformedYaml(
                f"not valid YAML: the character U+{_code_point(error.character):04X} is not allowed",
                chunk.line + _line_of_unprintable(text),
            ) from error
        return YamlDocument(builder.value, builder.lines, builder.problems)
    raise MalformedYaml(f"more than {_MOST_COLONS} scalars in lists or objects end with a colon", chunk.line)


def _with_colon_quoted(text: str, error: yaml.MarkedYAMLError) -> str | None:
    """The text with quotes around a scalar such as `fd00::` in a flow collection, which libyaml rejects.

    The library of Kubernetes reads it as a string. None if the error is another one.
    """
    start, colon = error.context_mark, error.problem_mark
    if error.problem != _UNEXPECTED_COLON or start is None or colon is None:
        return None
    scalar = text[start.index : colon.index + 1].replace("'", "''")
    return f"{text[: start.index]}'{scalar}'{text[colon.index + 1 :]}"


class _Frame:
    """A collection that is still being read."""

    __slots__ = ("anchor", "key", "key_line", "lines", "merged", "size", "value")

    def __init__(self, value: dict[str, Any] | list[Any], lines: Lines, anchor: str | None) -> None:
        self.value = value
        self.lines = lines
        self.anchor = anchor
        self.key: str | None = None
        self.key_line = 0
        self.merged: list[tuple[Any, Lines | int]] = []
        self.size = 1


_MERGE_KEY: Final = "\0merge"
"""A placeholder for the key `<<`; YAML cannot contain a NUL."""


class _Builder:
    """Builds a document from its events."""

    def __init__(self, first_line: int, resolve: Callable[[str], Scalar]) -> None:
        self._resolve = resolve
        self.value: Any = None
        self.lines = Lines(first_line)
        self.problems: list[Problem] = []
        self._offset = first_line
        self._frames: list[_Frame] = []
        self._open_anchors: list[str | None] = []
        self._anchors: dict[str, tuple[Any, Lines | int, int]] = {}
        self._aliased = 0

    def take(self, event: Any) -> None:
        """Process the next event."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._scalar(event)
        elif kind is yaml.MappingStartEvent:
            self._begin({}, event)
        elif kind is yaml.SequenceStartEvent:
            self._begin([], event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._end()
        elif kind is yaml.AliasEvent:
            self._alias(event)

    def _scalar(self, event: Any) -> None:
        line = self._offset + event.start_mark.line
        text: str = event.value
        if event.tag is None or event.tag == "!":
            value = self._resolve(text) if event.implicit[0] and not event.tag else text
        else:
            try:
                value = text if event.tag == _MERGE_TAG else tagged_scalar(event.tag, text)
            except ValueError as error:
                self.problems.append(Problem(str(error), line))
                value = text
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.key is None and isinstance(frame.value, dict):
            # Only an unquoted `<<` merges; a quoted one is an ordinary key.
            is_merge = text == "<<" and (event.implicit[0] or event.tag == _MERGE_TAG)
            self._key(frame, _MERGE_KEY if is_merge else key_text(value), line)
        else:
            self._put(value, line, 1)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, line, 1)

    def _key(self, frame: _Frame, key: str | None, line: int) -> None:
        if key is None:
            raise MalformedYaml("a key is null, which JSON does not allow", line)
        if key != _MERGE_KEY and key in frame.lines.below:
            self.problems.append(Problem(f'duplicate key "{shortened(key)}"; the last one applies', line))
        frame.key, frame.key_line = key, line

    def _begin(self, value: dict[str, Any] | list[Any], event: Any) -> None:
        line = self._offset + event.start_mark.line
        if len(self._frames) >= MAXIMUM_DEPTH:
            raise MalformedYaml(f"values are nested more than {MAXIMUM_DEPTH} levels deep", line)
        if event.tag not in _COLLECTION_TAGS:
            self.problems.append(Problem(UNSUPPORTED_TAG, line))
        parent = self._frames[-1] if self._frames else None
        if parent is not None and isinstance(parent.value, dict):
            if parent.key is None:
                raise MalformedYaml("a key is an object or a list, which JSON does not allow", line)
            line = parent.key_line
        # The anchor is registered when the value is complete; an alias inside it would create a cycle.
        self._frames.append(_Frame(value, Lines(line), event.anchor))
        if event.anchor is not None:
            self._anchors.pop(event.anchor, None)

    def _end(self) -> None:
        frame = self._frames.pop()
        for value, lines in frame.merged:
            self._merge(frame, value, lines)
        if frame.anchor is not None:
            self._anchors[frame.anchor] = (frame.value, frame.lines, frame.size)
        self._put(frame.value, frame.lines, frame.size)

    def _alias(self, event: Any) -> None:
        line = self._offset + event.start_mark.line
        # No message names the alias: it may be a password without quotes.
        if any(frame.anchor == event.anchor for frame in self._frames):
            raise MalformedYaml("an alias is inside the value that it refers to", line)
        if event.anchor not in self._anchors:
            raise MalformedYaml("an alias refers to no earlier anchor; a text that begins with * needs quotes", line)
        value, lines, size = self._anchors[event.anchor]
        self._aliased += size
        if self._aliased > MAXIMUM_ALIASED_VALUES:
            raise MalformedYaml(f"aliases expand to more than {MAXIMUM_ALIASED_VALUES} values", line)
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.key is None and isinstance(frame.value, dict):
            if isinstance(value, (dict, list)):
                raise MalformedYaml("a key is an object or a list, which JSON does not allow", line)
            self._key(frame, key_text(value), line)
            return
        at = frame.key_line if frame is not None and isinstance(frame.value, dict) else line
        self._put(value, Lines(at, lines.below) if isinstance(lines, Lines) else at, size)

    def _put(self, value: Any, lines: Lines | int, size: int) -> None:
        """Add a complete value to its collection."""
        if not self._frames:
            self.value = value
            self.lines = lines if isinstance(lines, Lines) else Lines(lines)
            return
        frame = self._frames[-1]
        frame.size += size
        if isinstance(frame.value, list):
            frame.lines.below[len(frame.value)] = lines
            frame.value.append(value)
            return
        key, frame.key = frame.key, None
        if key == _MERGE_KEY:
            frame.merged.append((value, lines))
        elif key is not None:
            frame.lines.below[key] = lines if isinstance(lines, Lines) else frame.key_line
            frame.value[key] = value

    def _merge(self, frame: _Frame, value: Any, lines: Lines | int) -> None:
        """Merge the keys of other mappings; the mapping's own keys and those of earlier mappings take precedence."""
        line = lines.line if isinstance(lines, Lines) else lines
        below = lines.below if isinstance(lines, Lines) else {}
        if isinstance(value, list):
            for index, entry in enumerate(value):
                self._merge(frame, entry, below.get(index, line))
            return
        if not isinstance(value, dict):
            self.problems.append(Problem("the value of << must be a mapping or a list of mappings", line))
            return
        for key, below_value in value.items():
            if isinstance(frame.value, dict) and key not in frame.value:
                frame.value[key] = below_value
                frame.lines.below[key] = below.get(key, line)


def _code_point(character: int | str | bytes) -> int:
    return character if isinstance(character, int) else ord(character[:1])


def _line_of_unprintable(text: str) -> int:
    """The number of lines before the first character that YAML does not allow."""
    match = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    return text.count("\n", 0, match.start()) if match else 0
