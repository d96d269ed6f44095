"""The state of the processes as the kubelet has last seen it in the runtime.

Mirrors the pod cache, which `pkg/kubelet/pleg/generic.go: Relist` fills;
see docs/explanation/kubelet/pod-sync.md#the-pod-worker.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.simulator.container import SimulatedContainer
from pulumi_probes.timeline.simulator.process import Process

_NEWEST = 3
"""Three processes suffice: the kubelet may not have seen the newest one and the exit of the one before it yet, but it
has seen the exit of the third one."""


class RuntimeStatus(Struct):
    """The status of a container as the kubelet has seen it.

    Attributes:
        process: the newest process that it has seen.
        is_running: whether it has not seen the exit of that process yet.
        exited_at: when the last process whose exit it has seen exited; None if there is none.
    """

    process: Process
    is_running: bool
    exited_at: int | None


RuntimeStatuses = Mapping[str, RuntimeStatus]
"""Statuses by container name, without containers that were never seen."""


def noticed_after(process: Process, kubelet: Kubelet) -> int:
    """Milliseconds until the kubelet notices the start of a running process or the exit of another one.

    It may notice the result of its own actions earlier; every SIGTERM is its own action.
    """
    is_own = process.is_alive or process.sigterm_at is not None
    return kubelet.own_seen_after if is_own else kubelet.seen_after


def read_pod_cache(containers: Mapping[str, SimulatedContainer], kubelet: Kubelet, now: int) -> RuntimeStatuses:
    """The statuses that the kubelet sees at a moment."""
    statuses: dict[str, RuntimeStatus] = {}
    started_by = now - kubelet.own_seen_after
    for name, container in containers.items():
        seen = [process for process in container.processes[-_NEWEST:] if process.started_at <= started_by]
        if not seen:
            continue
        newest = seen[-1]
        ended = [process for process in seen if _is_seen_ended(process, kubelet, now)]
        statuses[name] = (
            RuntimeStatus(newest, ended[-1] is not newest, ended[-1].exited_at)
            if ended
            else RuntimeStatus(newest, is_running=True, exited_at=None)
        )
    return statuses


def _is_seen_ended(process: Process, kubelet: Kubelet, now: int) -> bool:
    return process.exited_at is not None and process.exited_at + noticed_after(process, kubelet) <= now
