"""From arguments to checked manifests: everything that a component does before it registers resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from msgspec import Struct

from pulumi_probes.components.arguments.consistency import contradictions
from pulumi_probes.components.arguments.limits import SERVICE_NAME
from pulumi_probes.components.arguments.problems import InvalidArguments, Problem
from pulumi_probes.components.arguments.validation import check_arguments
from pulumi_probes.components.component_spec import ComponentSpec
from pulumi_probes.components.contract import compute_contract, declared_start
from pulumi_probes.components.deadlines import promises, with_deadlines
from pulumi_probes.components.definition import Definition
from pulumi_probes.components.evaluation import known_stack, rule_problems
from pulumi_probes.components.manifests import Manifests, Transform, render_manifests, transform_manifests
from pulumi_probes.components.rendering.service import DEFAULT_NODE_PORTS, unusual_node_ports
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.timeline.bounds.workload import WorkloadSummary


class Assembly(Struct, frozen=True, kw_only=True):
    """The objects that a component registers, and the arguments they were rendered from.

    Attributes:
        name: the name of the objects.
        asked: the checked arguments, as the user passed them.
        arguments: the checked arguments with defaults filled in.
        manifests: the objects; leaves may be Outputs.
        summary: the timings that the probes guarantee; None if the numbers are not known before deployment.
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
    """Check the arguments, compute the contract, render the objects, transform them, and evaluate the rules.

    Raises:
        InvalidArguments: there are problems; it lists all of them.
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
        # `transform` may rely on arguments that were left out, and may fix what rules would report.
        raise InvalidArguments(title, problems)
    if transform is not None:
        manifests = transform_manifests(transform, manifests, problems)
    after = known_stack(manifests.values(), timeouts)
    wrong = {problem.path for problem in problems}
    reported = rule_problems(definition, arguments, before=before, after=after)
    problems += [problem for problem in reported if problem.path not in wrong]
    if problems:
        raise InvalidArguments(title, problems)
    _warn_of_node_ports(title, manifests)
    return Assembly(name=spec.name, asked=asked, arguments=arguments, manifests=manifests, summary=promises(after))


def _complete(definition: Definition, name: str, arguments: dict[str, Any], problems: list[Problem]) -> list[Problem]:
    """Fill in the defaults; returns the problems so far and the contradictions between arguments."""
    if "name" not in arguments and (complaint := SERVICE_NAME.complaint(name)) is not None:
        what = f"defaults to the component's name, which {complaint.what}"
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
    """The input for rendering; None if no contract can be computed, for which the problems give the reason."""
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
            f"{title}: the node port {number} is outside {DEFAULT_NODE_PORTS[0]}-{DEFAULT_NODE_PORTS[-1]}. The API "
            "server rejects it unless --service-node-port-range includes it. Use a port in the range, or leave it out."
        )


def _first_at_each_place(problems: list[Problem]) -> list[Problem]:
    """Only the first problem of each argument: an invalid argument was left out and could also be reported missing."""
    found: dict[FieldPath, Problem] = {}
    for problem in problems:
        found.setdefault(problem.path, problem)
    return list(found.values())
