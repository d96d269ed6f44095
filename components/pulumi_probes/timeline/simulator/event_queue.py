"""The event queue, ordered by time, then by priority, then by the order of scheduling."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from heapq import heappop, heappush


class Priority(IntEnum):
    """The order of events in the same millisecond.

    A process exits before it is observed, a result is recorded before the pod is synced, the pod is synced before a
    worker begins an attempt, and a manual run comes before the tick that it replaces.

    The kubelet's goroutines have no such order: on a real node, either may come first. The order is fixed to make
    timelines reproducible, and chosen so that changes take effect at the moment at which they are known.
    """

    PROCESS = 0
    ANSWER = 1
    SYNC = 2
    TRIGGER = 3
    TICK = 4


class EventQueue:
    """The scheduled events.

    Attributes:
        turn: the priority of the current event.
    """

    def __init__(self) -> None:
        self.turn = Priority.PROCESS
        self._heap: list[tuple[int, Priority, int, int, Callable[[int], None]]] = []
        self._asked = 0
        self._newest_tick = (-1, -1)

    def add(self, at: int, turn: Priority, action: Callable[[int], None], rank: int = 0) -> None:
        """Schedule a call of `action` with the time; the action itself checks whether it is still valid.

        Args:
            at: the time.
            turn: the priority among events of the same time.
            action: the function to call.
            rank: the order of workers that tick at the same time.
        """
        self._asked += 1
        heappush(self._heap, (at, turn, rank, self._asked, action))

    def next_moment(self) -> int | None:
        """The time of the next event; None if there is none."""
        return self._heap[0][0] if self._heap else None

    def run_next(self) -> None:
        """Run the next event."""
        at, self.turn, rank, _, action = heappop(self._heap)
        if self.turn is Priority.TICK:
            self._newest_tick = (at, rank)
        action(at)

    def has_ticked(self, now: int, rank: int) -> bool:
        """Whether the tick of the worker with this rank at this time is over."""
        return (now, rank) <= self._newest_tick
