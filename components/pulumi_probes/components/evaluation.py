"""Evaluates the rules on the manifests of a component, in the same way as on any other manifests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.codec.pulumi_resource import read_custom_timeout
from pulumi_probes.components.arguments.argument_paths import argument_path
from pulumi_probes.components.arguments.problems import Problem
from pulumi_probes.components.arguments.schema_names import argument_text
from pulumi_probes.components.definition import Definition
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Finding, Severity
from pulumi_probes.model.manifest import Manifest, PulumiOptions
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.values import UNKNOWN
from pulumi_probes.model.waiver import today_utc
from pulumi_probes.rules import Scope, apply_waivers, evaluate, find_rule, load_rules


def known_stack(
    manifests: Iterable[Mapping[str, Any]], timeouts: pulumi.CustomTimeouts | Mapping[str, Any] | None = None
) -> Stack:
    """The objects as a stack for the rules; Outputs become unknown values."""
    # Pulumi also accepts a dictionary.
    set_timeouts = timeouts if isinstance(timeouts, Mapping) else vars(timeouts or pulumi.CustomTimeouts())
    options = PulumiOptions(
        create_timeout_seconds=_seconds(set_timeouts.get("create")),
        update_timeout_seconds=_seconds(set_timeouts.get("update")),
    )
    return read_stack(Manifest(content=content, pulumi=options) for content in _known(list(manifests)))


def evaluate_manifests(stack: Stack) -> list[Finding]:
    """The findings that reject the component: errors and warnings without a waiver."""
    evaluation = apply_waivers(evaluate(stack, load_rules()), stack, today=today_utc())
    for crash in evaluation.crashes:
        pulumi.log.warn(f"{crash.code} {crash.rule} could not be evaluated on {crash.resource}: {crash.error}")
    return [
        finding for finding in evaluation.findings if finding.severity is not Severity.ADVICE and finding.waiver is None
    ]


def rule_problems(
    definition: Definition, arguments: Mapping[str, Any], *, before: Stack, after: Stack
) -> list[Problem]:
    """The findings that reject the component, as problems with the paths and names that the user wrote.

    Args:
        definition: the component.
        arguments: its arguments.
        before: the objects as they were rendered.
        after: the same objects after `transform`; the rules are evaluated on these.
    """
    return [_problem(finding, definition, arguments, before, after) for finding in evaluate_manifests(after)]


def _problem(
    finding: Finding, definition: Definition, arguments: Mapping[str, Any], before: Stack, after: Stack
) -> Problem:
    """A finding as a problem of an argument, or of the object itself if `transform` changed the value."""
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
        is_waivable=rule is not None and rule.scope is not Scope.WAIVER and not rule.is_rejected,
    )


def _at(stack: Stack, finding: Finding) -> Any:
    for workload in stack.workloads:
        if workload.reference.kind == finding.resource.kind:
            return workload.top.reach(finding.path).value
    return None


def _known(manifests: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The manifests with `UNKNOWN` in place of every Output.

    If all objects share the same Output as their namespace, it is left out instead, so that the rules still match the
    Service with its pods.
    """
    known = [_without_outputs(content) for content in manifests]
    namespaces = [content.get("metadata", {}).get("namespace") for content in manifests]
    if all(isinstance(namespace, pulumi.Output) and namespace is namespaces[0] for namespace in namespaces):
        for content in known:
            del content["metadata"]["namespace"]
    return known


def _without_outputs(value: Any) -> Any:
    if isinstance(value, pulumi.Output):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: _without_outputs(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_outputs(entry) for entry in value]
    return value


def _seconds(duration: object) -> float | None:
    """A custom timeout in seconds; None if it is unset or the engine will reject it."""
    if not isinstance(duration, str):
        return None
    try:
        return read_custom_timeout(duration)
    except ValueError:
        return None
