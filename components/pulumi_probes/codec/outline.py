"""The outline of a document: what kind of object it is, found without building it."""

from __future__ import annotations

from msgspec import Struct

from pulumi_probes.codec.plain_tree import PlainTree, has_native_reader, read_plain_tree


class Outline(Struct, frozen=True):
    """The parts of an object that are known before it is built.

    Attributes:
        api_version: its API version.
        kind: its kind.
        has_containers: whether some key `containers` has a list with entries.
    """

    api_version: str
    kind: str
    has_containers: bool


def read_outline(text: str) -> Outline | None:
    """The outline of a document; None if it must be built to know.

    The whole document is checked: one that has an outline can be read without errors and problems.
    """
    if has_native_reader():
        tree = read_plain_tree(text)
        return None if tree is None else outline_of(tree)
    # Imported late: with the native reader, PyYAML is not needed here.
    from pulumi_probes.codec.outline_events import read_outline_events

    found = read_outline_events(text)
    return None if found is None else Outline(*found)


def outline_of(tree: PlainTree) -> Outline | None:
    """The outline of a plain tree; None if its `apiVersion` or `kind` may not be a string."""
    api_version, kind = tree.string("apiVersion"), tree.string("kind")
    if api_version is None or kind is None:
        return None
    return Outline(api_version, kind, tree.has_containers)
