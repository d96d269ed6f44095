"""The simulator: an event queue, the containers' processes, the probe workers and the pod worker."""

from pulumi_probes.timeline.simulator.simulation import DEFAULT_LIMIT, simulate

__all__ = ["DEFAULT_LIMIT", "simulate"]
