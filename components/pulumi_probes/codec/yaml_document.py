"""Reads a document of a YAML stream, with the line of every value.

A document that is a plain tree is read by the package `pulumi_probes_native`, if that is installed. Any other, and any
document if it is not, is built from parse events.
"""

from __future__ import annotations

from collections.abc import Callable

from pulumi_probes.codec.plain_tree import PlainTree, read_plain_tree
from pulumi_probes.codec.scalars import Scalar, resolve_scalar
from pulumi_probes.codec.yaml_stream import Chunk, YamlDocument
from pulumi_probes.model.field_path import FieldPath


def read_chunk(chunk: Chunk, resolve: Callable[[str], Scalar] = resolve_scalar) -> YamlDocument:
    """Read the document in a chunk; the value of an empty one is None.

    Args:
        chunk: the text.
        resolve: determines the value of a scalar without quotes and tag.

    Raises:
        MalformedYaml: the document cannot be read.
    """
    tree = read_plain_tree(chunk.text)
    return document_from_events(chunk, resolve) if tree is None else document_of(tree, chunk, resolve)


def document_from_events(chunk: Chunk, resolve: Callable[[str], Scalar] = resolve_scalar) -> YamlDocument:
    """Read the document in a chunk from its parse events; arguments and errors as in `read_chunk`."""
    # Imported late: with the native reader, few files need PyYAML, which takes longer to import than they to read.
    from pulumi_probes.codec.yaml_events import read_events

    return read_events(chunk, resolve)


def document_of(tree: PlainTree, chunk: Chunk, resolve: Callable[[str], Scalar] = resolve_scalar) -> YamlDocument:
    """The document of a chunk that was read as a plain tree."""
    return YamlDocument(tree.value(resolve), TreeLines(tree, chunk.line), [])


class TreeLines:
    """The lines of a plain tree."""

    __slots__ = ("_first", "_tree")

    def __init__(self, tree: PlainTree, first_line: int) -> None:
        self._tree = tree
        self._first = first_line

    def find(self, path: FieldPath) -> int:
        """The line of the value at `path`, or of its nearest parent in the file."""
        return self._first + self._tree.line(path.segments)
