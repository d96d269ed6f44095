"""The special leaves of a Kubernetes dictionary, in addition to plain JSON values."""

from __future__ import annotations

from typing import Any, Final, final

from msgspec import Struct


@final
class Unknown:
    """The type of `UNKNOWN`: a value that is not known before deployment."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __copy__(self) -> Unknown:
        return self

    def __deepcopy__(self, _memo: object) -> Unknown:
        return self

    def __reduce__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()
"""The leaf for every value that is not known before deployment."""


class Secret(Struct, frozen=True):
    """A value that is known but must not be shown.

    Rules read the value; reports and written manifests do not show it.
    """

    value: Any

    def __repr__(self) -> str:
        return "Secret([secret])"


def revealed(value: Any) -> Any:
    """The value inside any number of nested `Secret`s."""
    while isinstance(value, Secret):
        value = value.value
    return value
