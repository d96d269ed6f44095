"""A simulated container: its processes and the observers of their changes."""

from __future__ import annotations

from typing import Protocol

from pulumi_probes.timeline.model.pod import PodContainer
from pulumi_probes.timeline.model.scenario import Script
from pulumi_probes.timeline.simulator.process import Process


class Observer(Protocol):
    """An object that is notified when a container changes.

    The kubelet's probe workers check their container at every tick. The simulated workers skip ticks that have no
    effect, so they must be notified of changes.
    """

    def look_again(self, now: int) -> None:
        """The status of the container or the answers of its process have changed."""
        ...

    def process_exited(self, now: int) -> None:
        """The process has exited."""
        ...


class SimulatedContainer:
    """One container of the pod.

    Attributes:
        name: its name in the pod.
        spec: the container in the manifest.
        script: the behaviour of its processes.
        processes: all its processes, the newest one last; only the container runtime adds to them.
        observers: the objects that are notified of changes.
        pre_stop: the duration of its preStop hook, in milliseconds.
        post_start: the duration of its postStart hook, in milliseconds.
    """

    def __init__(self, spec: PodContainer, script: Script) -> None:
        self.name = spec.name
        self.spec = spec
        self.script = script
        self.processes: list[Process] = []
        self.observers: list[Observer] = []
        self.pre_stop = spec.pre_stop if script.pre_stop is None else script.pre_stop
        self.post_start = spec.post_start if script.post_start is None else script.post_start

    @property
    def process(self) -> Process | None:
        """The newest process."""
        return self.processes[-1] if self.processes else None

    @property
    def is_alive(self) -> bool:
        """Whether its newest process is running."""
        return bool(self.processes) and self.processes[-1].is_alive

    def look_again(self, now: int) -> None:
        """Notify the observers that its status or its answers have changed."""
        for observer in self.observers:
            observer.look_again(now)
