"""The content of an object that is only counted, built if something reads it after all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_probes.codec.outline import Outline
from pulumi_probes.codec.yaml_stream import Chunk, read_chunk


class LateContent(Mapping[str, Any]):
    """The content of a document; only `apiVersion` and `kind` are known before it is built.

    Args:
        chunk: the text of the document, which has been checked.
        outline: what is known about it.
    """

    __slots__ = ("_chunk", "_content", "_outline")

    def __init__(self, chunk: Chunk, outline: Outline) -> None:
        self._chunk = chunk
        self._outline = outline
        self._content: Mapping[str, Any] | None = None

    def __getitem__(self, key: str) -> Any:
        if self._content is None:
            if key == "kind":
                return self._outline.kind
            if key == "apiVersion":
                return self._outline.api_version
        return self._built()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._built())

    def __len__(self) -> int:
        return len(self._built())

    def _built(self) -> Mapping[str, Any]:
        if self._content is None:
            content: Mapping[str, Any] = read_chunk(self._chunk).value
            self._content = content
            return content
        return self._content
