"""Writes JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from msgspec import Struct, to_builtins
from msgspec.json import encode
from msgspec.json import format as indented_json

from pulumi_probes.model.characters import without_commands

_ENTRIES_AT_ONCE: Final = 1000
_INTEGER_LIMIT: Final = 2**63


def json_text(content: Any) -> str:
    """JSON with an indentation of two spaces and a line break at the end.

    Args:
        content: plain data. An iterator directly in an object is written as a list, some entries at a time, so that a
            long list takes no more memory than its text. If it yields `Struct`s, these are written by msgspec, which is
            several times faster; their fields must be strings, integers of 64 bits, lists and objects.

    Raises:
        ValueError: the content has a number that JSON does not have, such as NaN.
    """
    if isinstance(content, Mapping) and any(isinstance(value, Iterator) for value in content.values()):
        return _without_commands("".join(_members(content)))
    return _without_commands(_dumped(content) + "\n")


def _without_commands(text: str) -> str:
    # A number sign only occurs in strings, where it can be written as an escape.
    return without_commands(text, number_sign=r"\u0023")


def _members(content: Mapping[str, Any]) -> Iterator[str]:
    opening = "{\n  "
    for key, value in content.items():
        yield f"{opening}{_dumped(key)}: "
        opening = ",\n  "
        if isinstance(value, Iterator):
            yield from _entries(value)
        else:
            yield _indented(_dumped(value), 2)
    yield "\n}\n"


def _entries(values: Iterator[Any]) -> Iterator[str]:
    is_empty = True
    while entries := list(islice(values, _ENTRIES_AT_ONCE)):
        yield ("[" if is_empty else ",") + _indented(_dumped(entries)[1:-2], 2)
        is_empty = False
    yield "[]" if is_empty else "\n  ]"


def _indented(text: str, columns: int) -> str:
    return text.replace("\n", "\n" + " " * columns)


def _dumped(content: Any) -> str:
    if _is_written_alike(content):
        try:
            return indented_json(encode(content), indent=2).decode("utf-8")
        except UnicodeEncodeError:
            # A name with a lone surrogate, which msgspec does not write.
            content = to_builtins(content)
    import json  # imported late, most reports only consist of what msgspec writes

    text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
    # Lone surrogates cannot be encoded in UTF-8; as escapes they are valid JSON.
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _is_written_alike(content: Any) -> bool:
    # Unlike json, msgspec writes NaN as null, floats in another notation, and no integers of more than 64 bits.
    if isinstance(content, list):
        return not content or isinstance(content[0], Struct)
    return isinstance(content, (Struct, str)) or (isinstance(content, int) and abs(content) < _INTEGER_LIMIT)
