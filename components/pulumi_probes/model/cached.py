"""Properties that are computed once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or sys.version_info >= (3, 12):
    from functools import cached_property
else:

    class cached_property:  # noqa: N801 - the name in the standard library
        """As in the standard library since Python 3.12; before that, it takes a lock, and three times as long."""

        def __init__(self, compute: Callable[[Any], Any]) -> None:
            self._compute = compute
            self.__doc__ = compute.__doc__

        def __set_name__(self, _owner: type, name: str) -> None:
            self._name = name

        def __get__(self, instance: Any, _owner: type | None = None) -> Any:
            if instance is None:
                return self
            # The next access finds the value before it finds this descriptor.
            value = vars(instance)[self._name] = self._compute(instance)
            return value


__all__ = ["cached_property"]
