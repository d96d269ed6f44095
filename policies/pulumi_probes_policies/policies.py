"""Rules as CrossGuard policies.

Each is an ordinary policy of the SDK and works in any `pulumi_policy.PolicyPack`; `run_policy_pack` evaluates all of
them at once instead of one after the other. In a pack of the SDK, a policy has one level for everything it reports, so
results that must never fail a deployment are reported in the SDK's own way for such cases, the advisory message "can't
run policy". In such a pack, a policy does not know the others, so it cannot report that a waiver is unused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy import Severity as PolicySeverity
from pulumi_policy.proxy import UNKNOWN_OBJECT_VALUE, UnknownValueError

from pulumi_probes.model.manifest import PulumiOptions
from pulumi_probes.rules import EXCLUDE, HELM_RELEASE_POLICY, Rule, configuration_schema
from pulumi_probes_policies import messages
from pulumi_probes_policies.evaluation import (
    EvaluationSettings,
    PolicyResults,
    by_resource,
    evaluate_resource,
    evaluate_stack,
    release_not_applicable,
)
from pulumi_probes_policies.levels import DEFAULT_LEVELS, POLICY_SEVERITIES
from pulumi_probes_policies.options import Options, Settings, read_settings
from pulumi_probes_policies.properties import thaw
from pulumi_probes_policies.resources import STACK, pulumi_options, read_audited_resource, read_whole_stack

_SUBJECTS = {"1": "presence", "2": "timing", "3": "handlers", "4": "rollout", "5": "platform"}
_EXCLUDE_DESCRIPTION = (
    "Resources that this policy skips: names, namespace/name or URNs, with * and ?, such as legacy-* or kube-system/*."
)


class Remark(UnknownValueError):  # noqa: N818 - not an error, but the SDK's way to report an advisory message
    """Makes the SDK report a text as advisory, regardless of the policy's level."""

    def __init__(self, text: str) -> None:
        super().__init__(UNKNOWN_OBJECT_VALUE, [])
        self.message = text


