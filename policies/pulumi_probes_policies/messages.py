"""The texts below the name and description of a policy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pulumi_probes.model.characters import visible
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Finding, NotEvaluated, ResourceReference, RuleCrash, Waiver

NO_PODS = "This resource has no pod specification."
NO_RELEASE = "This resource is not a Helm Release."
EXCLUDED = "The configuration of this policy excludes the resource."
NO_WORKLOADS = "The stack has no workloads."

_MOST_CODES = 12
"""The number of codes up to which all of them are listed."""

HELM_RELEASE_ADVICE = (
    "Helm creates the objects of a Release itself, so policies cannot see them and their probes are not audited. "
    "Use kubernetes.helm.sh/v4 Chart, whose objects are resources of the stack, or check the output of "
    "`helm template` with `probes audit -`."
)


def findings_text(findings: Iterable[Finding], *, in_list: bool = False) -> str:
    """The location, problem and fix of each finding, on separate lines.

    Args:
        findings: the findings of one rule for one resource.
        in_list: whether the resource contains several objects, so that each finding has to name its own.
    """
    return "\n".join(_lines(finding, in_list=in_list) for finding in findings)


def advice_text(findings: Iterable[Finding], *, in_list: bool = False) -> str:
    """The text for findings about objects that only look like they contain a pod specification."""
    return f"{findings_text(findings, in_list=in_list)}\nThe kind of this object is unknown, so this is only advice."


def waived_text(findings: Iterable[Finding], *, in_list: bool = False) -> str:
    """The text for waived findings, with the reasons."""
    return "\n".join(
        f"{finding.rule} is waived{_until(finding.waiver)}: {visible(finding.waiver.reason)}\n"
        f"{_lines(finding, in_list=in_list)}"
        for finding in findings
        if finding.waiver is not None
    )


def not_evaluated_text(entries: Iterable[NotEvaluated], asked: int = 1) -> str:
    """The text for rules that were not evaluated, with one line for each unknown value.

    Args:
        entries: the rules that were not evaluated, with the unknown values.
        asked: the number of all rules that were to be evaluated.
    """
    rules: defaultdict[tuple[ResourceReference, FieldPath], list[str]] = defaultdict(list)
    places: dict[tuple[ResourceReference, FieldPath], str] = {}
    # Entries with a container name come first, because they give the clearest location.
    for entry in sorted(entries, key=lambda entry: entry.container is None):
        value = (entry.resource, entry.path)
        places.setdefault(value, visible(f"{entry.where or entry.resource} is {entry.reason}"))
        if entry.code not in rules[value]:
            rules[value].append(entry.code)
    return "\n".join(
        f"{places[value]}; not evaluated: "
        + (f"{len(codes)} of {asked} rules." if len(codes) > _MOST_CODES else f"{', '.join(sorted(codes))}.")
        for value, codes in rules.items()
    )


def crash_text(crash: RuleCrash) -> str:
    """The text for an internal error of a rule, which never contains a value of the manifest."""
    return (
        f"{crash.code} {crash.rule} failed on {visible(str(crash.resource))} with {crash.error}, so it was not "
        "evaluated. This is a bug in pulumi-probes, not in your program; please report it."
    )


def fault_text(subject: str, fault: Exception) -> str:
    """The text for an internal error outside of rules, which never contains a value of the manifest."""
    return (
        f"Auditing {subject} failed with {type(fault).__name__}, so it was not audited. "
        "This is a bug in pulumi-probes, not in your program; please report it."
    )


def mistakes_text(mistakes: Iterable[str]) -> str:
    """The text for mistakes in the configuration of a policy."""
    return "\n".join(f"The configuration of this policy is invalid: {mistake}" for mistake in mistakes)


def _lines(finding: Finding, *, in_list: bool) -> str:
    place = f"{finding.resource}: {finding.where}" if in_list else finding.where
    return f"{visible(place)}\n  {visible(finding.message)}\n  {visible(finding.fix)} [{finding.code}]"


def _until(waiver: Waiver) -> str:
    return f" until {waiver.until.isoformat()}" if waiver.until is not None else ""
