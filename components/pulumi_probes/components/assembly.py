"""From arguments to manifests that every rule has passed: what a component does before it registers anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_probes.components.arguments.consistency import contradictions
from pulumi_probes.components.arguments.limits import SERVICE_NAME
from pulumi_probes.components.arguments.problems import InvalidArguments, Problem
from pulumi_probes.components.arguments.validation import check_arguments
from pulumi_probes.components.contract import compute_contract, declared_start
from pulumi_probes.components.deadlines import promises, with_deadlines
from pulumi_probes.components.definition import Definition
from pulumi_probes.components.evaluation import criticisms, known_stack
from pulumi_probes.components.manifests import Manifests, Transform, render_manifests, transform_manifests
from pulumi_probes.components.rendering.deployment import ComponentSpec
from pulumi_probes.components.rendering.service import DEFAULT_NODE_PORTS, unusual_node_ports
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.timeline.bounds.workload import WorkloadSummary


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
    asked = dict(arguments)
    problems = _complete(definition, name, arguments, problems)
    spec = _spec(definition, arguments, problems)
    if spec is None:
        raise InvalidArguments(title, problems)
    spec = with_deadlines(spec, definition, timeouts)
    manifests = render_manifests(spec, definition)
    before = known_stack(manifests.values(), timeouts)
    if transform is not None and problems:
        # It may rely on what could not be rendered, and repair what rules would criticise.
        raise InvalidArguments(title, problems)
    if transform is not None:
        manifests = transform_manifests(transform, manifests, problems)
    after = known_stack(manifests.values(), timeouts)
    wrong = {problem.path for problem in problems}
    judged = criticisms(definition, arguments, before=before, after=after)
    problems += [problem for problem in judged if problem.path not in wrong]
    if problems:
        raise InvalidArguments(title, problems)
    _warn_of_node_ports(title, manifests)
    return Assembly(name=spec.name, asked=asked, arguments=arguments, manifests=manifests, summary=promises(after))


def _complete(definition: Definition, name: str, arguments: dict[str, Any], problems: list[Problem]) -> list[Problem]:
    """Fill in what goes without saying; the problems so far, and what does not fit together."""
    if "name" not in arguments and (complaint := SERVICE_NAME.complaint(name)) is not None:
        what = f"The component's name {complaint.what}"
        problems.append(
            Problem(path=FieldPath(("name",)), what=what, consequence=complaint.consequence, fix="Set `name`.")
        )
    arguments.setdefault("name", name)
    definition.prepare(arguments, problems)
    problems += contradictions(
        arguments,
        name=arguments["name"],
        port_name=definition.port_name(arguments),
        service_port=definition.service_port(arguments),
        left_out={problem.path for problem in problems},
    )
    return _first_at_each_place(problems)


def _spec(definition: Definition, arguments: Mapping[str, Any], problems: list[Problem]) -> ComponentSpec | None:
    """What is to be rendered; None when the intents leave nothing, and the problems say why."""
    port_name = definition.port_name(arguments)
    contract = compute_contract(definition, arguments, port_name, problems)
    if contract is None:
        return None
    return ComponentSpec(
        name=arguments["name"],
        arguments=arguments,
        contract=contract,
        port_name=port_name,
        resources=definition.resources(arguments),
        starts_within=declared_start(definition, arguments),
    )


def _warn_of_node_ports(title: str, manifests: Manifests) -> None:
    for number in unusual_node_ports(manifests["Service"]):
        pulumi.log.warn(
            f"{title}: the node port {number} is outside {DEFAULT_NODE_PORTS[0]}-{DEFAULT_NODE_PORTS[-1]}. An API "
            "server refuses it unless its --service-node-port-range has it. Use one in the range, or leave it out."
        )


def _first_at_each_place(problems: list[Problem]) -> list[Problem]:
    """What is wrong in itself was left out, so that it may seem to be missing: nothing is said twice about a place."""
    found: dict[FieldPath, Problem] = {}
    for problem in problems:
        found.setdefault(problem.path, problem)
    return list(found.values())
