"""The configuration of a pack: its enabled policies, with their levels and parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from msgspec import Struct, field
from pulumi.runtime.proto.analyzer_pb2 import PolicyNotApplicable
from pulumi_policy import EnforcementLevel

from pulumi_probes.codec.kinds import Kinds
from pulumi_probes.model.cached import cached_property
from pulumi_probes.rules import (
    ALL_POLICIES,
    CONFIGURATION_POLICY,
    INTERNAL_ERROR_POLICY,
    PACK_SETTINGS,
    WAIVED_POLICY,
    Evaluator,
    Rule,
    level_only,
    pack_setting,
    remediation_mistake,
    unknown_policy,
)
from pulumi_probes_policies.audit_policies import AuditPolicy
from pulumi_probes_policies.evaluation import EvaluationSettings, without_pods
from pulumi_probes_policies.levels import own_level
from pulumi_probes_policies.options import Settings, read_settings
from pulumi_probes_policies.policies import HelmReleasePolicy, RulePolicy, StackRulePolicy

ProbePolicy: TypeAlias = RulePolicy | StackRulePolicy | HelmReleasePolicy | AuditPolicy
"""A policy of this project."""


class PolicyConfiguration(Struct, frozen=True, kw_only=True):
    """The configuration of one policy as the engine passes it: the level, and the other properties of its section."""

    level: EnforcementLevel
    properties: Mapping[str, Any] = field(default_factory=dict[str, Any])


class PackConfiguration(Struct, frozen=True, kw_only=True, dict=True):
    """The configuration of a pack; immutable, so that requests on several threads see a consistent one.

    Attributes:
        policies: the enabled policies by name, in order.
        levels: the level of every policy, by name.
        settings: the settings of every policy, by name.
        resource_policies: the enabled policies whose rules evaluate one resource at a time.
        stack_policies: the enabled policies whose rules evaluate the whole stack.
        release_policies: the enabled policies about Helm Releases.
        evaluation: the parameters, exclusions and waivable rules of the evaluation.
        resource_evaluator: evaluates the rules of all `resource_policies`.
        strict: the names of the rules whose internal errors fail a deployment.
        kinds: the paths of pod specifications in custom resources of otherwise unknown kinds.
        mistakes: mistakes in the configuration that belong to no policy, one sentence each.
    """

    policies: Mapping[str, ProbePolicy]
    levels: Mapping[str, EnforcementLevel]
    settings: Mapping[str, Settings]
    resource_policies: tuple[RulePolicy, ...]
    stack_policies: tuple[StackRulePolicy, ...]
    release_policies: tuple[HelmReleasePolicy, ...]
    evaluation: EvaluationSettings
    resource_evaluator: Evaluator
    strict: frozenset[str]
    kinds: Kinds
    mistakes: tuple[str, ...]

    @cached_property
    def no_pods(self) -> tuple[PolicyNotApplicable, ...]:
        """The reasons why the `resource_policies` do not apply to a resource without pods."""
        reasons = without_pods(policy.rule for policy in self.resource_policies)
        return tuple(PolicyNotApplicable(policy_name=name, reason=reason) for name, reason in reasons.items())


def read_pack_configuration(
    policies: Sequence[ProbePolicy], given: Mapping[str, PolicyConfiguration]
) -> PackConfiguration:
    """Read the configuration of a pack.

    Args:
        policies: all policies of the pack, including those about the audit itself.
        given: the configuration of each policy from the engine, by name; a policy without one keeps its own level.
    """
    settings = {policy.name: _settings(policy, given.get(policy.name)) for policy in policies}
    levels = {policy.name: _level(policy, given.get(policy.name)) for policy in policies}
    everywhere = settings[CONFIGURATION_POLICY].exclude
    excludes = {
        policy.name: (*settings[policy.name].exclude, *_own_exclude(policy), *everywhere) for policy in policies
    }
    speaking = [policy for policy in policies if levels[policy.name] is not EnforcementLevel.DISABLED]
    rule_policies = [policy for policy in policies if isinstance(policy, (RulePolicy, StackRulePolicy))]
    allowed = bool(pack_setting(WAIVED_POLICY, "allowed", settings[WAIVED_POLICY].values))
    strict = bool(pack_setting(INTERNAL_ERROR_POLICY, "strict", settings[INTERNAL_ERROR_POLICY].values))
    parameters = {name: section.values for name, section in settings.items() if section.values}
    resource_policies = tuple(policy for policy in speaking if isinstance(policy, RulePolicy))
    return PackConfiguration(
        policies={policy.name: policy for policy in speaking},
        levels=levels,
        settings=settings,
        resource_policies=resource_policies,
        resource_evaluator=Evaluator([policy.rule for policy in resource_policies], parameters),
        stack_policies=tuple(policy for policy in speaking if isinstance(policy, StackRulePolicy)),
        release_policies=tuple(policy for policy in speaking if isinstance(policy, HelmReleasePolicy)),
        evaluation=EvaluationSettings(
            parameters=parameters,
            excludes={name: patterns for name, patterns in excludes.items() if patterns},
            waivable=frozenset(policy.name for policy in rule_policies if allowed and policy.options.allow_waivers),
        ),
        strict=frozenset(policy.name for policy in rule_policies if strict or policy.options.strict),
        kinds={kind: paths for policy in rule_policies for kind, paths in policy.options.kinds.items()},
        mistakes=tuple(_mistakes(given, settings)),
    )


def _settings(policy: ProbePolicy, given: PolicyConfiguration | None) -> Settings:
    rule = getattr(policy, "rule", None)
    parameters = rule.parameters if isinstance(rule, Rule) else PACK_SETTINGS[policy.name]
    return read_settings(parameters, given.properties if given is not None else {})


def _own_exclude(policy: ProbePolicy) -> tuple[str, ...]:
    return () if isinstance(policy, AuditPolicy) else policy.options.exclude


def _level(policy: ProbePolicy, given: PolicyConfiguration | None) -> EnforcementLevel:
    if given is not None:
        return given.level
    return own_level(policy)


def _mistakes(given: Mapping[str, PolicyConfiguration], known: Mapping[str, object]) -> list[str]:
    remediating = [name for name, entry in given.items() if entry.level is EnforcementLevel.REMEDIATE]
    # The engine has given the level of "all" to each policy.
    is_everywhere = len(remediating) >= len(known)
    mistakes = [remediation_mistake(name) for name in ([ALL_POLICIES] if is_everywhere else remediating)]
    for name, configuration in given.items():
        if name == ALL_POLICIES:
            # The engine itself applies the level of "all" to each policy, but nothing else of it.
            mistakes += level_only(configuration.properties)
        elif name not in known:
            mistakes.append(unknown_policy(name, known))
    return mistakes
