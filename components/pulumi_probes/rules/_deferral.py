"""Postponing errors about values that cannot be read, until everything else has been looked at."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from pulumi_probes.model.errors import UnknownValue, ValueNotAvailable

_T = TypeVar("_T")


class Deferral:
    """Postpones the error about a value that cannot be read, so that it does not hide other findings.

    later = Deferral()
    for container in workload.containers:
        with later:
            yield from look_at(container)
    later.settle()
    """

    def __init__(self) -> None:
        self._problem: ValueNotAvailable | None = None

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, _type: type[BaseException] | None, problem: BaseException | None, _traceback: TracebackType | None
    ) -> bool:
        if not isinstance(problem, ValueNotAvailable):
            return False
        # A malformed value is reported by malformed-field; an unknown one makes this rule "not evaluated", so it wins.
        if self._problem is None or (isinstance(problem, UnknownValue) and not isinstance(self._problem, UnknownValue)):
            self._problem = problem
        return True

    def settle(self) -> None:
        """Raise the postponed error, if there is one."""
        if self._problem is not None:
            raise self._problem


def if_known(read: Callable[[], _T]) -> _T | None:
    """An optional detail of a message; None if it cannot be read."""
    try:
        return read()
    except ValueNotAvailable:
        return None
