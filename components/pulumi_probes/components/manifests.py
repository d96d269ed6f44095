"""The objects of one component: rendered, and changed by the user's `transform`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pulumi_probes.components.arguments.problems import Problem
from pulumi_probes.components.component_spec import ComponentSpec
from pulumi_probes.components.definition import Definition
from pulumi_probes.components.rendering.deployment import render_deployment
from pulumi_probes.components.rendering.service import render_disruption_budget, render_service
from pulumi_probes.model.field_path import FieldPath

Manifests = dict[str, dict[str, Any]]
"""The objects of a component by kind: Deployment, Service and, with two or more replicas, PodDisruptionBudget."""

Transform = Callable[[Manifests], Manifests | None]
"""A function that changes the rendered objects in place or returns others; the rules check the result."""

_API_VERSIONS: Final = {"Deployment": "apps/v1", "Service": "v1", "PodDisruptionBudget": "policy/v1"}
_OPTIONAL: Final = "PodDisruptionBudget"


def render_manifests(spec: ComponentSpec, definition: Definition) -> Manifests:
    """The objects that a component is to register; leaves may be Outputs."""
    manifests = {
        "Deployment": render_deployment(spec),
        "Service": render_service(spec, default_port=definition.service_port(spec.arguments)),
    }
    budget = render_disruption_budget(spec)
    return manifests if budget is None else {**manifests, _OPTIONAL: budget}


def transform_manifests(transform: Transform, manifests: Manifests, problems: list[Problem]) -> Manifests:
    """The objects after `transform`; changes that it must not make are added to the problems."""
    returned = transform(manifests)
    result = manifests if returned is None else returned
    for kind, api_version in _API_VERSIONS.items():
        content = result.get(kind)
        if content is None and kind == _OPTIONAL:
            continue
        if not isinstance(content, Mapping) or (content.get("apiVersion"), content.get("kind")) != (api_version, kind):
            problems.append(Problem(path=FieldPath(("transform",)), what=f"must return a {kind} of {api_version}."))
    problems += [
        Problem(path=FieldPath(("transform",)), what=f"must not add {kind}.", fix="Declare it beside the component.")
        for kind in sorted(set(result) - set(_API_VERSIONS))
    ]
    return {kind: content for kind, content in result.items() if kind in _API_VERSIONS and isinstance(content, Mapping)}
