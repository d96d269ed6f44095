"""Looking at the rest first, before saying that something is not known."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from pulumi_probes.model.errors import UnknownValue, ValueNotAvailable

_T = TypeVar("_T")


class Deferral:
    """Keeps what could not be read, so that one unknown container or Service does not hide the others.

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
        # A malformed value is somebody else's finding; an unknown one makes the rule "not evaluated".
        if self._problem is None or (isinstance(problem, UnknownValue) and not isinstance(self._problem, UnknownValue)):
            self._problem = problem
        return True

    def settle(self) -> None:
        """Raise what could not be read, if there was something."""
        if self._problem is not None:
            raise self._problem


def if_known(read: Callable[[], _T]) -> _T | None:
    """A value that only makes a sentence more precise; None when it cannot be read."""
    try:
        return read()
    except ValueNotAvailable:
        return None
