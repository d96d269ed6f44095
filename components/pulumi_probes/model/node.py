"""A read-only view of one value in a Kubernetes dictionary, which knows its path.

Values are read when they are accessed: a value that is unknown or of the wrong type raises an error only then, so one
unknown image tag does not affect anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from pulumi_probes.model.errors import MalformedValue, UnknownValue, ValueNotAvailable
from pulumi_probes.model.field_path import FieldPath, Segment
from pulumi_probes.model.values import UNKNOWN, Secret, revealed

_PLACEHOLDER: Final = r"(?s)\$\{\s*[A-Za-z_][^{}]*\}|\{\{.*\}\}|\A__[A-Z0-9_]+__\Z"
_INT32_MIN: Final = -(2**31)
_INT32_MAX: Final = 2**31 - 1


class Node:
    """One value in a Kubernetes dictionary.

    A field whose value is null counts as unset, as it does for the API server.

    Node({"spec": {"replicas": 2}})["spec"].integer("replicas", default=1)   # 2
    """

    __slots__ = ("_place", "value")

    def __init__(self, value: Any, place: FieldPath | tuple[Node, Segment] | None = None) -> None:
        self.value = revealed(value) if type(value) is Secret else value
        self._place = FieldPath() if place is None else place

    def __repr__(self) -> str:
        return f"Node({self.path})"

    @property
    def path(self) -> FieldPath:
        """The path of this value in the object."""
        # Computed on demand, because most values are read without their path.
        if isinstance(self._place, tuple):
            above, step = self._place
            self._place = above.path / step
        return self._place

    def __getitem__(self, key: Segment) -> Node:
        """The value of a field or entry; an absent field is a node whose `is_set` is False."""
        content = self.value
        if type(content) is dict and type(key) is str:
            return Node(content.get(key), (self, key))
        value = self.entries()[key] if isinstance(key, int) else self._mapping().get(key)
        return Node(value, (self, key))

    def reach(self, path: FieldPath) -> Node:
        """The value at `path`, or the unknown or malformed value that blocks the way to it."""
        node = self
        for segment in path.segments:
            try:
                node = node[segment]
            except (ValueNotAvailable, IndexError):
                return node
        return node

    @property
    def length(self) -> int:
        """The number of entries of a list; 0 for anything else."""
        try:
            return len(self.entries())
        except ValueNotAvailable:
            return 0

    @property
    def is_set(self) -> bool:
        """Whether the value is set; an unknown value counts as set."""
        return self.value is not None

    @property
    def is_unknown(self) -> bool:
        """Whether the value is not known before deployment."""
        return self.value is UNKNOWN

    def has(self, key: str) -> bool:
        """Whether the field is set.

        Raises:
            UnknownValue: this object is unknown.
            MalformedValue: this value is not an object.
        """
        content = self.value
        value = content.get(key) if type(content) is dict else self._mapping().get(key)
        return value is not None and (type(value) is not Secret or revealed(value) is not None)

    def keys(self) -> tuple[str, ...]:
        """The names of the fields that are set; raises the errors of `has`."""
        fields = self._mapping()
        return tuple([key for key in fields if isinstance(key, str) and revealed(fields[key]) is not None])

    def items(self, key: str) -> Iterator[Node]:
        """The entries of a list field; none if it is absent."""
        node = self[key]
        for index in range(len(node.entries())):
            yield node[index]

    def integer(
        self, key: str, default: int | None = None, *, zero_is_unset: bool = False, bits: Literal[32, 64] = 32
    ) -> int:
        """An integer field.

        Integral floats are accepted, because policy properties contain all numbers as floats; booleans and strings are
        not.

        Args:
            key: the name of the field.
            default: the value if the field is absent.
            zero_is_unset: whether the API server replaces 0 with the default, as it does for most numbers of probes.
            bits: the size of the API's type: 64 for grace periods and sleeps, 32 for nearly all others.

        Raises:
            UnknownValue: the value is not known before deployment.
            MalformedValue: it is not an integer of this size, or it is absent and has no default.
        """
        number = self.optional_integer(key, bits=bits)
        if number is None or (number == 0 and zero_is_unset):
            if default is None:
                raise MalformedValue(self.path / key, "is required")
            return default
        return number

    def optional_integer(self, key: str, *, bits: Literal[32, 64] = 32) -> int | None:
        """An integer field, or None if it is absent; raises the errors of `integer`."""
        value = self._known(key)
        if value is None or (type(value) is int and _INT32_MIN <= value <= _INT32_MAX):
            return value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            if isinstance(value, str) and is_placeholder(value):
                raise UnknownValue(self.path / key)
            raise MalformedValue(self.path / key, f"must be a whole number, not {described(value)}")
        if isinstance(value, float) and not value.is_integer():
            raise MalformedValue(self.path / key, f"must be a whole number, not {value}")
        number = int(value)
        if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
            raise MalformedValue(self.path / key, f"must be a whole number of at most {bits} bits")
        return number

    def text(self, key: str, default: str | None = None) -> str:
        """A string field; raises the errors of `integer`."""
        value = self.optional_text(key)
        if value is None:
            if default is None:
                raise MalformedValue(self.path / key, "is required")
            return default
        return value

    def optional_text(self, key: str) -> str | None:
        """A string field, or None if it is absent."""
        value = self._known(key)
        if value is None or isinstance(value, str):
            return value
        raise MalformedValue(self.path / key, f"must be a string, not {described(value)}")

    def integer_or_text(self, key: str) -> int | str | None:
        """A field of the API's type IntOrString, or None if it is absent."""
        value = self._known(key)
        if isinstance(value, str) and is_placeholder(value):
            raise UnknownValue(self.path / key)
        if value is None or isinstance(value, str):
            return value
        return self.optional_integer(key)

    def word(self, key: str, default: str) -> str:
        """A text of which the API only allows a few, such as a scheme; the default if it is absent or empty."""
        value = self.text(key, "") or default
        if is_placeholder(value):
            raise UnknownValue(self.path / key)
        return value

    def boolean(self, key: str, *, default: bool = False) -> bool:
        """A boolean field; raises the errors of `integer`."""
        value = self._known(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and is_placeholder(value):
            raise UnknownValue(self.path / key)
        raise MalformedValue(self.path / key, f"must be true or false, not {described(value)}")

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; empty if it is absent. Raises the errors of `integer`."""
        node = self[key]
        entries: list[str] = []
        for index, entry in enumerate(node.entries()):
            value = revealed(entry)
            if value is UNKNOWN:
                raise UnknownValue(node.path / index)
            if not isinstance(value, (str, type(None))):
                raise MalformedValue(node.path / index, f"must be a string, not {described(value)}")
            # The API server reads null in a list of strings as an empty string.
            entries.append(value or "")
        return tuple(entries)

    def text_map(self, key: str) -> dict[str, str]:
        """An object of strings, such as labels; empty if it is absent. Raises the errors of `integer`."""
        node = self[key]
        return {name: node.text(name) for name in node.keys()}  # noqa: SIM118 - a Node is not a dictionary

    def _known(self, key: str) -> Any:
        content = self.value
        value = content.get(key) if type(content) is dict else self._mapping().get(key)
        if type(value) is Secret:
            value = revealed(value)
        if value is UNKNOWN:
            raise UnknownValue(self.path / key)
        return value

    def _mapping(self) -> Mapping[Any, Any]:
        value = self.value
        # Checking for dict first takes a tenth of the time of checking for Mapping, and nearly always succeeds.
        if isinstance(value, (dict, Mapping)):
            return value
        if value is None:
            return {}
        if value is UNKNOWN:
            raise UnknownValue(self.path)
        raise MalformedValue(self.path, f"must be an object, not {described(value)}")

    def entries(self) -> Sequence[Any]:
        """The raw entries of a list; empty if it is absent. Raises the errors of `keys`."""
        value = self.value
        if isinstance(value, (list, Sequence)) and not isinstance(value, (str, bytes)):
            return value
        if value is None:
            return ()
        if value is UNKNOWN:
            raise UnknownValue(self.path)
        raise MalformedValue(self.path, f"must be a list, not {described(value)}")


def is_placeholder(text: str) -> bool:
    """Whether something such as Flux, envsubst or a template engine replaces a part of a text before it is applied."""
    return ("${" in text or "{{" in text or "__" in text) and re.search(_PLACEHOLDER, text) is not None


def described(value: Any) -> str:
    """The type of a value in words, without the value, which may be secret."""
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "a boolean"),
        ((int, float), "a number"),
        (str, "a string"),
        (Mapping, "an object"),
        (Sequence, "a list"),
        (type(None), "null"),
    )
    return next((name for types, name in names if isinstance(value, types)), f"a {type(value).__name__}")
