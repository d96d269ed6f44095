"""The durations of the lifecycle hooks of a container."""

from __future__ import annotations

from pulumi_probes.model.workload import Container, Hook
from pulumi_probes.rules._commands import sleep_seconds


def pause_seconds(hook: Hook) -> int | None:
    """The minimum time in seconds that a hook takes, by a native sleep or one in its command; None if unknown."""
    if hook.handler == "sleep":
        return hook.sleep_seconds
    return sleep_seconds(hook.command) if hook.handler == "exec" else None


def pre_stop_pause(container: Container) -> tuple[Hook, int] | None:
    """The preStop hook and its pause in seconds; None if there is no hook or its pause is unknown."""
    hook = container.hook("preStop")
    seconds = None if hook is None else pause_seconds(hook)
    return None if hook is None or seconds is None else (hook, seconds)


def grace_seconds(container: Container) -> int | None:
    """The pod's grace period in seconds; None for a patch that does not set it."""
    workload = container.workload
    if workload.is_partial and not workload.pod_spec.has("terminationGracePeriodSeconds"):
        return None
    return workload.termination_grace_period_seconds
