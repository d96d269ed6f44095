"""The container runtime, which starts and stops processes.

Mirrors the runtime behind `k8s.io/cri-client/pkg/remote_runtime.go: StopContainer` and its siblings;
see docs/explanation/kubelet/termination.md#steps-of-a-kill.
"""

from __future__ import annotations

from collections.abc import Callable

from pulumi_probes.timeline.model.result import Event, EventKind
from pulumi_probes.timeline.simulator.container import SimulatedContainer
from pulumi_probes.timeline.simulator.context import Context
from pulumi_probes.timeline.simulator.event_queue import Priority
from pulumi_probes.timeline.simulator.process import Process

OnChange = Callable[[Process, int], None]
"""A function that is called with a process that has just started or exited, and the time."""


class ContainerRuntime:
    """The runtime of one node; all its actions take effect at once."""

    def __init__(self, context: Context, on_change: OnChange) -> None:
        self._event_queue = context.event_queue
        self._journal = context.journal
        self._on_change = on_change

    def start(self, container: SimulatedContainer, now: int) -> None:
        """Start the next process of a container."""
        index = len(container.processes)
        process = Process(index + 1, container.script.life(index), now)
        container.processes.append(process)
        self._journal.log(Event(now, EventKind.RUNNING, container.name, process.number))
        self._expect_end(container, process)
        self._on_change(process, now)
        container.look_again(now)

    def stop(self, container: SimulatedContainer, now: int, timeout: int) -> None:
        """Send SIGTERM, and SIGKILL after `timeout` milliseconds if the process is still running.

        A second call does not send SIGTERM again, but SIGKILL may come earlier.
        """
        process = container.process
        if process is None or not process.is_alive:
            return
        if process.terminate(now, now + timeout):
            self._journal.log(Event(now, EventKind.SIGTERM, container.name, process.number, until=now + timeout))
        self._expect_end(container, process)
        if process.life.refuses_after_sigterm:
            container.look_again(now)

    def _expect_end(self, container: SimulatedContainer, process: Process) -> None:
        """Schedule the end of a process for its currently expected end, which may still change."""

        def end(now: int) -> None:
            if process.is_alive and process.ends_at == now:
                self._end(container, process, now)

        if process.ends_at is not None:
            self._event_queue.add(process.ends_at, Priority.PROCESS, end)

    def _end(self, container: SimulatedContainer, process: Process, now: int) -> None:
        cause = process.end(now)
        if cause == "SIGKILL":
            self._journal.log(Event(now, EventKind.SIGKILL, container.name, process.number))
        self._journal.log(
            Event(now, EventKind.EXITED, container.name, process.number, code=process.exit_code, cause=cause)
        )
        for observer in container.observers:
            observer.process_exited(now)
        self._on_change(process, now)
