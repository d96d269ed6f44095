"""Computes deadlines that fit the rendered objects, and the timings that the probes guarantee."""

from __future__ import annotations

import pulumi
from msgspec.structs import replace

from pulumi_probes.components.component_spec import ComponentSpec
from pulumi_probes.components.definition import Definition
from pulumi_probes.components.evaluation import known_stack
from pulumi_probes.components.manifests import render_manifests
from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.stack import Stack
from pulumi_probes.presets import default_deadline_seconds
from pulumi_probes.timeline.bounds.pod import container_starts, pod_budget_seconds
from pulumi_probes.timeline.bounds.rollout import read_rollout_plan
from pulumi_probes.timeline.bounds.workload import WorkloadSummary, summarize_workload


def with_deadlines(
    spec: ComponentSpec, definition: Definition, timeouts: pulumi.CustomTimeouts | None
) -> ComponentSpec:
    """The specification with deadlines that fit the rendered objects: custom probes, sidecars, another strategy."""
    arguments = spec.arguments
    rollout = replace(
        spec.contract.rollout,
        max_surge=arguments.get("max_surge", spec.contract.rollout.max_surge),
        max_unavailable=arguments.get("max_unavailable", spec.contract.rollout.max_unavailable),
    )
    needed = _needed_seconds(known_stack(render_manifests(spec, definition).values(), timeouts))
    if needed is not None:
        progress, update = needed
        rollout = replace(
            rollout,
            progress_deadline_seconds=default_deadline_seconds(progress),
            await_timeout_seconds=default_deadline_seconds(update),
        )
    rollout = replace(
        rollout,
        progress_deadline_seconds=arguments.get("progress_deadline_seconds", rollout.progress_deadline_seconds),
        await_timeout_seconds=arguments.get("await_timeout_seconds", rollout.await_timeout_seconds),
    )
    return replace(spec, contract=replace(spec.contract, rollout=rollout))


def _needed_seconds(stack: Stack) -> tuple[int, int] | None:
    """The longest time until one pod is available, and until a rollout is complete; None if it is not known."""
    (workload,) = stack.workloads
    try:
        ready = pod_budget_seconds(container_starts(workload))
        plan = read_rollout_plan(workload)
    except ValueNotAvailable:
        return None
    return ready + plan.min_ready_seconds, replace(plan, pods=max(1, plan.pods)).waits_for_pods(ready)


def promises(stack: Stack) -> WorkloadSummary | None:
    """The timings that the probes guarantee; None if the numbers are not known before deployment."""
    try:
        return next((summarize_workload(workload) for workload in stack.workloads), None)
    except ValueNotAvailable:
        return None
