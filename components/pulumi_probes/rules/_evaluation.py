"""Running rules over workloads: findings, what could not be judged, waivers, and a rule's own faults."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pulumi_probes.model.errors import MalformedValue, UnknownValue, ValueNotAvailable
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Finding, NotEvaluated, RuleCrash, Severity, Violation
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.workload import Located, Workload
from pulumi_probes.rules._configuration import EXCLUDE, is_excluded
from pulumi_probes.rules._registry import Rule, Scope


@dataclass(slots=True)
class Evaluation:
    """What rules said, in the order of workloads and codes."""

    findings: list[Finding] = field(default_factory=list)
    not_evaluated: list[NotEvaluated] = field(default_factory=list)
    crashes: list[RuleCrash] = field(default_factory=list)
    _seen: set[NotEvaluated | RuleCrash] = field(default_factory=set, repr=False, compare=False)

    def add(self, entry: NotEvaluated | RuleCrash) -> None:
        """Add what could not be evaluated, or a crash, unless it has been added before."""
        if entry in self._seen:
            return
        self._seen.add(entry)
        if isinstance(entry, NotEvaluated):
            self.not_evaluated.append(entry)
        else:
            self.crashes.append(entry)


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
        subjects = _Subjects(workload)
        for item in rules:
            _evaluate(item, subjects, stack, (parameters or {}).get(item.name, {}), result)
    return result


def evaluate_rule(rule: Rule, workload: Workload, stack: Stack, parameters: Mapping[str, Any]) -> Evaluation:
    """Judge one workload by one rule."""
    result = Evaluation()
    _evaluate(rule, _Subjects(workload), stack, parameters, result)
    return result


def _evaluate(rule: Rule, subjects: _Subjects, stack: Stack, parameters: Mapping[str, Any], result: Evaluation) -> None:
    workload = subjects.workload
    arguments = {**parameters}
    if parameters and is_excluded(workload.reference, arguments.pop(EXCLUDE, ())):
        return
    if rule.needs_stack:
        arguments["stack"] = stack
    if rule.needs_workload:
        arguments["workload"] = workload
    # The parameters' defaults are those of the function.
    check = partial(rule.check, **arguments) if arguments else rule.check
    found, blocked = subjects.of(rule.scope)
    for container, subject in found:
        try:
            for violation in check(subject):
                result.findings.append(_finding(rule, workload, violation))
        except ValueNotAvailable as problem:
            _not_evaluated(result, rule, workload, problem, container)
        except Exception as fault:  # noqa: BLE001 - a rule's bug must never stop a deployment
            error = _described(fault)
            result.add(RuleCrash(code=rule.code, rule=rule.name, resource=workload.reference, error=error))
    for container, obstacle in blocked:
        _not_evaluated(result, rule, workload, obstacle, container)


_Named = tuple[str | None, Located]
"""What a rule is called with, and the name of the container it belongs to."""

_Blocked = tuple[str | None, ValueNotAvailable]
"""What stands in the way of the rest, likewise."""


class _Subjects:
    """What rules of each scope are called with for one workload; all rules share the views and what these remember."""

    def __init__(self, workload: Workload) -> None:
        self.workload = workload
        self._found: dict[Scope, tuple[list[_Named], list[_Blocked]]] = {}

    def of(self, scope: Scope) -> tuple[list[_Named], list[_Blocked]]:
        """The subjects of one scope, and what stands in the way of others."""
        found = self._found.get(scope)
        if found is None:
            found = self._found[scope] = self._find(scope)
        return found

    def _find(self, scope: Scope) -> tuple[list[_Named], list[_Blocked]]:
        workload = self.workload
        if scope is Scope.WAIVER:
            return [], []
        named: list[_Named] = []
        blocked: list[_Blocked] = []
        if scope is Scope.WORKLOAD:
            named.append((None, workload))
        else:
            for container in workload.probed_containers:
                name = container.display_name
                try:
                    if scope is Scope.CONTAINER:
                        named.append((name, container))
                        continue
                    named += [(name, probe) for probe in container.probes]
                    if scope is Scope.HANDLER:
                        named += [(name, hook) for hook in container.hooks]
                except ValueNotAvailable as problem:
                    blocked.append((name, problem))
        blocked += [(None, problem) for problem in workload.unreadable]
        return named, blocked


def _finding(rule: Rule, workload: Workload, violation: Violation) -> Finding:
    source = workload.manifest.source
    return Finding(
        code=rule.code,
        rule=rule.name,
        # Something that only looks like a pod specification may be something else.
        severity=Severity.ADVICE if workload.is_guessed else violation.severity or rule.severity,
        resource=workload.reference,
        path=violation.path,
        what=violation.what,
        consequence=violation.consequence,
        fix=violation.fix,
        container=violation.container,
        source=source.locate(violation.path) if source is not None else None,
    )


def _described(fault: Exception) -> str:
    """The kind of a fault and its place; its text may hold a value of the manifest, which may be a secret."""
    name = type(fault).__name__
    frames = traceback.extract_tb(fault.__traceback__)
    return f"{name} in {frames[-1].filename.rpartition('/')[2]}, line {frames[-1].lineno}" if frames else name


def _not_evaluated(
    result: Evaluation, rule: Rule, workload: Workload, problem: ValueNotAvailable, container: str | None
) -> None:
    # What is malformed is a finding of the rule for that; listing every rule it stops would bury it.
    if isinstance(problem, MalformedValue):
        return
    result.add(
        NotEvaluated(
            code=rule.code,
            rule=rule.name,
            resource=workload.reference,
            path=problem.path if isinstance(problem, UnknownValue) else FieldPath(),
            reason=problem.reason,
            container=container,
        )
    )
