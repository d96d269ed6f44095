"""From manifests to a report; `probes preview` and `probes audit` share this path."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import BASELINE, BASELINE_REASON, Finding, RuleCrash, Severity, Waiver
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.waiver import WrittenWaiver, today_utc
from pulumi_probes.report.baseline import Fingerprint, fingerprint
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
    keep_stack: bool = False,
) -> Report:
    """Audit manifests.

    Args:
        manifests: all objects that are deployed together; lists are expanded.
        policy: the rules, their levels and their parameters.
        errors: inputs that could not be read, to include in the report.
        waivers: waivers from files; annotations are read here.
        baseline: fingerprints of known findings, which count as waived.
        today: the date that decides which waivers have expired; today's date in UTC if None.
        keep_stack: whether the report gets the audited objects, which some formats show.
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
    # An object that only looks like it contains a pod specification may be something else, so it gets advice at most.
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
        audited=tuple(workload.reference for workload in stack.workloads),
        not_evaluated_fails=policy.not_evaluated_fails,
        stack=stack if keep_stack else None,
    )


def _known_before(finding: Finding, baseline: Collection[tuple[str, ...]]) -> Finding:
    if finding.waiver is not None or fingerprint(finding) not in baseline:
        return finding
    return replace(finding, waiver=Waiver(code=finding.code, reason=BASELINE_REASON, origin=BASELINE))


def _crash(crash: RuleCrash, severity: Severity) -> Finding:
    """An internal error of a rule, which must never look like a mistake of the user."""
    return Finding(
        code=crash.code,
        rule=crash.rule,
        severity=severity,
        resource=crash.resource,
        path=FieldPath(),
        what=f"The rule failed with an internal error ({crash.error}).",
        consequence="This workload was not evaluated by the rule, which does not mean that anything is wrong with it.",
        fix=f"Report it as a bug in pulumi-probes, with the manifest; `--ignore {crash.code}` skips the rule.",
    )
