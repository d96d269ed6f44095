"""From arguments to manifests that every rule has passed: what a component does before it registers anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pulumi

from pulumi_probes.components.arguments.argument_paths import argument_path
from pulumi_probes.components.arguments.consistency import contradictions
from pulumi_probes.components.arguments.limits import SERVICE_NAME
from pulumi_probes.components.arguments.problems import InvalidArguments, Problem
from pulumi_probes.components.arguments.schema_names import argument_text
from pulumi_probes.components.arguments.validation import check_arguments
from pulumi_probes.components.contract import compute_contract, declared_start
from pulumi_probes.components.definition import Definition
from pulumi_probes.components.evaluation import evaluate_manifests, known_stack
from pulumi_probes.components.rendering.deployment import ComponentSpec, render_deployment
from pulumi_probes.components.rendering.service import (
    DEFAULT_NODE_PORTS,
    render_disruption_budget,
    render_service,
    unusual_node_ports,
)
from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Finding
from pulumi_probes.model.stack import Stack
from pulumi_probes.presets import deadline_seconds
from pulumi_probes.rules import Scope, find_rule
from pulumi_probes.timeline.bounds.probe import rollout_seconds
from pulumi_probes.timeline.bounds.workload import WorkloadSummary, summarize_workload

Manifests = dict[str, dict[str, Any]]
"""The objects of a component by kind: Deployment, Service and, from two replicas on, PodDisruptionBudget."""

Transform = Callable[[Manifests], Manifests | None]
"""Changes the rendered objects in place or returns others; what comes out goes to the rules."""

_API_VERSIONS: Final = {"Deployment": "apps/v1", "Service": "v1", "PodDisruptionBudget": "policy/v1"}
_OPTIONAL: Final = "PodDisruptionBudget"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """What a component registers.

    Attributes:
        name: of its objects.
        asked: the checked arguments, as they were asked for.
        arguments: the same with everything that goes without saying.
        manifests: the objects, leaves may be Outputs.
        summary: what its probes promise; None when the numbers are not known before deployment.
    """

    name: str
    asked: Mapping[str, Any]
    arguments: Mapping[str, Any]
    manifests: Manifests
    summary: WorkloadSummary | None


def assemble(
    definition: Definition,
    name: str,
    given: Any,
    *,
    timeouts: pulumi.CustomTimeouts | None = None,
    transform: Transform | None = None,
) -> Assembly:
    """Check arguments, compute the contract, render, transform, and let the rules judge the result.

    Raises:
        InvalidArguments: something is wrong; it lists everything that is.
    """
    title = f'{definition.type_name} "{name}"'
    arguments, problems = check_arguments(definition.arguments, given)
    if arguments is None:
        raise InvalidArguments(title, problems)
    if "name" not in arguments and (complaint := SERVICE_NAME.complaint(name)) is not None:
        what = f"The component's name {complaint.what}"
        problems.append(
            Problem(path=FieldPath(("name",)), what=what, consequence=complaint.consequence, fix="Set `name`.")
        )
    asked = dict(arguments)
    arguments.setdefault("name", name)
    definition.prepare(arguments, problems)
    port_name = definition.port_name(arguments)
    left_out = {problem.path for problem in problems}
    problems += contradictions(
        arguments,
        name=arguments["name"],
        port_name=port_name,
        service_port=definition.service_port(arguments),
        left_out=left_out,
    )
    problems = _first_at_each_place(problems)
    contract = compute_contract(definition, arguments, port_name, problems)
    if contract is None:
        raise InvalidArguments(title, problems)
    spec = ComponentSpec(
        name=arguments["name"],
        arguments=arguments,
        contract=contract,
        port_name=port_name,
        resources=definition.resources(arguments),
        starts_within=declared_start(definition, arguments),
    )
    spec = _with_deadlines(spec, definition, timeouts)
    manifests = _render(spec, definition)
    before = known_stack(manifests.values(), timeouts)
    if transform is not None and problems:
        # It may rely on what could not be rendered, and repair what rules would criticise.
        raise InvalidArguments(title, problems)
    if transform is not None:
        manifests = _transformed(transform, manifests, problems)
    after = known_stack(manifests.values(), timeouts)
    wrong = {problem.path for problem in problems}
    criticism = [_criticism(finding, definition, arguments, before, after) for finding in evaluate_manifests(after)]
    problems += [problem for problem in criticism if problem.path not in wrong]
    if problems:
        raise InvalidArguments(title, problems)
    for number in unusual_node_ports(manifests["Service"]):
        pulumi.log.warn(
            f"{title}: the node port {number} is outside {DEFAULT_NODE_PORTS[0]}-{DEFAULT_NODE_PORTS[-1]}. An API "
            "server refuses it unless its --service-node-port-range has it. Use one in the range, or leave it out."
        )
    return Assembly(name=spec.name, asked=asked, arguments=arguments, manifests=manifests, summary=_summary(after))


def _first_at_each_place(problems: list[Problem]) -> list[Problem]:
    """What is wrong in itself was left out, so that it may seem to be missing: nothing is said twice about a place."""
    found: dict[FieldPath, Problem] = {}
    for problem in problems:
        found.setdefault(problem.path, problem)
    return list(found.values())


def _with_deadlines(
    spec: ComponentSpec, definition: Definition, timeouts: pulumi.CustomTimeouts | None
) -> ComponentSpec:
    """The plan with deadlines that fit what is rendered: probes of the user's own, sidecars, another strategy."""
    arguments = spec.arguments
    rollout = replace(
        spec.contract.rollout,
        max_surge=arguments.get("max_surge", spec.contract.rollout.max_surge),
        max_unavailable=arguments.get("max_unavailable", spec.contract.rollout.max_unavailable),
    )
    summary = _summary(known_stack(_render(spec, definition).values(), timeouts))
    if summary is not None and summary.ready_budget is not None:
        update = rollout_seconds(
            replicas=spec.replicas,
            max_surge=rollout.max_surge,
            max_unavailable=rollout.max_unavailable,
            ready_seconds=summary.ready_budget,
            min_ready_seconds=rollout.min_ready_seconds,
        )
        rollout = replace(
            rollout,
            progress_deadline_seconds=deadline_seconds(summary.ready_budget + rollout.min_ready_seconds),
            await_timeout_seconds=deadline_seconds(update),
        )
    rollout = replace(
        rollout,
        progress_deadline_seconds=arguments.get("progress_deadline_seconds", rollout.progress_deadline_seconds),
        await_timeout_seconds=arguments.get("await_timeout_seconds", rollout.await_timeout_seconds),
    )
    return replace(spec, contract=replace(spec.contract, rollout=rollout))


