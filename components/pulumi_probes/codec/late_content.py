"""The content of an object that is built when something reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pulumi_probes.codec.outline import Outline


class LateContent(Mapping[str, Any]):
    """The content of a document; only `apiVersion` and `kind` are known before it is built.

    Args:
        outline: what is known about the document, which has been checked.
        build: builds the content.
        is_only_counted: whether an audit only counts the object.
        has_owner: whether the object may have an owner; False if the text does not mention any.
    """

    __slots__ = ("_content", "_outline", "build", "has_owner", "is_only_counted")

    def __init__(
        self, outline: Outline, build: Callable[[], Mapping[str, Any]], *, is_only_counted: bool, has_owner: bool
    ) -> None:
        self.build = build
        self.has_owner = has_owner
        self.is_only_counted = is_only_counted
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
            self._content = self.build()
        return self._content
