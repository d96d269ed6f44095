"""Evaluating rules on workloads: findings, rules that could not be evaluated, and rules that failed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

from msgspec import Struct, field

from pulumi_probes.codec.kinds import is_group_of_kubernetes
from pulumi_probes.model.cached import cached_property
from pulumi_probes.model.errors import MalformedValue, UnknownValue, ValueNotAvailable
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Finding, NotEvaluated, RuleCrash, Severity, Violation
from pulumi_probes.model.stack import Service, Stack
from pulumi_probes.model.workload import Located, Workload
from pulumi_probes.rules._configuration import EXCLUDE, is_excluded
from pulumi_probes.rules._registry import Rule, Scope


class Evaluation(Struct, dict=True):
    """The results of rules, in the order of workloads and codes."""

    findings: list[Finding] = field(default_factory=list)
    not_evaluated: list[NotEvaluated] = field(default_factory=list)
    crashes: list[RuleCrash] = field(default_factory=list)

    @cached_property
    def _seen(self) -> set[NotEvaluated | RuleCrash]:
        return {*self.not_evaluated, *self.crashes}

    def add(self, entry: NotEvaluated | RuleCrash) -> None:
        """Add a rule that could not be evaluated or that failed, unless it has already been added."""
        if entry in self._seen:
            return
        self._seen.add(entry)
        if isinstance(entry, NotEvaluated):
            self.not_evaluated.append(entry)
        else:
            self.crashes.append(entry)

    def extend(self, other: Evaluation) -> None:
        """Append the results for other workloads."""
        self.findings += other.findings
        for entry in other.not_evaluated:
            self.add(entry)
        for crash in other.crashes:
            self.add(crash)


Parameters = Mapping[str, Mapping[str, Any]]
"""Configuration of rules: rule name -> parameter, or `exclude` -> value; absent parameters keep their defaults."""


def evaluate(
    stack: Stack, rules: Iterable[Rule], parameters: Parameters | None = None, *, of: Iterable[Workload] | None = None
) -> Evaluation:
    """Evaluate rules on workloads.

    A value that is not known before deployment makes the rules that need it "not evaluated" for its probe, container or
    workload, and nothing else. An exception inside a rule becomes a `RuleCrash`.

    Args:
        stack: all objects that are deployed together.
        rules: the rules to evaluate.
        parameters: their configuration.
        of: the workloads to evaluate; all workloads and Services of the stack if None.
    """
    evaluator = Evaluator(rules, parameters)
    result = evaluator.evaluate(stack, stack.workloads if of is None else of)
    if of is None:
        result.extend(evaluator.evaluate_services(stack))
    return result


def evaluate_rule(rule: Rule, workload: Workload, stack: Stack, parameters: Mapping[str, Any]) -> Evaluation:
    """Evaluate one rule on one workload."""
    return evaluate(stack, [rule], {rule.name: parameters}, of=[workload])


class Evaluator:
    """Evaluates the same rules on some workloads at a time; arguments as for `evaluate`."""

    def __init__(self, rules: Iterable[Rule], parameters: Parameters | None = None) -> None:
        self._rules = [_ConfiguredRule(rule, (parameters or {}).get(rule.name, {})) for rule in rules]

    def evaluate(self, stack: Stack, workloads: Iterable[Workload]) -> Evaluation:
        """Evaluate the rules on workloads of a stack."""
        result = Evaluation()
        for workload in workloads:
            subjects = _subjects(workload)
            given: tuple[Mapping[str, Any], ...] = (
                {},
                {"workload": workload},
                {"stack": stack},
                {"stack": stack, "workload": workload},
            )
            for item in self._rules:
                found, blocked = subjects[item.scope]
                if (found or blocked) and not (item.excluded and is_excluded(workload.reference, item.excluded)):
                    _evaluate(item, workload, found, given[item.needs], result)
                    for container, obstacle in blocked:
                        _not_evaluated(result, item.rule, workload, obstacle, container)
        return result

    def evaluate_services(self, stack: Stack, services: Iterable[Service] | None = None) -> Evaluation:
        """Evaluate the rules about Services on all of a stack, or on some of them."""
        result = Evaluation()
        items = [item for item in self._rules if item.scope is Scope.SERVICE]
        for service in (stack.services if services is None else services) if items else ():
            for item in items:
                if not (item.excluded and is_excluded(service.reference, item.excluded)):
                    _evaluate(item, service, [(None, service)], {"stack": stack}, result)
        return result


class _ConfiguredRule:
    """A rule with its parameters.

    Attributes:
        rule: the rule.
        scope: its scope.
        check: the function; absent parameters keep its defaults.
        excluded: patterns of workloads that it is not evaluated for.
        needs: the position of the further arguments that it takes, see `Evaluator.evaluate`.
    """

    __slots__ = ("check", "excluded", "needs", "rule", "scope")

    def __init__(self, rule: Rule, parameters: Mapping[str, Any]) -> None:
        arguments = {**parameters}
        self.rule = rule
        self.scope = rule.scope
        self.excluded = arguments.pop(EXCLUDE, ())
        self.check = partial(rule.check, **arguments) if arguments else rule.check
        self.needs = 2 * rule.needs_stack + rule.needs_workload


def _evaluate(
    item: _ConfiguredRule,
    workload: Workload | Service,
    found: list[_Named],
    given: Mapping[str, Any],
    result: Evaluation,
) -> None:
    check, rule = item.check, item.rule
    for container, subject in found:
        try:
            for violation in check(subject, **given):
                result.findings.append(_finding(rule, workload, violation))
        except ValueNotAvailable as problem:
            _not_evaluated(result, rule, workload, problem, container)
        except Exception as fault:  # noqa: BLE001 - a rule's bug must never stop a deployment
            error = _described(fault)
            result.add(RuleCrash(code=rule.code, rule=rule.name, resource=workload.reference, error=error))


_REJECTED: Final = "The API server rejects the object"


_Named = tuple[str | None, Located | Service]
"""A subject that a rule is called with, and the name of its container."""

_Blocked = tuple[str | None, ValueNotAvailable]
"""A subject that could not be read, and the name of its container."""


def _subjects(workload: Workload) -> dict[Scope, tuple[list[_Named], list[_Blocked]]]:
    """The subjects of each scope, and those that could not be read; all rules share them and what they have read."""
    containers: list[_Named] = []
    probes: list[_Named] = []
    handlers: list[_Named] = []
    blocked_probes: list[_Blocked] = []
    blocked_handlers: list[_Blocked] = []
    for container in workload.probed_containers:
        name = container.display_name
        containers.append((name, container))
        try:
            found = [(name, probe) for probe in container.probes]
        except ValueNotAvailable as problem:
            blocked_probes.append((name, problem))
            blocked_handlers.append((name, problem))
            continue
        probes += found
        handlers += found
        try:
            handlers += [(name, hook) for hook in container.hooks]
        except ValueNotAvailable as problem:
            blocked_handlers.append((name, problem))
    unreadable: list[_Blocked] = [(None, problem) for problem in workload.unreadable]
    return {
        Scope.WORKLOAD: ([(None, workload)], unreadable),
        Scope.CONTAINER: (containers, unreadable),
        Scope.PROBE: (probes, blocked_probes + unreadable),
        Scope.HANDLER: (handlers, blocked_handlers + unreadable),
        Scope.SERVICE: ([], []),
        Scope.WAIVER: ([], []),
    }


def _finding(rule: Rule, workload: Workload | Service, violation: Violation) -> Finding:
    source = workload.manifest.source
    return Finding(
        code=rule.code,
        rule=rule.name,
        # An object that only looks like it contains a pod specification may be something else.
        severity=Severity.ADVICE if workload.is_guessed else violation.severity or rule.severity,
        resource=workload.reference,
        path=violation.path,
        what=violation.what,
        consequence=_consequence(workload, violation),
        fix=violation.fix,
        container=violation.container,
        edits=() if isinstance(workload, Workload) and workload.is_injected else violation.edits,
        source=source.locate(violation.path) if source is not None else None,
    )


def _consequence(workload: Workload | Service, violation: Violation) -> str:
    """The consequence of a mistake; the API server itself only checks the kinds of Kubernetes."""
    text = violation.consequence
    if isinstance(workload, Service) or not text.startswith(_REJECTED) or is_group_of_kubernetes(workload.group):
        return text
    rest = text.removeprefix(_REJECTED)
    if workload.is_guessed:
        return f"If the controller copies this to its pods as it is, the API server rejects them{rest}"
    return f"The API server rejects the pods of the {workload.kind}{rest}"


def _described(fault: Exception) -> str:
    """The type of an exception and where it was raised; its text may contain a secret of the manifest."""
    import traceback  # imported late, no rule is expected to fail

    frame = traceback.extract_tb(fault.__traceback__)[-1]
    name = os.path.basename(frame.filename)  # noqa: PTH119 - pathlib takes longer to import than an audit takes
    return f"{type(fault).__name__} in {name}, line {frame.lineno}"


def _not_evaluated(
    result: Evaluation, rule: Rule, workload: Workload | Service, problem: ValueNotAvailable, container: str | None
) -> None:
    # A malformed value is reported by malformed-field; listing every rule that it affects would bury that finding.
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
