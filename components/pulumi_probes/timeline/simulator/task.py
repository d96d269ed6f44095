"""Work of the kubelet that takes time: a generator that the event queue resumes.

In the kubelet a goroutine blocks in such work, for example in `pkg/kubelet/pod_workers.go: podWorkerLoop`;
see docs/explanation/kubelet/pod-sync.md#the-pod-worker.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

from msgspec import Struct

from pulumi_probes.timeline.simulator.event_queue import EventQueue, Priority


class Until(Struct, frozen=True):
    """A wait with a deadline.

    Attributes:
        deadline: the latest end of the wait.
        is_over: whether the wait may end earlier; checked at every `Task.nudge`.
    """

    deadline: int
    is_over: Callable[[], bool]


_T = TypeVar("_T")

Steps = Generator[int | Until, int, _T]
"""A generator that yields the time at which to resume it, or an `Until`, and receives the time when it is resumed."""


class Task:
    """A running generator; `then` is called with the time of its end."""

    def __init__(self, event_queue: EventQueue, steps: Steps[Any], then: Callable[[int], None]) -> None:
        self._event_queue = event_queue
        self._steps = steps
        self._then = then
        self._waits_for: Until | None = None
        self._step = 0
        self._is_cancelled = False

    def begin(self, now: int) -> None:
        """Run to the first wait."""
        self._proceed(lambda: next(self._steps), now)

    def cancel(self) -> None:
        """Never resume."""
        self._is_cancelled = True

    def nudge(self, now: int) -> None:
        """Resume if the wait is over."""
        if self._waits_for is not None and not self._is_cancelled and self._waits_for.is_over():
            self._resume(now)

    def _resume(self, now: int) -> None:
        self._waits_for = None
        self._proceed(lambda: self._steps.send(now), now)

    def _proceed(self, advance: Callable[[], int | Until], now: int) -> None:
        self._step += 1
        try:
            wait = advance()
        except StopIteration:
            self._then(now)
            return
        if isinstance(wait, Until):
            self._waits_for = wait
            if wait.is_over():
                self._resume(now)
                return
        step = self._step

        def resume(moment: int) -> None:
            if step == self._step and not self._is_cancelled:
                self._resume(moment)

        self._event_queue.add(wait.deadline if isinstance(wait, Until) else wait, Priority.PROCESS, resume)
