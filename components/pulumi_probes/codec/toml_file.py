"""Reads TOML files that are not manifests, such as `pyproject.toml`."""

from __future__ import annotations

import re
import sys
from typing import Any, Final

from pulumi_probes.codec.open_file import read_bytes
from pulumi_probes.codec.yaml_stream import Lines
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import SourceLocation

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pyright: ignore[reportMissingImports] - not installed for later versions

_ENDS: Final = ("]", "}", '"""', "'''")
_LINE_OF_ERROR: Final = re.compile(r"at line (\d+)")


class TomlLines:
    """Locates the values of a TOML file; those within a statement are located at its first line."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._text = text
        self._lines: Lines | None = None

    @property
    def unit(self) -> str:
        """The file."""
        return self._file

    def locate(self, path: FieldPath) -> SourceLocation:
        """The line of the value at `path`, or of its nearest parent in the file."""
        if self._lines is None:
            self._lines = _lines_of(self._text)
        return SourceLocation(file=self._file, line=self._lines.find(path))


def read_toml_file(path: str) -> tuple[dict[str, Any], TomlLines]:
    """The content of a TOML file, and its lines.

    Raises:
        UnreadableInput: the file cannot be read, or is not valid TOML.
    """
    try:
        text = read_bytes(path).decode("utf-8")
        return tomllib.loads(text), TomlLines(path, text)
    except (ValueError, RecursionError) as error:
        # Without the text of the exception, which may contain a value of the file.
        line = _LINE_OF_ERROR.search(str(error))
        raise UnreadableInput(path, "not valid TOML", int(line[1]) if line is not None else None) from error


def _lines_of(text: str) -> Lines:
    """The lines of the tables and keys of a valid file.

    The parser has no positions. A header and a key with its value are valid files of their own, though, and no
    beginning of one is: so lines are collected until the parser accepts them.
    """
    result = Lines(1)
    table: tuple[str, ...] = ()
    statement, first = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        if statement:
            statement = f"{statement}\n{line}"
            if not any(end in line for end in _ENDS):  # the parser would fail, and a long list would take long
                continue
        else:
            statement, first = line, number
        try:
            content = tomllib.loads(statement)
        except ValueError:
            continue
        if statement.lstrip().startswith("["):
            table = _path_of(content)
            _add(result, table, first)
        elif content:
            _add(result, (*table, *_path_of(content)), first)
        statement = ""
    return result


def _path_of(content: dict[str, Any]) -> tuple[str, ...]:
    """The path of the only key in a statement; its value may add keys, which are in the same statement."""
    path: list[str] = []
    value: Any = content
    while isinstance(value, dict) and len(value) == 1:
        key, value = next(iter(value.items()))
        path.append(key)
    return tuple(path)


def _add(lines: Lines, path: tuple[str, ...], number: int) -> None:
    below = lines
    for segment in path:
        child = below.below.get(segment)
        if not isinstance(child, Lines):
            child = below.below[segment] = Lines(number)
        below = child
