"""Reads documents that are plain trees: without anchors, aliases, tags and merge keys, and with distinct string keys.

Nearly every Kubernetes manifest is one. The package `pulumi_probes_native` reads them several times faster than Python
can; it is optional, and gives the same results. All other documents, and malformed ones, are left to
`pulumi_probes.codec.yaml_document`, which interprets them and reports their errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from pulumi_probes.codec.native import NATIVE
from pulumi_probes.codec.scalars import Scalar
from pulumi_probes.model.field_path import Segment

MAXIMUM_DEPTH: Final = 256
"""The maximum nesting depth of values; even the deepest custom resource definitions are well below 100."""


class PlainTree(Protocol):
    """A document that is a plain tree."""

    @property
    def has_containers(self) -> bool:
        """Whether some key `containers` has a list with entries."""
        ...

    def value(self, resolve: Callable[[str], Scalar], /) -> Any:
        """The value as dictionaries, lists and scalars.

        Args:
            resolve: determines the value of a scalar without quotes that may be something else than a string.
        """
        ...

    def line(self, path: Iterable[Segment], /) -> int:
        """The line of the value at a path, or of its nearest parent; counted from 0."""
        ...

    def string(self, key: str, /) -> str | None:
        """The value of a key of the document, if it is certainly a string."""
        ...


def read_plain_tree(text: str) -> PlainTree | None:
    """The tree of a document; None if it is not a plain tree, or the native package is not installed.

    Raises:
        UnicodeEncodeError: the text contains surrogates.
    """
    # The two libraries differ on byte order marks inside a text.
    if NATIVE is None or "\ufeff" in text:
        return None
    tree: PlainTree | None = NATIVE.read(text, MAXIMUM_DEPTH)
    return tree


def has_native_reader() -> bool:
    """Whether the native package is installed and used; `PROBES_NATIVE=0` in the environment disables it."""
    return NATIVE is not None
