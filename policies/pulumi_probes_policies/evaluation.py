"""What rules say about workloads, sorted by what it does to a deployment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from pulumi_probes.model.finding import Finding, NotEvaluated, RuleCrash
from pulumi_probes.model.stack import Stack
from pulumi_probes.rules import Parameters, Rule, apply_waivers, evaluate

Said = TypeVar("Said", Finding, NotEvaluated, RuleCrash)


@dataclass(slots=True)
class PolicyResults:
    """What rules say about the workloads of a resource or of a stack.

    Attributes:
        binding: findings that have the level of their policy.
        advice: findings about something that only looks like a pod specification; never more than advisory.
        waived: findings that somebody has decided to live with.
        not_evaluated: what could not be judged.
        crashes: rules that failed by their own fault.
    """

    binding: list[Finding] = field(default_factory=list[Finding])
    advice: list[Finding] = field(default_factory=list[Finding])
    waived: list[Finding] = field(default_factory=list[Finding])
    not_evaluated: list[NotEvaluated] = field(default_factory=list[NotEvaluated])
    crashes: list[RuleCrash] = field(default_factory=list[RuleCrash])


def evaluate_policies(
    stack: Stack, rules: Iterable[Rule], parameters: Parameters, waivable: Container[str], today: date
) -> PolicyResults:
    """Judge every workload of a stack.

    Args:
        stack: the workloads, and what is deployed with them.
        rules: by which rules.
        parameters: their configuration.
        waivable: the names of the rules whose findings an annotation can waive.
        today: the day on which waivers may be over.
    """
    rules = tuple(rules)
    evaluation = evaluate(stack, rules, parameters)
    waiving = any(rule.name in waivable for rule in rules)
    evaluation = apply_waivers(evaluation, stack, today=today, rules=rules, annotations=waiving)
    results = PolicyResults(not_evaluated=evaluation.not_evaluated, crashes=evaluation.crashes)
    # A finding holds the very reference of its workload.
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
    """What is said about each resource, by its URN."""
    grouped: defaultdict[str, list[Said]] = defaultdict(list)
    for entry in said:
        grouped[entry.resource.urn or ""].append(entry)
    return grouped.items()
