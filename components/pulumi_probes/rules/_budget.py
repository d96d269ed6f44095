"""How long the kubelet may legitimately wait until a whole pod is Ready."""

from __future__ import annotations

from pulumi_probes.model.workload import Container, Workload
from pulumi_probes.timeline.bounds.probe import ready_budget_seconds, start_budget_seconds


def pod_ready_seconds(workload: Workload) -> int:
    """The longest from the start of a pod's first sidecar or container until the pod is Ready.

    Sidecars start one after another, each when the startup probe of the one before has passed; the regular containers
    start together after them, and all must be Ready in the end. Pulling images and plain init containers come on top.

    Raises:
        UnknownValue: a number of a probe or hook is not known before deployment.
    """
    started = 0
    latest = 0
    for sidecar in workload.sidecars:
        latest = max(latest, started + _ready(sidecar))
        startup = sidecar.startup
        started += _post_start(sidecar) + (start_budget_seconds(startup, None) or 0)
    for container in workload.containers:
        latest = max(latest, started + _ready(container))
    return latest


def _ready(container: Container) -> int:
    startup, readiness, liveness = container.startup, container.readiness, container.liveness
    if startup is None and readiness is None:
        # It counts as Ready as soon as it runs.
        return _post_start(container)
    return ready_budget_seconds(startup, readiness, liveness) + _post_start(container)


def _post_start(container: Container) -> int:
    """The container counts as running when its hook is done; how long is known for a native sleep only."""
    hook = container.hook("postStart")
    return 0 if hook is None else hook.sleep_seconds or 0
