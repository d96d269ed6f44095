"""How long a whole pod may take to become Ready before the kubelet intervenes."""

from __future__ import annotations

from pulumi_probes.model.workload import Container, Workload
from pulumi_probes.timeline.bounds.probe import ready_budget_seconds, start_budget_seconds


def pod_ready_seconds(workload: Workload) -> int:
    """The longest time in seconds from the start of a pod's first sidecar or container until the pod is Ready.

    Sidecars start one after another, each once the startup probe of the previous one has passed. The regular containers
    then start together, and all of them must become Ready. Image pulls and init containers are not included.

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
        # Without these probes, a container counts as Ready as soon as it runs.
        return _post_start(container)
    return ready_budget_seconds(startup, readiness, liveness) + _post_start(container)


def _post_start(container: Container) -> int:
    """Seconds until the postStart hook is done and the container counts as running; known for a native sleep only."""
    hook = container.hook("postStart")
    return 0 if hook is None else hook.sleep_seconds or 0
