"""Changes of fields that fix a violation, independent of how the object is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from pulumi_probes.model.field_path import FieldPath


class SetField(Struct, frozen=True):
    """Set a field, adding it and the objects above it if they are absent; the index after the last appends an entry."""

    path: FieldPath
    value: Any


class RemoveField(Struct, frozen=True):
    """Remove a field or an entry of a list."""

    path: FieldPath


class RenameField(Struct, frozen=True):
    """Rename a field; its value and its position stay."""

    path: FieldPath
    name: str


class MoveField(Struct, frozen=True):
    """Move a field to another object, with the comments in its value; the object is added if it is absent."""

    path: FieldPath
    to: FieldPath


Edit = SetField | RemoveField | RenameField | MoveField
"""One change of one field."""


def below(edit: Edit, prefix: FieldPath) -> Edit:
    """The same change, for an object that is itself at `prefix` of a document."""
    if isinstance(edit, MoveField):
        return MoveField(prefix.joined(edit.path), prefix.joined(edit.to))
    return replace(edit, path=prefix.joined(edit.path))


def is_in_conflict(one: Edit, other: Edit) -> bool:
    """Whether two changes concern the same field, or one of them a field inside the other's."""
    paths = [(edit.path.segments, _renamed(edit)) for edit in (one, other)]
    (first, first_new), (second, second_new) = paths
    if isinstance(first[-1], int) and isinstance(second[-1], int) and first[:-1] == second[:-1]:
        # Removing or appending an entry moves or meets the others.
        return True
    return any(a[: len(b)] == b or b[: len(a)] == a for a in (first, first_new) for b in (second, second_new))


def edited(content: Any, edits: Iterable[Edit]) -> Any:
    """A copy of an object with changes.

    Raises:
        LookupError: a field to remove or rename is absent, or a field to set is inside a value that is not an object.
    """
    from copy import deepcopy  # imported late: an audit describes changes, and makes none

    result = deepcopy(content)
    for edit in edits:
        for step in as_steps(result, edit):
            _apply(result, step)
    return result


def as_steps(content: Any, edit: Edit) -> tuple[SetField | RemoveField | RenameField, ...]:
    """The same change of an object without moves: a field is removed, and set in its new place.

    Raises:
        LookupError: a field to move is absent.
    """
    if not isinstance(edit, MoveField):
        return (edit,)
    value = content
    for segment in edit.path.segments:
        value = value[segment]
    return (RemoveField(edit.path), SetField(edit.to, value))


def _apply(content: Any, edit: SetField | RemoveField | RenameField) -> None:
    *above, last = edit.path.segments
    owner = content
    for position, segment in enumerate(above):
        if isinstance(edit, SetField) and isinstance(owner, dict) and owner.get(segment) is None:
            owner[segment] = [] if isinstance([*above, last][position + 1], int) else {}
        owner = owner[segment]
    if isinstance(owner, list) and isinstance(last, int):
        if isinstance(edit, RemoveField):
            del owner[last]
        elif isinstance(edit, SetField):
            owner[last : last + 1] = [edit.value]
    elif isinstance(owner, dict) and isinstance(last, str):
        if isinstance(edit, SetField):
            owner[last] = edit.value
        elif isinstance(edit, RemoveField):
            del owner[last]
        else:
            _rename(owner, last, edit.name)
    else:
        raise LookupError(str(edit.path))  # noqa: TRY004 - no argument has a wrong type, the object lacks the field


def _rename(owner: dict[str, Any], old: str, new: str) -> None:
    if old not in owner or new in owner:
        raise LookupError(old)
    entries = [(new if key == old else key, value) for key, value in owner.items()]
    owner.clear()
    owner.update(entries)


def _renamed(edit: Edit) -> tuple[Any, ...]:
    """The path of the field after the change."""
    if isinstance(edit, MoveField):
        return edit.to.segments
    segments = edit.path.segments
    return (*segments[:-1], edit.name) if isinstance(edit, RenameField) else segments
