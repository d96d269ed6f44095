"""What all parts of one simulation share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.model.pod import Pod
from pulumi_probes.timeline.simulator.container import SimulatedContainer
from pulumi_probes.timeline.simulator.event_queue import EventQueue
from pulumi_probes.timeline.simulator.journal import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The surroundings of each part: the pod, the clock and the record of what happens.

    Attributes:
        pod: the pod.
        kubelet: the kubelet's version, phases and latencies.
        horizon: how far the simulation looks, in milliseconds.
        containers: by name, init containers first, in the order of the manifest.
        event_queue: what is planned.
        journal: what has happened.
    """

    pod: Pod
    kubelet: Kubelet
    horizon: int
    containers: Mapping[str, SimulatedContainer]
    event_queue: EventQueue
    journal: Journal
