"""Manifests -> a report: the one road that `probes preview` and `probes audit` share."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Finding, RuleCrash, Severity, Waiver
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.waiver import WrittenWaiver, today_utc
from pulumi_probes.report.baseline import BASELINE_REASON, Fingerprint, fingerprint
from pulumi_probes.report.policy import Policy
from pulumi_probes.report.report import InputError, Report
from pulumi_probes.rules import apply_waivers, evaluate


def audit(
    manifests: Iterable[Manifest],
    policy: Policy,
    *,
    errors: Iterable[InputError] = (),
    waivers: Iterable[WrittenWaiver] = (),
    baseline: Collection[Fingerprint] = (),
    today: date | None = None,
) -> Report:
    """Judge manifests.

    Args:
        manifests: everything that is deployed together; lists are expanded.
        policy: which rules, at which levels, with which parameters.
        errors: what could not be read on the way here.
        waivers: those from files; annotations are read here.
        baseline: fingerprints of findings that were there before; they count as waived.
        today: the day that decides which waivers have expired; today in UTC when None.
    """
    stack = read_stack(manifests)
    evaluation = apply_waivers(
        evaluate(stack, policy.rules, policy.parameters),
        stack,
        waivers,
        today=today or today_utc(),
        rules=policy.rules,
        annotations=policy.allow_waivers,
    )
    # What only looks like a pod specification may be something else: whatever the level, it stays advice.
    guessed = {workload.reference for workload in stack.workloads if workload.is_guessed}
    findings = [finding if finding.resource in guessed else policy.leveled(finding) for finding in evaluation.findings]
    objects = {id(workload.manifest) for workload in stack.workloads}
    return Report(
        findings=(
            *(_known_before(finding, baseline) for finding in findings),
            *(_crash(crash, policy.crash_severity) for crash in evaluation.crashes),
        ),
        not_evaluated=tuple(evaluation.not_evaluated),
        errors=tuple(errors),
        resources=len(objects) + len(stack.services) + len(stack.others),
        judged=tuple(workload.reference for workload in stack.workloads),
        not_evaluated_fails=policy.not_evaluated_fails,
    )


def _known_before(finding: Finding, baseline: Collection[tuple[str, ...]]) -> Finding:
    if finding.waiver is not None or fingerprint(finding) not in baseline:
        return finding
    return replace(finding, waiver=Waiver(code=finding.code, reason=BASELINE_REASON, origin="baseline"))


def _crash(crash: RuleCrash, severity: Severity) -> Finding:
    """A rule's own fault is never the user's."""
    return Finding(
        code=crash.code,
        rule=crash.rule,
        severity=severity,
        resource=crash.resource,
        path=FieldPath(),
        what=f"The rule itself failed ({crash.error}).",
        consequence="So this workload was not judged by it; nothing is known to be wrong with the workload.",
        fix=f"Report it as a bug of pulumi-probes, with the manifest; --ignore {crash.code} leaves the rule out.",
    )
