"""The context that all parts of a simulation share."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.model.pod import Pod
from pulumi_probes.timeline.simulator.container import SimulatedContainer
from pulumi_probes.timeline.simulator.event_queue import EventQueue
from pulumi_probes.timeline.simulator.journal import Journal


class Context(Struct, frozen=True, kw_only=True):
    """The pod, the kubelet, the event queue and the journal of a simulation.

    Attributes:
        pod: the pod.
        kubelet: the kubelet's version, phases and latencies.
        horizon: the end of the simulation, in milliseconds.
        containers: the containers by name, init containers first, in the order of the manifest.
        event_queue: the scheduled events.
        journal: the events and attempts so far.
    """

    pod: Pod
    kubelet: Kubelet
    horizon: int
    containers: Mapping[str, SimulatedContainer]
    event_queue: EventQueue
    journal: Journal
