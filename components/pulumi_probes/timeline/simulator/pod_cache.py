"""What the kubelet knows about processes from looking at the runtime.

Mirrors the pod cache, which `pkg/kubelet/pleg/generic.go: Relist` fills;
see docs/explanation/kubelet/pod-sync.md#the-pod-worker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.simulator.container import SimulatedContainer
from pulumi_probes.timeline.simulator.process import Process

_NEWEST = 3
"""Three processes are enough: the newest may not be seen yet, nor the end of the one before it, but the one before that
is known to have ended."""


@dataclass(slots=True)
class RuntimeStatus:
    """What the kubelet has noticed of a container.

    Attributes:
        process: the newest process that it has seen.
        is_running: whether it has not yet seen it ended.
        exited_at: when the newest process ended that it has seen ended.
    """

    process: Process
    is_running: bool
    exited_at: int | None


RuntimeStatuses = Mapping[str, RuntimeStatus]
"""By container name; a container that was never seen is absent."""


def noticed_after(process: Process, kubelet: Kubelet) -> int:
    """From the start of a process that runs, or the end of one that has ended, until the kubelet notices.

    What the kubelet has done itself, it may notice sooner; a SIGTERM is always its own.
    """
    is_own = process.is_alive or process.sigterm_at is not None
    return kubelet.own_seen_after if is_own else kubelet.seen_after


def read_pod_cache(containers: Mapping[str, SimulatedContainer], kubelet: Kubelet, now: int) -> RuntimeStatuses:
    """What the kubelet knows at a moment."""
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