def _render(spec: ComponentSpec, definition: Definition) -> Manifests:
    manifests = {
        "Deployment": render_deployment(spec),
        "Service": render_service(spec, default_port=definition.service_port(spec.arguments)),
    }
    budget = render_disruption_budget(spec)
    return manifests if budget is None else {**manifests, _OPTIONAL: budget}


def _transformed(transform: Transform, manifests: Manifests, problems: list[Problem]) -> Manifests:
    returned = transform(manifests)
    result = manifests if returned is None else returned
    for kind, api_version in _API_VERSIONS.items():
        content = result.get(kind)
        if content is None and kind == _OPTIONAL:
            continue
        if not isinstance(content, Mapping) or (content.get("apiVersion"), content.get("kind")) != (api_version, kind):
            problems.append(Problem(path=FieldPath(("transform",)), what=f"must leave a {kind} of {api_version}."))
    problems += [
        Problem(path=FieldPath(("transform",)), what=f"must not add {kind}.", fix="Declare it beside the component.")
        for kind in sorted(set(result) - set(_API_VERSIONS))
    ]
    return {kind: content for kind, content in result.items() if kind in _API_VERSIONS and isinstance(content, Mapping)}


def _criticism(
    finding: Finding, definition: Definition, arguments: Mapping[str, Any], before: Stack, after: Stack
) -> Problem:
    """A finding, at the place that the user wrote and in its names; in the object's own where `transform` wrote it."""
    kind = finding.resource.kind
    own_path = FieldPath((kind, *finding.path.segments))
    is_unchanged = _at(before, finding) == _at(after, finding)
    path = argument_path(kind, finding.path, arguments) if is_unchanged else own_path

    def named(text: str) -> str:
        return text if path == own_path else argument_text(definition.arguments, text)

    rule = find_rule(finding.code)
    return Problem(
        path=path,
        what=named(finding.what),
        consequence=named(finding.consequence),
        fix=named(finding.fix),
        code=finding.code,
        is_waivable=rule is not None and rule.scope is not Scope.WAIVER and not rule.is_refused,
    )


def _at(stack: Stack, finding: Finding) -> Any:
    for workload in stack.workloads:
        if workload.reference.kind == finding.resource.kind:
            return workload.top.reach(finding.path).value
    return None


def _summary(stack: Stack) -> WorkloadSummary | None:
    try:
        return next((summarize_workload(workload) for workload in stack.workloads), None)
    except ValueNotAvailable:
        return None
