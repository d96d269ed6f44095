"""The diagnostics in a response of the analyzer, with the levels and texts of the policies that report them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, Policy

from pulumi_probes.model.finding import Finding
from pulumi_probes.rules import INTERNAL_ERROR_POLICY, NOT_EVALUATED_POLICY, WAIVED_POLICY, is_excluded, pack_setting
from pulumi_probes_policies import messages
from pulumi_probes_policies.configuration import PackConfiguration
from pulumi_probes_policies.evaluation import PolicyResults, Said, by_resource
from pulumi_probes_policies.levels import WIRE_LEVELS, WIRE_SEVERITIES


class PackIdentity(Struct, frozen=True):
    """The name and version of the pack, which every diagnostic contains."""

    name: str
    version: str


class Diagnostics:
    """Builds one response.

    Attributes:
        response: the response so far.
    """

    def __init__(self, pack: PackIdentity, configuration: PackConfiguration) -> None:
        self._pack = pack
        self._plan = configuration
        self.response = analyzer_pb2.AnalyzeResponse()

    def add(self, policy: Policy, text: str, *, level: EnforcementLevel | None = None, urn: str = "") -> None:
        """Add a diagnostic of a policy.

        Args:
            policy: the policy that reports it.
            text: the text below the policy's description.
            level: the level, if it differs from the policy's.
            urn: the resource, if the request covers several.
        """
        level = level if level is not None else self._plan.levels[policy.name]
        if level is EnforcementLevel.REMEDIATE:
            # As in the SDK, what remains after remediation blocks; nothing is remediated here.
            level = EnforcementLevel.MANDATORY
        self.response.diagnostics.add(
            policyName=policy.name,
            policyPackName=self._pack.name,
            policyPackVersion=self._pack.version,
            description=policy.description,
            message=f"{policy.description}\n{text}",
            enforcementLevel=WIRE_LEVELS[level],
            severity=WIRE_SEVERITIES[policy.severity],
            urn=urn,
        )

    def add_not_applicable(self, policy: Policy, reason: str) -> None:
        """Report that a policy does not apply to the resource."""
        self.response.not_applicable.add(policy_name=policy.name, reason=reason)

    def add_no_pods(self) -> None:
        """Report that no policy about one resource applies to it, which is so for most resources."""
        self.response.not_applicable.extend(self._plan.no_pods)

    def add_mistakes(self, policy: Policy) -> None:
        """Report the mistakes in the configuration of a policy."""
        mistakes = self._plan.settings[policy.name].mistakes
        if mistakes:
            self.add(policy, messages.mistakes_text(mistakes))

    def add_results(
        self,
        results: PolicyResults,
        policies: Sequence[Policy],
        *,
        with_urn: bool,
        in_list: bool,
        with_mistakes: bool = False,
    ) -> None:
        """Add the findings of rules, and the diagnostics of the policies about the audit itself.

        Args:
            results: the results of the rules.
            policies: the policies whose rules were evaluated, in order.
            with_urn: whether the request covers several resources.
            in_list: whether a resource contains several objects, so that each finding has to name its own.
            with_mistakes: whether to add the mistakes in the configuration of each policy before its findings.
        """
        binding, advice = _by_rule(results.binding), _by_rule(results.advice)
        for policy in policies if binding or advice or with_mistakes else ():
            if with_mistakes:
                self.add_mistakes(policy)
            for urn, findings in by_resource(binding.get(policy.name, ())):
                self.add(policy, messages.findings_text(findings, in_list=in_list), urn=urn if with_urn else "")
            for urn, findings in by_resource(advice.get(policy.name, ())):
                text = messages.advice_text(findings, in_list=in_list)
                self.add(policy, text, level=EnforcementLevel.ADVISORY, urn=urn if with_urn else "")
        self._add_notes(results, len(policies), with_urn=with_urn, in_list=in_list)

    def add_fault(self, subject: str, fault: Exception) -> None:
        """Report a fault of the audit itself."""
        policy = self._plan.policies.get(INTERNAL_ERROR_POLICY)
        if policy is not None:
            self.add(policy, messages.fault_text(subject, fault), level=_level(is_strict=bool(self._plan.strict)))

    def _add_notes(self, results: PolicyResults, asked: int, *, with_urn: bool, in_list: bool) -> None:
        strict = bool(pack_setting(NOT_EVALUATED_POLICY, "strict", self._plan.settings[NOT_EVALUATED_POLICY].values))
        for policy, urn, entries in self._noted(NOT_EVALUATED_POLICY, results.not_evaluated, with_urn):
            self.add(policy, messages.not_evaluated_text(entries, asked), level=_level(is_strict=strict), urn=urn)
        for policy, urn, findings in self._noted(WAIVED_POLICY, results.waived, with_urn):
            text = messages.waived_text(findings, in_list=in_list)
            self.add(policy, text, level=EnforcementLevel.ADVISORY, urn=urn)
        for policy, urn, crashes in self._noted(INTERNAL_ERROR_POLICY, results.crashes, with_urn):
            is_strict = any(crash.rule in self._plan.strict for crash in crashes)
            text = "\n".join(messages.crash_text(crash) for crash in crashes)
            self.add(policy, text, level=_level(is_strict=is_strict), urn=urn)

    def _noted(self, name: str, said: Sequence[Said], with_urn: bool) -> Iterator[tuple[Policy, str, list[Said]]]:
        """The entries that an audit policy reports, by resource; none if the policy is disabled."""
        policy = self._plan.policies.get(name)
        if policy is None or not said:
            return
        exclude = self._plan.evaluation.excludes.get(name, ())
        included = [entry for entry in said if not is_excluded(entry.resource, exclude)]
        for urn, entries in by_resource(included):
            yield policy, urn if with_urn else "", entries


def _level(*, is_strict: bool) -> EnforcementLevel:
    return EnforcementLevel.MANDATORY if is_strict else EnforcementLevel.ADVISORY


def _by_rule(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    grouped: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        grouped[finding.rule].append(finding)
    return grouped
