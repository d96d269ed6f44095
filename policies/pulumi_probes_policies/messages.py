"""The texts that people read below a policy's name and description."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pulumi_probes.model.characters import visible
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Finding, NotEvaluated, ResourceReference, RuleCrash, Waiver

NO_PODS = "This resource holds no pod specification."
NO_RELEASE = "This resource is no Helm Release."
EXCLUDED = "The configuration of this policy excludes the resource."
NO_WORKLOADS = "The stack has no workloads."

_MOST_CODES = 12
"""More codes than these are counted."""

HELM_RELEASE_ADVICE = (
    "Helm makes the objects of a Release where no policy sees them, so its probes are not judged. "
    "Use kubernetes.helm.sh/v4 Chart, whose objects are resources of the stack, or check the output of "
    "`helm template` with `probes audit -`."
)


def findings_text(findings: Iterable[Finding], *, in_list: bool = False) -> str:
    """Each finding's place, what is wrong there and what to do, on lines of their own.

    Args:
        findings: what one rule found in one resource.
        in_list: whether the resource holds several objects, so that each finding has to name its own.
    """
    return "\n".join(_lines(finding, in_list=in_list) for finding in findings)


def advice_text(findings: Iterable[Finding], *, in_list: bool = False) -> str:
    """Findings about something that only looks like a pod specification."""
    return f"{findings_text(findings, in_list=in_list)}\nThis kind of object is not known, so it is only advice."


def waived_text(findings: Iterable[Finding], *, in_list: bool = False) -> str:
    """Findings that somebody has decided to live with, and why."""
    return "\n".join(
        f"{finding.rule} is waived{_until(finding.waiver)}, because: {visible(finding.waiver.reason)}\n"
        f"{_lines(finding, in_list=in_list)}"
        for finding in findings
        if finding.waiver is not None
    )


def not_evaluated_text(entries: Iterable[NotEvaluated], asked: int = 1) -> str:
    """What is not known, and which rules could not be judged for it; a line for each value.

    Args:
        entries: what the rules say.
        asked: how many rules were asked.
    """
    rules: defaultdict[tuple[ResourceReference, FieldPath], list[str]] = defaultdict(list)
    places: dict[tuple[ResourceReference, FieldPath], str] = {}
    # Whoever knows the container's name speaks for all who ask for the same value.
    for entry in sorted(entries, key=lambda entry: entry.container is None):
        value = (entry.resource, entry.path)
        places.setdefault(value, visible(f"{entry.where or entry.resource} is {entry.reason}"))
        if entry.code not in rules[value]:
            rules[value].append(entry.code)
    return "\n".join(
        f"{places[value]}: not judged by "
        + (f"{len(codes)} of {asked} rules." if len(codes) > _MOST_CODES else f"{', '.join(sorted(codes))}.")
        for value, codes in rules.items()
    )


def crash_text(crash: RuleCrash) -> str:
    """A rule's own fault: never the user's, and never with a value in it."""
    return (
        f"{crash.code} {crash.rule} failed on {visible(str(crash.resource))} with {crash.error}, so it says nothing "
        "about it. This is a bug of pulumi-probes, not of your program; please report it."
    )


def fault_text(subject: str, fault: Exception) -> str:
    """A fault of the audit itself, outside of any rule; again without a value in it."""
    return (
        f"The audit of {subject} failed with {type(fault).__name__}, so nothing is known about it. "
        "This is a bug of pulumi-probes, not of your program; please report it."
    )


def mistakes_text(mistakes: Iterable[str]) -> str:
    """What is wrong with a policy's configuration."""
    return "\n".join(f"The configuration of this policy is wrong: {mistake}" for mistake in mistakes)


def _lines(finding: Finding, *, in_list: bool) -> str:
    place = f"{finding.resource}: {finding.where}" if in_list else finding.where
    return f"{visible(place)}\n  {visible(finding.message)}\n  {visible(finding.fix)} [{finding.code}]"


def _until(waiver: Waiver) -> str:
    return f" until {waiver.until.isoformat()}" if waiver.until is not None else ""
