"""A container in the simulation: its processes one after another, and who is told about them."""

from __future__ import annotations

from typing import Protocol

from pulumi_probes.timeline.model.pod import PodContainer
from pulumi_probes.timeline.model.scenario import Script
from pulumi_probes.timeline.simulator.process import Process


class Observer(Protocol):
    """Is told when something about a container changes.

    The kubelet's probe workers look at their container at every tick. The simulated ones sleep through ticks at which
    nothing would happen, so they have to be told when that is no longer so.
    """

    def look_again(self, now: int) -> None:
        """The status has changed, or what the process answers."""
        ...

    def process_exited(self, now: int) -> None:
        """The process is gone."""
        ...


class SimulatedContainer:
    """One container of the pod.

    Attributes:
        name: its name in the pod.
        spec: as the manifest has it.
        script: what its processes do.
        processes: all of them, the newest one last; only the container runtime adds one.
        observers: who is told about changes.
        pre_stop: how long its preStop hook takes, in milliseconds.
        post_start: how long its postStart hook takes, in milliseconds.
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
        """Whether a process of it runs."""
        return bool(self.processes) and self.processes[-1].is_alive

    def look_again(self, now: int) -> None:
        """Tell the observers that its status or its answers have changed."""
        for observer in self.observers:
            observer.look_again(now)
