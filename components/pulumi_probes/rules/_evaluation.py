"""Running rules over workloads: findings, what could not be judged, waivers, and a rule's own faults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_probes.model.errors import MalformedValue, UnknownValue, ValueNotAvailable
from pulumi_probes.model.finding import Finding, NotEvaluated, RuleCrash, Severity, Violation
from pulumi_probes.model.path import Path
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.workload import Container, ContainerProbe, Workload
from pulumi_probes.rules._configuration import EXCLUDE, is_excluded
from pulumi_probes.rules._registry import Rule, Scope


@dataclass(slots=True)
class Evaluation:
    """What rules said, in the order of workloads and codes."""

    findings: list[Finding] = field(default_factory=list)
    not_evaluated: list[NotEvaluated] = field(default_factory=list)
    crashes: list[RuleCrash] = field(default_factory=list)

    def extend(self, other: Evaluation) -> None:
        """Add what another evaluation said."""
        self.findings += other.findings
        self.not_evaluated += other.not_evaluated
        self.crashes += other.crashes


Parameters = Mapping[str, Mapping[str, Any]]
"""Configuration of rules: rule name -> parameter, or `exclude` -> value; what is absent keeps its default."""


def evaluate(
    stack: Stack, rules: Iterable[Rule], parameters: Parameters | None = None, *, of: Iterable[Workload] | None = None
) -> Evaluation:
    """Judge workloads.

    A value that is not known before deployment makes the rules that need it "not evaluated" for the probe, container or
    workload it belongs to, and nothing else. A fault inside a rule becomes a `RuleCrash`.

    Args:
        stack: everything that is deployed together.
        rules: which rules.
        parameters: their configuration.
        of: judge these workloads only; all of the stack when None.
    """
    rules = tuple(rules)
    result = Evaluation()
    for workload in stack.workloads if of is None else of:
        for item in rules:
            result.extend(evaluate_rule(item, workload, stack, (parameters or {}).get(item.name, {})))
    return result


def evaluate_rule(rule: Rule, workload: Workload, stack: Stack, parameters: Mapping[str, Any]) -> Evaluation:
    """Judge one workload by one rule."""
    result = Evaluation()
    arguments = {**rule.parameters, **parameters}
    if is_excluded(workload.reference, arguments.pop(EXCLUDE, ())):
        return result
    if rule.needs_stack:
        arguments["stack"] = stack
    try:
        subjects = list(_subjects(rule, workload))
    except ValueNotAvailable as problem:
        _not_evaluated(result, rule, workload, problem, None)
        return result
    for container, subject in subjects:
        try:
            for violation in rule.check(subject, **arguments):
                result.findings.append(_finding(rule, workload, violation))
        except ValueNotAvailable as problem:
            _not_evaluated(result, rule, workload, problem, container)
        except Exception as fault:  # noqa: BLE001 - a rule's bug must never stop a deployment
            result.crashes.append(
                RuleCrash(
                    code=rule.code,
                    rule=rule.name,
                    resource=workload.reference,
                    error=f"{type(fault).__name__}: {fault}",
                )
            )
    for blocked in workload.unreadable:
        _not_evaluated(result, rule, workload, blocked, None)
    return result


def _subjects(rule: Rule, workload: Workload) -> Iterator[tuple[str | None, Workload | Container | ContainerProbe]]:
    if rule.scope is Scope.WORKLOAD:
        yield None, workload
        return
    for container in workload.probed_containers:
        if rule.scope is Scope.CONTAINER:
            yield container.display_name, container
        else:
            for probe in container.probes:
                yield container.display_name, probe


def _finding(rule: Rule, workload: Workload, violation: Violation) -> Finding:
    source = workload.manifest.source
    return Finding(
        code=rule.code,
        rule=rule.name,
        # Something that only looks like a pod specification may be something else.
        severity=Severity.ADVICE if workload.is_guessed else rule.severity,
        resource=workload.reference,
        path=violation.path,
        what=violation.what,
        consequence=violation.consequence,
        fix=violation.fix,
        container=violation.container,
        source=source.locate(violation.path) if source is not None else None,
    )


def _not_evaluated(
    result: Evaluation, rule: Rule, workload: Workload, problem: ValueNotAvailable, container: str | None
) -> None:
    # What is malformed is a finding of the rule for that; listing every rule it stops would bury it.
    if isinstance(problem, MalformedValue):
        return
    entry = NotEvaluated(
        code=rule.code,
        rule=rule.name,
        resource=workload.reference,
        path=problem.path if isinstance(problem, UnknownValue) else Path(),
        reason=problem.reason,
        container=container,
    )
    if entry not in result.not_evaluated:
        result.not_evaluated.append(entry)
