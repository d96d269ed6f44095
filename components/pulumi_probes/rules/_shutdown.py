"""How long the hooks of a container take."""

from __future__ import annotations

from pulumi_probes.model.workload import Container, Hook
from pulumi_probes.rules._commands import sleep_seconds


def pause_seconds(hook: Hook) -> int | None:
    """How long a hook pauses at least: a native sleep, or one in its command; None when nobody can tell."""
    if hook.handler == "sleep":
        return hook.sleep_seconds
    return sleep_seconds(hook.command) if hook.handler == "exec" else None


def pre_stop_pause(container: Container) -> tuple[Hook, int] | None:
    """The preStop hook and its pause, if it has one that can be told."""
    hook = container.hook("preStop")
    seconds = None if hook is None else pause_seconds(hook)
    return None if hook is None or seconds is None else (hook, seconds)


def grace_seconds(container: Container) -> int | None:
    """The pod's grace period; None when a patch does not say it."""
    workload = container.workload
    if workload.is_partial and not workload.pod_spec.has("terminationGracePeriodSeconds"):
        return None
    return workload.termination_grace_period_seconds
