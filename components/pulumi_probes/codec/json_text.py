"""Writes JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def json_text(content: Any) -> str:
    """JSON with an indentation of two spaces and a line break at the end.

    Args:
        content: plain data. An iterator directly in an object is written as a list, one entry at a time, so that a long
            list takes no more memory than its text.

    Raises:
        ValueError: the content has a number that JSON does not have, such as NaN.
    """
    if isinstance(content, Mapping) and any(isinstance(value, Iterator) for value in content.values()):
        return "".join(_members(content))
    return _dumped(content) + "\n"


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
    for value in values:
        yield ("[" if is_empty else ",") + _indented("\n" + _dumped(value), 4)
        is_empty = False
    yield "[]" if is_empty else "\n  ]"


def _indented(text: str, columns: int) -> str:
    return text.replace("\n", "\n" + " " * columns)


def _dumped(content: Any) -> str:
    text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
    # Lone surrogates cannot be encoded in UTF-8; as escapes they are valid JSON.
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
