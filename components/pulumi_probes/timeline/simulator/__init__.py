"""The simulator: a kubelet, a container runtime and the endpoints of a Service, for one pod, in simulated time.

Its parts are those of the kubelet, and docs/explanation/kubelet/index.md says which file mirrors which. A result takes
this way: `probe_worker` -> `results_manager` -> `sync_loop` -> `status_manager` -> `endpoints`, and from `sync_loop`
through the `work_queue` to the `pod_worker`, whose `pod_syncer` decides (`pod_actions`) and acts (`runtime_manager`).
Everything that takes time is planned in the `event_queue`, and everything that happens is written to the `journal`.
"""

from pulumi_probes.timeline.simulator.simulation import DEFAULT_LIMIT, simulate

__all__ = ["DEFAULT_LIMIT", "simulate"]
