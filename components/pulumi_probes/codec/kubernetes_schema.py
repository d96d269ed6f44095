"""The fields of Kubernetes' workloads, by the OpenAPI of the API server.

`kubernetes_schema.json` has the names and types of all fields in all supported versions; `scripts/schema` writes it. It
is read when the first object is examined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pkgutil import get_data
from typing import Any, Final

from msgspec import Struct
from msgspec.json import decode

from pulumi_probes.model.errors import MalformedValue, UnknownValue, ValueNotAvailable
from pulumi_probes.model.field_path import Segment
from pulumi_probes.model.node import Node
from pulumi_probes.model.values import UNKNOWN, revealed
from pulumi_probes.model.version import KubernetesVersion, parse_version

LIST: Final = "[]"
MAP: Final = "{}"


class FieldType(Struct, frozen=True, eq=False):
    """The type of a field.

    Attributes:
        collection: `[]` for a list, `{}` for a map, empty for a single value.
        scalar: the type of the value, the entries or the values, such as `int32`; empty for an object.
        object: the type of the object; None for a scalar.
        since: the first version that has the field, if it is not the oldest one.
        until: the last version that has the field, if it is not the newest one.
    """

    collection: str
    scalar: str
    object: ObjectType | None
    since: KubernetesVersion | None = None
    until: KubernetesVersion | None = None

    def is_in(self, version: KubernetesVersion) -> bool:
        """Whether a version has the field."""
        return (self.since or version) <= version <= (self.until or version)

    def fits(self, value: Any) -> bool:
        """Whether a value has the form of this type: an object, a list or neither of them."""
        value = revealed(value)
        if value is UNKNOWN or value is None:
            return True
        if isinstance(value, Mapping):
            return self.collection == MAP or (not self.collection and (self.object is not None or not self.scalar))
        return isinstance(value, (list, tuple)) == (self.collection == LIST) and (
            self.collection == LIST or self.object is None
        )


class ObjectType(Struct, eq=False):
    """The type of an object.

    Attributes:
        name: such as `Container`; unique among all types.
        fields: field name -> type.
        nested: field name -> None for a scalar, otherwise its type; a field that is absent here is unknown.
    """

    name: str
    fields: dict[str, FieldType] = {}
    nested: dict[str, FieldType | None] = {}


class Level(Struct, frozen=True):
    """An object on the way to an unknown field, and its type."""

    node: Node
    type: ObjectType


class UnknownField(Struct, frozen=True):
    """A field that no supported version knows.

    Attributes:
        key: its name.
        levels: the objects from the examined one to the one that has the field.
    """

    key: str
    levels: tuple[Level, ...]

    @property
    def node(self) -> Node:
        """The object that has the field."""
        return self.levels[-1].node

    @property
    def type(self) -> ObjectType:
        """The type of this object."""
        return self.levels[-1].type

    @property
    def value(self) -> Any:
        """The value of the field."""
        return self.node[self.key].value


class Examination(Struct):
    """The result of comparing an object with its type.

    Attributes:
        unknown_fields: the unknown fields, in the order of the object.
        unknown_values: where an object or a list is not known before deployment, and the type that contains it.
    """

    unknown_fields: list[UnknownField] = []
    unknown_values: list[tuple[UnknownValue, ObjectType]] = []


def object_type(name: str) -> ObjectType:
    """The type with a name, such as `Container`."""
    return _schema().types[name]


def type_of_kind(api_version: str, kind: str) -> ObjectType | None:
    """The type of the objects of a kind; None if no supported version serves it."""
    name = _schema().kinds.get(kind, {}).get(api_version)
    return None if name is None else object_type(name)


def api_versions_of(kind: str) -> tuple[str, ...]:
    """The API versions that serve a kind with a pod specification; empty for any other kind."""
    return tuple(_schema().kinds.get(kind, ()))


def health_fields() -> frozenset[str]:
    """The names of probes, hooks, their handlers and their numbers."""
    return _schema().health


def examine(node: Node, kind: ObjectType) -> Examination:
    """Compare an object with its type."""
    result = Examination()
    if is_known(node.value, kind.nested):
        return result
    waiting: list[tuple[Level, ...]] = [(Level(node, kind),)]
    while waiting:
        levels = waiting.pop()
        current, own = levels[-1].node, levels[-1].type
        below: list[tuple[Level, ...]] = []
        try:
            for key in current.keys():  # noqa: SIM118 - a Node is not a dictionary
                known = own.nested.get(key, _ABSENT)
                # Pulumi stores metadata of its own under such names, and patches have directives.
                if known is _ABSENT and not key.startswith(("__", "$")):
                    result.unknown_fields.append(UnknownField(key, levels))
                elif known is not None and known is not _ABSENT:
                    for entry, entry_type in _below(current[key], known, own, result):
                        if not is_known(entry.value, entry_type.nested):
                            below.append((*levels, Level(entry, entry_type)))
        except UnknownValue as problem:
            result.unknown_values.append((problem, own))
        except MalformedValue:
            continue
        waiting += reversed(below)
    return result


def missing_fields(node: Node, kind: ObjectType, version: KubernetesVersion) -> Iterator[tuple[Node, str, FieldType]]:
    """The known fields of an object that a version does not have: the object with the field, its name and its type.

    A version before the oldest one in the file is taken for the oldest one.
    """
    asked = max(version, parse_version(next(iter(_schema().versions))))
    waiting: list[tuple[Node, ObjectType]] = [(node, kind)]
    while waiting:
        current, own = waiting.pop()
        try:
            keys = current.keys()
        except ValueNotAvailable:
            continue
        for key in keys:
            known = own.fields.get(key)
            if known is None:
                continue
            if known.is_in(asked):
                waiting += _below(current[key], known, own, Examination())
            else:
                yield current, key, known


# In one function, because an audit spends most of its time for this in calls.
def is_known(value: Any, nested: Mapping[str, FieldType | None]) -> bool:
    """Whether an object certainly has no unknown field at any depth, by a fast check."""
    if type(value) is not dict:
        return False
    for key, entry in value.items():
        known = nested.get(key, _ABSENT)
        if known is None or entry is None:
            continue
        if known.object is None:
            return False
        below = known.object.nested
        if not known.collection:
            if not is_known(entry, below):
                return False
            continue
        entries: Any = entry
        if type(entry) is not (list if known.collection == LIST else dict):
            return False
        for one in entries if known.collection == LIST else entries.values():
            if not is_known(one, below):
                return False
    return True


_ABSENT: Final = FieldType("", "absent", None)


def _below(node: Node, known: FieldType, owner: ObjectType, result: Examination) -> Iterator[tuple[Node, ObjectType]]:
    """The objects in a field; those that are not known before deployment are added to the result."""
    if known.object is None:
        return
    nodes = [node]
    if known.collection and not node.is_unknown:
        try:
            steps: Iterable[Segment] = range(len(node.entries())) if known.collection == LIST else node.keys()
        except MalformedValue:
            return
        nodes = [node[step] for step in steps]
    for one in nodes:
        if one.is_unknown:
            result.unknown_values.append((UnknownValue(one.path), owner))
        else:
            yield one, known.object


class _Schema(Struct, frozen=True):
    versions: Mapping[str, str]
    kinds: Mapping[str, Mapping[str, str]]
    types: Mapping[str, ObjectType]
    health: frozenset[str]


@cache
def _schema() -> _Schema:
    content = decode(get_data(__package__ or "", "kubernetes_schema.json") or b"")
    types = {name: ObjectType(name) for name in content["types"]}
    read: dict[str, FieldType] = {}
    for name, fields in content["types"].items():
        own = types[name]
        for key, text in fields.items():
            if text not in read:
                read[text] = _field_type(text, types)
            known = own.fields[key] = read[text]
            own.nested[key] = known if known.object is not None else None
    health = types["Probe"].fields.keys() | types["Lifecycle"].fields.keys()
    health |= {
        key
        for key, known in types["Container"].fields.items()
        if known.object is not None and known.object.name in ("Probe", "Lifecycle")
    }
    return _Schema(content["versions"], content["kinds"], types, frozenset(health))


def _field_type(text: str, types: Mapping[str, ObjectType]) -> FieldType:
    """The type in the notation of the file: `string`, `[]Container`, `{}quantity`, `int32 1.36`, `string 1.35-1.35`."""
    kind, _, versions = text.partition(" ")
    since, _, until = versions.partition("-")
    collection = kind[:2] if kind[:2] in (LIST, MAP) else ""
    name = kind.removeprefix(collection)
    return FieldType(
        collection,
        "" if name in types or name == "object" else name,
        types.get(name),
        parse_version(since) if since else None,
        parse_version(until) if until else None,
    )
