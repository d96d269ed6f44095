"""Changes fields in the text of a YAML or JSON document and leaves every other byte as it is.

Round-trip parsers keep comments, but rewrite the quotes, indentation and long lines of the rest of the document.
Here only the spans of the changed fields are replaced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final

import yaml

from pulumi_probes.codec.scalars import key_text, resolve_scalar
from pulumi_probes.codec.yaml_events import LOADER
from pulumi_probes.model.edit import Edit, MoveField, RemoveField, RenameField, SetField
from pulumi_probes.model.field_path import FieldPath, Segment

_PLAIN = r"[A-Za-z_/][A-Za-z0-9_./-]*\Z"
_BLOCK_STYLES: Final = ("|", ">")
_BLANK: Final = " \t\r\n"


class NotEditable(Exception):  # noqa: N818 - named after the condition, as in LookupError
    """A field that cannot be changed without changing something else; the text says why."""


def edit_document(text: str, edits: Iterable[Edit]) -> str:
    """The text of a document with changes.

    Args:
        text: one document, as from `split_stream`.
        edits: the changes, with paths from the top of the document, made one after the other.

    Raises:
        NotEditable: a field is absent, or shared by an anchor or a merge key, or written in a way that cannot be
            changed alone.
    """
    for edit in edits:
        text = _edit(text, edit)
    return text


def _edit(text: str, edit: Edit) -> str:
    document = _Document(text)
    if isinstance(edit, RenameField):
        return document.renamed(edit.path, edit.name)
    if isinstance(edit, RemoveField):
        return document.removed(edit.path)
    if isinstance(edit, MoveField):
        return document.moved(edit)
    return document.with_value(edit)


class _Document:
    """A document, as nodes with their places in the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._break = "\r\n" if "\r\n" in text else "\n"
        try:
            self._root = yaml.compose(text, Loader=LOADER)
        except yaml.YAMLError as error:
            raise NotEditable("the document is not valid YAML") from error
        self._shared = _shared_nodes(self._root)

    def renamed(self, path: FieldPath, name: str) -> str:
        """The text with another key."""
        owner = self._find(FieldPath(path.segments[:-1]))
        key, _ = self._entry(owner, path.segments[-1], path)
        quote = key.style if key.style in ("'", '"') else ""
        return self._spliced(key.start_mark.index, key.end_mark.index, f"{quote}{name}{quote}")

    def removed(self, path: FieldPath) -> str:
        """The text without a field, or without an entry of a list."""
        owner = self._find(FieldPath(path.segments[:-1]))
        if isinstance(owner, yaml.SequenceNode):
            index = self._index(owner, path)
            starts = [entry.start_mark.index for entry in owner.value]
            ends = [self._end(entry) for entry in owner.value]
            if not owner.flow_style:
                starts = [self._text.rindex("-", 0, start) for start in starts]
        else:
            key, _ = self._entry(owner, path.segments[-1], path)
            index = next(number for number, (found, _) in enumerate(owner.value) if found is key)
            starts = [found.start_mark.index for found, _ in owner.value]
            ends = [max(found.end_mark.index, self._end(value)) for found, value in owner.value]
            if any(self._text[found.end_mark.index :].lstrip(" \t")[:1] != ":" for found, _ in owner.value):
                raise NotEditable(f"{path} has a key that is written with a question mark")
        if len(starts) == 1:
            if owner.flow_style:
                return self._spliced(starts[0], ends[0], "")
            return self._emptied(owner, path, starts[0], ends[0])
        is_last = index == len(starts) - 1
        if owner.flow_style:
            if is_last:
                return self._spliced(ends[index - 1], ends[index], "")
            return self._spliced(starts[index], starts[index + 1], "")
        line = self._line_start(starts[index])
        if self._text[line : starts[index]].strip(" ") == "":
            return self._spliced(line, self._next_line(ends[index]), "")
        # The first field of an entry follows its dash, and the next field takes its place.
        return self._spliced(starts[index], starts[index + 1], "")

    def _emptied(self, owner: Any, path: FieldPath, start: int, end: int) -> str:
        """The text with the only entry of a block collection removed."""
        empty = "[]" if isinstance(owner, yaml.SequenceNode) else "{}"
        line = self._line_start(start)
        if len(path.segments) > 1 and isinstance(path.segments[-2], str) and not self._text[line:start].strip(" "):
            # Behind its key, because an empty collection must be indented further than that.
            key, _ = self._entry(self._find(FieldPath(path.segments[:-2])), path.segments[-2], path)
            colon = self._text.index(":", key.end_mark.index) + 1
            return f"{self._text[:colon]} {empty}{self._text[colon:line]}{self._text[self._next_line(end) :]}"
        return self._spliced(start, end, empty)

    def moved(self, edit: MoveField) -> str:
        """The text with a field in another object, with its lines unchanged except for their indentation."""
        owner = self._find(FieldPath(edit.path.segments[:-1]))
        key, value = self._entry(owner, edit.path.segments[-1], edit.path)
        target, depth = self._reach(edit.to)
        start, end = key.start_mark.index, max(key.end_mark.index, self._end(value))
        line = self._line_start(start)
        is_block = isinstance(target, yaml.MappingNode) and not target.flow_style and target.value
        if owner.flow_style or not is_block or self._text[line:start].strip(" "):
            if "#" in self._text[start : self._line_end(end)]:
                raise NotEditable(f"{edit.path} has comments")
            inserted = self.with_value(SetField(edit.to, _plain_value(value)))
            return _Document(inserted).removed(edit.path)
        lines = self._reindented(line, end, edit.to.segments[depth:-1], target)
        last_key, last = target.value[-1]
        position = self._line_end(max(last_key.end_mark.index, self._end(last)))
        if isinstance(last, yaml.ScalarNode) and last.style in _BLOCK_STYLES and "+" in self._line(last):
            raise NotEditable(f"{edit.to} follows a text whose empty lines count")
        inserted = self._spliced(position, position, "".join(f"{self._break}{entry}" for entry in lines))
        return _Document(inserted).removed(edit.path)

    def _reindented(self, start: int, end: int, missing: tuple[Segment, ...], target: Any) -> list[str]:
        """The lines of a field as they are written in another object, below keys that are missing there."""
        first = target.value[0][0].start_mark.index
        own = self._text[start : self._line_end(end)].splitlines()
        indent = first - self._line_start(first)
        lines: list[str] = []
        for name in missing:
            if isinstance(name, int):
                raise NotEditable(f"entry {name} is not in the document")
            lines.append(f"{' ' * indent}{_scalar(name)}:")
            indent += 2
        before = len(own[0]) - len(own[0].lstrip(" "))
        for line in own:
            if line[:before].strip(" "):
                raise NotEditable("a line is indented less than its key")
            lines.append(f"{' ' * indent}{line[before:]}" if line.strip() else line)
        return lines

    def with_value(self, edit: SetField) -> str:
        """The text with a field set."""
        segments = edit.path.segments
        node, depth = self._reach(edit.path)
        if depth == len(segments):
            return self._replaced(node, edit.value, edit.path)
        return self._added(
            node, segments[depth], _nested(segments[depth + 1 :], edit.value), FieldPath(segments[:depth])
        )

    def _added(self, owner: Any, segment: Segment, value: Any, at: FieldPath) -> str:
        """The text with another field or entry in a collection."""
        if _is_null(owner):
            return self._replaced(owner, [value] if isinstance(segment, int) else {segment: value}, at)
        is_list = isinstance(segment, int)
        wanted = yaml.SequenceNode if is_list else yaml.MappingNode
        if not isinstance(owner, wanted) or (is_list and segment != len(owner.value)):
            raise NotEditable(f"{at} does not have the type that the field needs")
        if owner.flow_style:
            return self._added_to_flow(owner, segment, value)
        last = owner.value[-1] if is_list else owner.value[-1][1]
        first = owner.value[0] if is_list else owner.value[0][0]
        end = self._end(last)
        if not is_list:
            end = max(end, owner.value[-1][0].end_mark.index)
        if isinstance(last, yaml.ScalarNode) and last.style in _BLOCK_STYLES and "+" in self._line(last):
            raise NotEditable(f"{at} ends with a text whose empty lines count")
        start = self._text.rindex("-", 0, first.start_mark.index) if is_list else first.start_mark.index
        indent = " " * (start - self._line_start(start))
        prefix = self._text[self._line_start(start) : start]
        if "\t" in prefix:
            raise NotEditable(f"{at} is indented with tabs")
        lines = _block({segment: value} if not is_list else [value])
        position = self._line_end(end)
        return self._spliced(position, position, "".join(f"{self._break}{indent}{line}" for line in lines))

    def _added_to_flow(self, owner: Any, segment: Segment, value: Any) -> str:
        is_list = isinstance(segment, int)
        keys = owner.value if is_list else [key for key, _ in owner.value]
        is_json = self._is_json(owner)
        written = _flow(value, is_json=is_json)
        if not is_list:
            written = f"{json.dumps(segment) if is_json else _flow(segment, is_json=False)}: {written}"
        if not keys:
            opening = owner.start_mark.index + 1
            return self._spliced(opening, opening, written)
        last = owner.value[-1] if is_list else owner.value[-1][1]
        end = max(self._end(last), keys[-1].end_mark.index)
        start = keys[-1].start_mark.index
        indent = self._text[self._line_start(start) : start]
        between = f"{self._break}{indent}" if indent.strip(" \t") == "" and start != owner.start_mark.index else " "
        return self._spliced(end, end, f",{between}{written}")

    def _replaced(self, node: Any, value: Any, path: FieldPath) -> str:
        """The text with another value in the place of a node."""
        start, end = node.start_mark.index, self._end(node)
        if _is_null(node) and start == end:
            # Nothing is written behind the colon or the dash.
            if isinstance(value, (dict, list)):
                return self._spliced(start, end, f" {_flow(value, is_json=False)}")
            return self._spliced(start, end, f" {_scalar(value)}")
        if isinstance(node, yaml.ScalarNode) and node.style in _BLOCK_STYLES:
            raise NotEditable(f"{path} is a text of several lines")
        is_flow = not isinstance(node, yaml.CollectionNode) or bool(node.flow_style)
        if not is_flow:
            raise NotEditable(f"{path} is an object or a list of several lines")
        is_json = self._is_json(node)
        return self._spliced(start, end, _flow(value, is_json=is_json))

    def _is_json(self, node: Any) -> bool:
        """Whether keys near a node are written as in JSON."""
        text = self._text.lstrip(_BLANK)
        if text[:1] in ("{", "["):
            return '"' in text[:200].partition(":")[0]
        keys = [key for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
        return any(key.style == '"' for key in keys)

    def _find(self, path: FieldPath) -> Any:
        node, depth = self._reach(path)
        if depth < len(path.segments):
            raise NotEditable(f"{path} is not in the document")
        return node

    def _reach(self, path: FieldPath) -> tuple[Any, int]:
        """The value at a path, or its nearest parent in the document, and the number of segments that lead there."""
        node = self._root
        self._require_own(node)
        for depth, segment in enumerate(path.segments):
            below = self._below(node, segment)
            if below is None:
                return node, depth
            node = below
            self._require_own(node)
        return node, len(path.segments)

    def _below(self, node: Any, segment: Segment) -> Any:
        """The value of a field or an entry; None if it is absent."""
        if isinstance(segment, int):
            entries = node.value if isinstance(node, yaml.SequenceNode) else []
            return entries[segment] if segment < len(entries) else None
        found = None
        for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
            if key.value == "<<" and not key.style:
                raise NotEditable("the object has a merge key")
            if _key(key) == segment:
                if found is not None:
                    raise NotEditable(f"the key {segment} is written twice")
                found = value
        return found

    def _entry(self, owner: Any, segment: Segment, path: FieldPath) -> tuple[Any, Any]:
        """Key and value of a field."""
        for key, value in owner.value if isinstance(owner, yaml.MappingNode) else ():
            if _key(key) == segment:
                self._require_own(key)
                self._require_own(value)
                return key, value
        raise NotEditable(f"{path} is not in the document")

    def _index(self, owner: Any, path: FieldPath) -> int:
        index = path.segments[-1]
        if not isinstance(index, int) or index >= len(owner.value):
            raise NotEditable(f"{path} is not in the document")
        self._require_own(owner.value[index])
        return index

    def _require_own(self, node: Any) -> None:
        if id(node) in self._shared:
            raise NotEditable("an anchor makes its text count in several places")

    def _end(self, node: Any) -> int:
        """Where the text of a node ends; marks of block collections and texts are behind the comments after them."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style:
            if not node.value:
                return int(node.end_mark.index)
            last = node.value[-1]
            if isinstance(last, tuple):
                key, value = last
                return max(int(key.end_mark.index), self._end(value))
            return max(self._end(last), int(last.start_mark.index))
        end = int(node.end_mark.index)
        if isinstance(node, yaml.ScalarNode) and node.style in _BLOCK_STYLES:
            return len(self._text[:end].rstrip(_BLANK))
        return end

    def _line(self, node: Any) -> str:
        """The line on which a node begins, from there on, without a comment."""
        start = int(node.start_mark.index)
        return self._text[start : self._line_end(start)].partition("#")[0]

    def _line_start(self, position: int) -> int:
        return max(self._text.rfind("\n", 0, position), self._text.rfind("\r", 0, position)) + 1

    def _line_end(self, position: int) -> int:
        ends = [found for mark in "\r\n" if (found := self._text.find(mark, position)) >= 0]
        return min(ends, default=len(self._text))

    def _next_line(self, position: int) -> int:
        end = self._line_end(position)
        return end + 2 if self._text[end : end + 2] == "\r\n" else min(end + 1, len(self._text))

    def _spliced(self, start: int, end: int, replacement: str) -> str:
        return self._text[:start] + replacement + self._text[end:]


def _shared_nodes(root: Any) -> set[int]:
    """The identities of nodes that aliases refer to."""
    seen: set[int] = set()
    shared: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            shared.add(id(node))
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            waiting += [part for entry in node.value for part in entry]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
    return shared


def _key(node: Any) -> str | None:
    if not isinstance(node, yaml.ScalarNode):
        return None
    # The style of a plain scalar is None, or an empty text with libyaml.
    return str(node.value) if node.style else key_text(resolve_scalar(node.value))


def _plain_value(node: Any) -> Any:
    """The value of a node without anchors, tags and merge keys."""
    if isinstance(node, yaml.MappingNode):
        if any(_key(key) in (None, "<<") for key, _ in node.value):
            raise NotEditable("the object has a merge key, or a key that is not a string")
        return {_key(key): _plain_value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain_value(entry) for entry in node.value]
    return node.value if node.style else resolve_scalar(node.value)


def _is_null(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and resolve_scalar(node.value) is None


def _nested(rest: tuple[Segment, ...], value: Any) -> Any:
    for segment in reversed(rest):
        value = [value] if isinstance(segment, int) else {segment: value}
    return value


def _block(value: Any) -> list[str]:
    """The lines of a value in block style."""
    if isinstance(value, dict) and value:
        lines: list[str] = []
        for key, below in value.items():
            name = _scalar(key)
            if isinstance(below, (dict, list)) and below:
                lines += [f"{name}:", *(f"  {line}" for line in _block(below))]
            else:
                lines.append(f"{name}: {_flow(below, is_json=False)}")
        return lines
    if isinstance(value, list) and value:
        return [
            f"{'- ' if number == 0 else '  '}{line}" for entry in value for number, line in enumerate(_block(entry))
        ]
    return [_flow(value, is_json=False)]


def _flow(value: Any, *, is_json: bool) -> str:
    if is_json:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(below, is_json=False)}" for key, below in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(entry, is_json=False) for entry in value) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    """A scalar on one line; without quotes where the text means itself."""
    if isinstance(value, str) and re.match(_PLAIN, value) and resolve_scalar(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)
