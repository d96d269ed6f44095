"""The event queue: moments in order, ties broken by what must come first, then by who asked first."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from heapq import heappop, heappush


class Priority(IntEnum):
    """What comes first when several things happen in the same millisecond.

    A process ends before anybody looks, an answer is recorded before the pod is synchronised, that is done before a
    worker begins an attempt, and a manual run comes before the tick that it replaces.

    The kubelet's goroutines have no such order: a real node may do either first. This one is fixed so that a timeline
    is the same each time, and chosen so that what is known at a moment is acted on in that moment.
    """

    PROCESS = 0
    ANSWER = 1
    SYNC = 2
    TRIGGER = 3
    TICK = 4


class EventQueue:
    """What is planned.

    Attributes:
        turn: whose turn it is at this moment.
    """

    def __init__(self) -> None:
        self.turn = Priority.PROCESS
        self._heap: list[tuple[int, Priority, int, int, Callable[[int], None]]] = []
        self._asked = 0
        self._newest_tick = (-1, -1)

    def add(self, at: int, turn: Priority, action: Callable[[int], None], rank: int = 0) -> None:
        """Plan to call `action` with the moment; who plans checks then whether it still matters.

        Args:
            at: the moment.
            turn: what comes first in it.
            action: what to do.
            rank: which worker ticks first, where several do in the same moment.
        """
        self._asked += 1
        heappush(self._heap, (at, turn, rank, self._asked, action))

    def next_moment(self) -> int | None:
        """When the next thing is due."""
        return self._heap[0][0] if self._heap else None

    def run_next(self) -> None:
        """Do the next thing."""
        at, self.turn, rank, _, action = heappop(self._heap)
        if self.turn is Priority.TICK:
            self._newest_tick = (at, rank)
        action(at)

    def has_ticked(self, now: int, rank: int) -> bool:
        """Whether the worker of this rank has had its turn to tick in this moment."""
        return (now, rank) <= self._newest_tick
