"""Evaluating rules, with the results sorted by their effect on a deployment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from msgspec import Struct, field

from pulumi_probes.codec.pulumi_resource import HELM_RELEASE
from pulumi_probes.model.finding import Finding, NotEvaluated, ResourceReference, RuleCrash
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.waiver import today_utc
from pulumi_probes.rules import EXCLUDE, Evaluator, Parameters, Rule, apply_waivers, is_excluded
from pulumi_probes_policies import messages
from pulumi_probes_policies.resources import AuditedResource

Said = TypeVar("Said", Finding, NotEvaluated, RuleCrash)


class PolicyResults(Struct):
    """The results of rules for the workloads of a resource or a stack.

    Attributes:
        binding: findings with the level of their policy.
        advice: findings about objects that only look like they contain a pod specification; advisory at most.
        waived: waived findings.
        not_evaluated: rules that could not be evaluated.
        crashes: rules that failed with an internal error.
    """

    binding: list[Finding] = field(default_factory=list[Finding])
    advice: list[Finding] = field(default_factory=list[Finding])
    waived: list[Finding] = field(default_factory=list[Finding])
    not_evaluated: list[NotEvaluated] = field(default_factory=list[NotEvaluated])
    crashes: list[RuleCrash] = field(default_factory=list[RuleCrash])


class EvaluationSettings(Struct, frozen=True, kw_only=True):
    """The configuration of an evaluation.

    Attributes:
        parameters: the parameters of the rules, by the names of those that have any.
        excludes: the patterns of the resources that rules skip, by the names of those that have any.
        waivable: the names of the rules whose findings an annotation can waive.
    """

    parameters: Parameters
    excludes: Mapping[str, tuple[str, ...]]
    waivable: Collection[str]


class PolicyEvaluation(Struct, frozen=True, kw_only=True):
    """The results of evaluating rules on a resource or a stack.

    Attributes:
        results: the results of the rules that were evaluated.
        not_applicable: the reasons why the other rules were not evaluated, by name.
    """

    results: PolicyResults = field(default_factory=PolicyResults)
    not_applicable: Mapping[str, str] = field(default_factory=dict[str, str])


def evaluate_resource(
    resource: AuditedResource | None,
    rules: Iterable[Rule],
    settings: EvaluationSettings,
    evaluator: Evaluator | None = None,
) -> PolicyEvaluation:
    """Evaluate rules on the workloads of one resource.

    Args:
        resource: the resource; None if it has no pods.
        rules: rules that evaluate one resource at a time.
        settings: their configuration.
        evaluator: evaluates all of these rules; None if it was not prepared.
    """
    rules = tuple(rules)
    if resource is None:
        return PolicyEvaluation(not_applicable=without_pods(rules))
    not_applicable = {
        rule.name: messages.EXCLUDED
        for rule in rules
        if rule.name in settings.excludes and is_excluded(resource.reference, settings.excludes[rule.name])
    }
    asked = [rule for rule in rules if rule.name not in not_applicable]
    if evaluator is None or not_applicable:
        evaluator = Evaluator(asked, settings.parameters)
    results = _evaluate(resource.stack, asked, evaluator, settings.waivable, today_utc())
    return PolicyEvaluation(results=results, not_applicable=not_applicable)


def without_pods(rules: Iterable[Rule]) -> dict[str, str]:
    """The reasons why rules do not apply to a resource without pods, by name."""
    return {rule.name: messages.NO_PODS for rule in rules}


def evaluate_stack(stack: Stack, rules: Iterable[Rule], settings: EvaluationSettings) -> PolicyEvaluation:
    """Evaluate rules on a whole stack; excluded workloads remain part of the stack for the other workloads."""
    rules = tuple(rules)
    if not stack.workloads:
        return PolicyEvaluation(not_applicable={rule.name: messages.NO_WORKLOADS for rule in rules})
    excluding = {
        name: {**settings.parameters.get(name, {}), EXCLUDE: patterns} for name, patterns in settings.excludes.items()
    }
    parameters = {**settings.parameters, **excluding}
    return PolicyEvaluation(results=evaluate_policies(stack, rules, parameters, settings.waivable, today_utc()))


def release_not_applicable(type_token: str, urn: str, exclude: Iterable[str]) -> str | None:
    """The reason why the policy about Helm Releases does not apply to a resource; None if it applies."""
    if type_token != HELM_RELEASE:
        return messages.NO_RELEASE
    reference = ResourceReference(kind="Release", api_version="helm.sh/v3", urn=urn)
    return messages.EXCLUDED if is_excluded(reference, exclude) else None


def evaluate_policies(
    stack: Stack, rules: Iterable[Rule], parameters: Parameters, waivable: Container[str], today: date
) -> PolicyResults:
    """Evaluate rules on every workload of a stack.

    Args:
        stack: the workloads and the objects that are deployed with them.
        rules: the rules to evaluate.
        parameters: their parameters.
        waivable: the names of the rules whose findings an annotation can waive.
        today: the date that decides which waivers have expired.
    """
    rules = tuple(rules)
    return _evaluate(stack, rules, Evaluator(rules, parameters), waivable, today)


def _evaluate(
    stack: Stack, rules: Sequence[Rule], evaluator: Evaluator, waivable: Container[str], today: date
) -> PolicyResults:
    evaluation = evaluator.evaluate(stack, stack.workloads)
    evaluation.extend(evaluator.evaluate_services(stack))
    waiving = any(rule.name in waivable for rule in rules)
    evaluation = apply_waivers(evaluation, stack, today=today, rules=rules, annotations=waiving)
    results = PolicyResults(not_evaluated=evaluation.not_evaluated, crashes=evaluation.crashes)
    # By identity: findings hold the very reference of their workload.
    guessed = {id(workload.reference) for workload in stack.workloads if workload.is_guessed}
    for finding in evaluation.findings:
        if finding.waiver is not None and finding.rule in waivable:
            results.waived.append(finding)
        elif id(finding.resource) in guessed:
            results.advice.append(finding)
        else:
            results.binding.append(finding)
    return results


def by_resource(said: Iterable[Said]) -> Iterable[tuple[str, list[Said]]]:
    """Group entries by the URN of their resource."""
    grouped: defaultdict[str, list[Said]] = defaultdict(list)
    for entry in said:
        grouped[entry.resource.urn or ""].append(entry)
    return grouped.items()
