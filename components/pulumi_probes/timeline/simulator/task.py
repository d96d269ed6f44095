"""Work of the kubelet that takes time, written as a generator and carried on by the event queue.

In the kubelet a goroutine blocks in such work, for example in `pkg/kubelet/pod_workers.go: podWorkerLoop`;
see docs/explanation/kubelet/pod-sync.md#the-pod-worker.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeVar

from pulumi_probes.timeline.simulator.event_queue import EventQueue, Priority


@dataclass(frozen=True, slots=True)
class Until:
    """Waiting for something, but no longer than until a deadline.

    Attributes:
        deadline: the moment at which waiting ends at the latest.
        is_over: whether waiting may end before; asked again at every `Task.nudge`.
    """

    deadline: int
    is_over: Callable[[], bool]


_T = TypeVar("_T")

Steps = Generator[int | Until, int, _T]
"""Yields the moment at which to go on, or what to wait for; is sent the moment at which it goes on."""


class Task:
    """A generator under way; `then` is called with the moment of its end."""

    def __init__(self, event_queue: EventQueue, steps: Steps[Any], then: Callable[[int], None]) -> None:
        self._event_queue = event_queue
        self._steps = steps
        self._then = then
        self._waits_for: Until | None = None
        self._step = 0
        self._is_cancelled = False

    def begin(self, now: int) -> None:
        """Do what can be done at once."""
        self._proceed(lambda: next(self._steps), now)

    def cancel(self) -> None:
        """Never go on."""
        self._is_cancelled = True

    def nudge(self, now: int) -> None:
        """Go on if what it waits for has come."""
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

        def go_on(moment: int) -> None:
            if step == self._step and not self._is_cancelled:
                self._resume(moment)

        self._event_queue.add(wait.deadline if isinstance(wait, Until) else wait, Priority.PROCESS, go_on)
