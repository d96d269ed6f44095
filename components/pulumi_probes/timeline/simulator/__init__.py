"""The simulator: a kubelet, a container runtime and the endpoints of a Service, for one pod, in simulated time.

Its parts correspond to those of the kubelet; docs/explanation/kubelet/index.md lists which file mirrors which. A result
passes from `probe_worker` through `results_manager`, `sync_loop` and `status_manager` to `endpoints`, and from
`sync_loop` through `work_queue` to `pod_worker`, whose `pod_syncer` decides (`pod_actions`) and acts
(`runtime_manager`). Everything that takes time is scheduled in `event_queue`, and everything that happens is recorded
in `journal`.
"""

from pulumi_probes.timeline.simulator.simulation import DEFAULT_LIMIT, simulate

__all__ = ["DEFAULT_LIMIT", "simulate"]