class RulePolicy(ResourceValidationPolicy):
    """A rule that evaluates one resource at a time."""

    def __init__(self, rule: Rule, options: Options, level: EnforcementLevel | None = None) -> None:
        super().__init__(**_metadata(rule, level))
        self.rule = rule
        self.options = options

    def validate(self, args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
        """Evaluate the rule on one resource; called by the SDK."""
        settings = read_settings(self.rule.parameters, args.get_config())
        if args.resource_type == STACK:
            _report_mistakes(settings, report_violation)
            return
        timeouts = args.opts.custom_timeouts
        options = pulumi_options(args.urn, timeouts.create_seconds, timeouts.update_seconds)
        resource = read_audited_resource(args.resource_type, thaw(args.props), options, self.options.kinds)
        evaluation = evaluate_resource(resource, (self.rule,), _evaluation_settings(self.name, settings, self.options))
        if self.name in evaluation.not_applicable:
            _not_applicable(args, evaluation.not_applicable[self.name])
        if evaluation.results.binding:
            in_list = resource is not None and resource.is_list
            report_violation(messages.findings_text(evaluation.results.binding, in_list=in_list), None)
        _remark(evaluation.results, self.options)


class StackRulePolicy(StackValidationPolicy):
    """A rule that evaluates a workload together with the rest of the stack."""

    def __init__(self, rule: Rule, options: Options, level: EnforcementLevel | None = None) -> None:
        super().__init__(**_metadata(rule, level))
        self.rule = rule
        self.options = options

    def validate(self, args: StackValidationArgs, report_violation: ReportViolation) -> None:
        """Evaluate the rule on a whole stack; called by the SDK."""
        settings = read_settings(self.rule.parameters, args.get_config())
        _report_mistakes(settings, report_violation)
        stack = read_whole_stack((_whole(resource) for resource in args.resources), self.options.kinds)
        evaluation = evaluate_stack(stack, (self.rule,), _evaluation_settings(self.name, settings, self.options))
        if self.name in evaluation.not_applicable and not settings.mistakes:
            _not_applicable(args, evaluation.not_applicable[self.name])
        for urn, findings in by_resource(evaluation.results.binding):
            report_violation(messages.findings_text(findings), urn)
        _remark(evaluation.results, self.options)


class HelmReleasePolicy(ResourceValidationPolicy):
    """Reports Helm Releases, whose objects policies cannot see."""

    def __init__(self, options: Options, level: EnforcementLevel | None = None) -> None:
        super().__init__(
            name=HELM_RELEASE_POLICY,
            display_name="Helm Release not audited",
            description="The probes of a Helm Release cannot be audited.",
            enforcement_level=level if level is not None else EnforcementLevel.ADVISORY,
            severity=PolicySeverity.LOW,
            config_schema=config_schema({}),
            tags=["kubernetes", "health-probes", "helm"],
            remediation_steps=messages.HELM_RELEASE_ADVICE,
        )
        self.options = options

    def validate(self, args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
        """Report a Release; other resources are not applicable."""
        settings = read_settings({}, args.get_config())
        if args.resource_type == STACK:
            _report_mistakes(settings, report_violation)
            return
        exclude = (*settings.exclude, *self.options.exclude)
        reason = release_not_applicable(args.resource_type, args.urn, exclude)
        if reason is not None:
            _not_applicable(args, reason)
        report_violation(messages.HELM_RELEASE_ADVICE, None)


def config_schema(parameters: Mapping[str, Any]) -> PolicyConfigSchema:
    """The schema of a policy's section in a configuration file, without the level."""
    properties = configuration_schema(parameters)
    properties[EXCLUDE]["description"] = _EXCLUDE_DESCRIPTION
    return PolicyConfigSchema(properties)


def _evaluation_settings(name: str, settings: Settings, options: Options) -> EvaluationSettings:
    return EvaluationSettings(
        parameters={name: settings.values},
        excludes={name: (*settings.exclude, *options.exclude)},
        waivable=(name,) if options.allow_waivers else (),
    )


def _whole(resource: PolicyResource) -> tuple[str, Mapping[str, Any], PulumiOptions]:
    timeouts = resource.opts.custom_timeouts
    options = pulumi_options(resource.urn, timeouts.create_seconds, timeouts.update_seconds)
    return resource.resource_type, thaw(resource.props), options


def _metadata(rule: Rule, level: EnforcementLevel | None) -> dict[str, Any]:
    documentation = rule.documentation
    return {
        "name": rule.name,
        "display_name": rule.name.replace("-", " ").capitalize(),
        "description": documentation.summary,
        "enforcement_level": level if level is not None else DEFAULT_LEVELS[rule.severity],
        "config_schema": config_schema(rule.parameters),
        "severity": POLICY_SEVERITIES[rule.severity],
        "tags": ["kubernetes", "health-probes", _SUBJECTS[rule.code[3]], rule.code],
        "remediation_steps": " ".join(documentation.fix.split()),
        "url": next((line for line in documentation.references if line.startswith("https://")), None),
    }


def _report_mistakes(settings: Settings, report_violation: ReportViolation) -> None:
    if settings.mistakes:
        report_violation(messages.mistakes_text(settings.mistakes), None)


def _remark(results: PolicyResults, options: Options) -> None:
    """Report as advisory what must not fail a deployment."""
    if results.crashes and options.strict:
        raise RuntimeError("\n".join(messages.crash_text(crash) for crash in results.crashes))
    lines = [messages.advice_text(results.advice)] if results.advice else []
    lines += [messages.waived_text(results.waived)] if results.waived else []
    lines += [messages.not_evaluated_text(results.not_evaluated)] if results.not_evaluated else []
    lines += [messages.crash_text(crash) for crash in results.crashes]
    if lines:
        raise Remark("\n".join(lines))


def _not_applicable(args: ResourceValidationArgs | StackValidationArgs, reason: str) -> NoReturn:
    args.not_applicable(reason)
    raise AssertionError("the SDK raises here")
