"""The outline of a document from its parse events, without building it."""

from __future__ import annotations

from typing import Any

import yaml

from pulumi_probes.codec.plain_tree import MAXIMUM_DEPTH
from pulumi_probes.codec.scalars import resolve_scalar
from pulumi_probes.codec.yaml_events import LOADER


def read_outline_events(text: str) -> tuple[str, str, bool] | None:
    """API version, kind, and whether there are containers; see `pulumi_probes.codec.outline.read_outline`."""
    reader = _OutlineReader()
    try:
        for event in yaml.parse(text, Loader=LOADER):
            reader.take(event)
    except (yaml.YAMLError, _NotPlainError):
        return None
    if reader.api_version is None or reader.kind is None:
        return None
    return reader.api_version, reader.kind, reader.has_containers


class _NotPlainError(Exception):
    """The document is not a plain tree."""


class _OutlineReader:
    """Follows the events of a plain tree, and remembers no more than the keys of the mappings that it is in."""

    def __init__(self) -> None:
        self.api_version: str | None = None
        self.kind: str | None = None
        self.has_containers = False
        # The keys of each collection around the next event; None for a sequence.
        self._keys: list[set[str] | None] = []
        # The key of the next value in each of these mappings; None if a key comes next.
        self._key: list[str | None] = []
        self._is_complete = False

    def take(self, event: Any) -> None:
        """Process the next event."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._scalar(event)
        elif kind is yaml.MappingStartEvent:
            self._begin(event, set())
        elif kind is yaml.SequenceStartEvent:
            self._begin(event, None)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._keys.pop()
            self._key.pop()
            self._end_value()
        elif kind is yaml.AliasEvent:
            raise _NotPlainError

    def _scalar(self, event: Any) -> None:
        if event.tag is not None or event.anchor is not None:
            raise _NotPlainError
        text: str = event.value
        is_string = not event.implicit[0] or isinstance(resolve_scalar(text), str)
        if self._keys and (keys := self._keys[-1]) is not None and self._key[-1] is None:
            if text in keys or not is_string or (text == "<<" and event.implicit[0]):
                raise _NotPlainError
            keys.add(text)
            self._key[-1] = text
            return
        if len(self._key) == 1 and is_string:
            if self._key[0] == "kind":
                self.kind = text
            elif self._key[0] == "apiVersion":
                self.api_version = text
        self._begin_value()
        self._end_value()

    def _begin(self, event: Any, keys: set[str] | None) -> None:
        if event.tag is not None or event.anchor is not None or len(self._keys) >= MAXIMUM_DEPTH:
            raise _NotPlainError
        self._begin_value()
        self._keys.append(keys)
        self._key.append(None)

    def _begin_value(self) -> None:
        if self._is_complete:
            raise _NotPlainError
        if self._keys:
            if self._keys[-1] is not None and self._key[-1] is None:
                raise _NotPlainError
            in_containers = self._keys[-1] is None and len(self._key) > 1 and self._key[-2] == "containers"
            self.has_containers = self.has_containers or in_containers

    def _end_value(self) -> None:
        if self._key:
            self._key[-1] = None
        else:
            self._is_complete = True
