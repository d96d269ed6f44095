"""From manifests to a report; `probes preview` and `probes audit` share this path."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from msgspec import Struct, field
from msgspec.structs import replace

from pulumi_probes.codec.manifest import built, is_shared, read_shared, read_stack
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import (
    BASELINE,
    BASELINE_REASON,
    Finding,
    ResourceReference,
    RuleCrash,
    Severity,
    Waiver,
)
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.note import InputNote
from pulumi_probes.model.selected_pods import PodNotes
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.waiver import WrittenWaiver, today_utc
from pulumi_probes.report.baseline import Fingerprint, fingerprint
from pulumi_probes.report.folders import FolderPolicies
from pulumi_probes.report.policy import Policy
from pulumi_probes.report.report import InputError, Report
from pulumi_probes.rules import Evaluator, WaivedEvaluation, Waiving


def audit(
    manifests: Iterable[Manifest],
    policy: Policy,
    *,
    errors: Iterable[InputError] = (),
    notes: Iterable[InputNote] = (),
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
        notes: remarks about inputs, to include in the report.
        waivers: waivers from files; annotations are read here.
        baseline: fingerprints of known findings, which count as waived.
        today: the date that decides which waivers have expired; today's date in UTC if None.
        keep_stack: whether the report gets the audited objects, which some formats show.
    """
    manifests = list(manifests)
    auditor = Auditor(policy, waivers=waivers, today=today)
    stack = read_stack(manifests) if keep_stack else None
    shared = stack if stack is not None else read_shared(manifests)
    part = auditor.audit_stack(stack) if stack is not None else auditor.audit_part(manifests, shared)
    auditor.audit_services(shared, part)
    return auditor.report(part, errors=errors, notes=notes, baseline=baseline, stack=stack)


class PartialAudit(Struct):
    """The results for some of the objects that are deployed together.

    Attributes:
        results: the results of the rules.
        audited: the audited workloads.
        guessed: those of them that only look like they contain a pod specification.
        resources: the number of objects.
        pods: what was noted about the pods of the workloads.
    """

    results: WaivedEvaluation = field(default_factory=WaivedEvaluation)
    audited: list[ResourceReference] = field(default_factory=list[ResourceReference])
    guessed: set[ResourceReference] = field(default_factory=set[ResourceReference])
    resources: int = 0
    pods: PodNotes = field(default_factory=PodNotes)

    def extend(self, other: PartialAudit) -> None:
        """Append the results for other objects."""
        self.results.extend(other.results)
        self.audited += other.audited
        self.guessed |= other.guessed
        self.resources += other.resources
        self.pods.extend(other.pods)


class Auditor:
    """Audits objects that are deployed together, some of them at a time; arguments as for `audit`."""

    def __init__(self, policy: Policy, *, waivers: Iterable[WrittenWaiver] = (), today: date | None = None) -> None:
        self._policy = policy
        self._policies = FolderPolicies(policy)
        self._evaluators: dict[int, Evaluator] = {}
        self._waiving = Waiving(
            waivers,
            today=today or today_utc(),
            rules=policy.rules,
            skipped=self._policies.skipped,
            annotations=policy.allow_waivers,
        )

    def audit_part(self, manifests: Iterable[Manifest], shared: Stack) -> PartialAudit:
        """Audit some objects, one after the other; what is built for one of them is released before the next.

        Args:
            manifests: the objects; lists are expanded.
            shared: what `read_shared` returns for all objects.
        """
        result = PartialAudit()
        for manifest in manifests:
            if is_shared(manifest):
                result.resources += 1
            else:
                stack = read_stack([built(manifest)])
                result.extend(self._audit(stack, shared))
                for workload in stack.workloads:
                    shared.pod_selector.note(workload, result.pods)
                    workload.release()
        return result

    def audit_stack(self, stack: Stack) -> PartialAudit:
        """Audit the objects of a stack."""
        result = self._audit(stack, stack)
        for workload in stack.workloads:
            stack.pod_selector.note(workload, result.pods)
        return result

    def audit_services(self, shared: Stack, whole: PartialAudit) -> None:
        """Audit the Services, when all workloads have been audited, and add the results to theirs.

        Args:
            shared: what `read_shared` returns for all objects, or the stack.
            whole: the joined results.
        """
        stack = shared.with_pods(whole.pods)
        for policy, services in self._policies.grouped(stack.services):
            evaluation = self._evaluator(policy).evaluate_services(stack, services)
            whole.results.extend(self._waiving.apply(evaluation, services, policy.rules))

    def report(
        self,
        whole: PartialAudit,
        *,
        errors: Iterable[InputError] = (),
        notes: Iterable[InputNote] = (),
        baseline: Collection[Fingerprint] = (),
        stack: Stack | None = None,
    ) -> Report:
        """The report about all objects.

        Args:
            whole: the joined results.
            errors: inputs that could not be read.
            notes: remarks about inputs.
            baseline: fingerprints of known findings.
            stack: the audited objects, if the report is to have them.
        """
        evaluation = self._waiving.finish(whole.results)
        return Report(
            findings=(
                *(_known_before(self._leveled(finding, whole), baseline) for finding in evaluation.findings),
                *(_crash(crash, self._policy.crash_severity) for crash in evaluation.crashes),
            ),
            not_evaluated=tuple(evaluation.not_evaluated),
            errors=tuple(errors),
            notes=tuple(notes),
            resources=whole.resources,
            audited=tuple(whole.audited),
            not_evaluated_fails=self._policy.not_evaluated_fails,
            stack=stack,
        )

    def _evaluator(self, policy: Policy) -> Evaluator:
        # By identity: a policy contains dictionaries, so it cannot be hashed.
        found = self._evaluators.get(id(policy))
        if found is None:
            found = self._evaluators[id(policy)] = Evaluator(policy.rules, policy.parameters)
        return found

    def _leveled(self, finding: Finding, whole: PartialAudit) -> Finding:
        # What only looks like it contains a pod specification may be something else, so it gets advice at most.
        if finding.resource in whole.guessed:
            return finding
        return self._policies.of_file(finding.source.file if finding.source is not None else None).leveled(finding)

    def _audit(self, stack: Stack, shared: Stack) -> PartialAudit:
        results = WaivedEvaluation()
        for policy, workloads in self._policies.grouped(stack.workloads):
            evaluation = self._evaluator(policy).evaluate(shared, workloads)
            results.extend(self._waiving.apply(evaluation, workloads, policy.rules))
        objects = {id(workload.manifest) for workload in stack.workloads}
        return PartialAudit(
            results=results,
            audited=[workload.reference for workload in stack.workloads],
            guessed={workload.reference for workload in stack.workloads if workload.is_guessed},
            resources=len(objects) + len(stack.services) + len(stack.others),
        )


def _known_before(finding: Finding, baseline: Collection[tuple[str, ...]]) -> Finding:
    if not baseline or finding.waiver is not None or fingerprint(finding) not in baseline:
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
