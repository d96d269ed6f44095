"""The configuration of a whole pack, read once: which policies speak, at which level, with which parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeAlias

from pulumi_policy import EnforcementLevel

from pulumi_probes.codec.kinds import Kinds
from pulumi_probes.rules import (
    CONFIGURATION_POLICY,
    INTERNAL_ERROR_POLICY,
    PACK_SETTINGS,
    WAIVED_POLICY,
    Rule,
    pack_setting,
)
from pulumi_probes_policies.audit_policies import AuditPolicy
from pulumi_probes_policies.evaluation import EvaluationSettings
from pulumi_probes_policies.levels import own_level
from pulumi_probes_policies.options import Settings, read_settings
from pulumi_probes_policies.policies import HelmReleasePolicy, RulePolicy, StackRulePolicy

ProbePolicy: TypeAlias = RulePolicy | StackRulePolicy | HelmReleasePolicy | AuditPolicy
"""A policy of this project."""

_ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyConfiguration:
    """What the engine says about one policy: its level, and its section of the configuration file."""

    level: EnforcementLevel
    properties: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class PackConfiguration:
    """What to do with every resource; never changed, so that requests on several threads see one configuration.

    Attributes:
        policies: the policies that are not disabled, by name, in order.
        levels: the level of every policy, by name.
        settings: the configuration of every policy, by name.
        resource_policies: the rules among `policies` that look at one resource at a time.
        stack_policies: the rules among them that look at the whole stack.
        release_policies: those among them that speak of Helm Releases.
        evaluation: how the rules are evaluated.
        strict: the names of the rules whose own faults fail a deployment.
        kinds: where custom resources that no table knows hold pod specifications.
        mistakes: what is wrong with the configuration and belongs to no policy, a sentence each.
    """

    policies: Mapping[str, ProbePolicy]
    levels: Mapping[str, EnforcementLevel]
    settings: Mapping[str, Settings]
    resource_policies: tuple[RulePolicy, ...]
    stack_policies: tuple[StackRulePolicy, ...]
    release_policies: tuple[HelmReleasePolicy, ...]
    evaluation: EvaluationSettings
    strict: frozenset[str]
    kinds: Kinds
    mistakes: tuple[str, ...]


def read_pack_configuration(
    policies: Sequence[ProbePolicy], given: Mapping[str, PolicyConfiguration]
) -> PackConfiguration:
    """Read the configuration of a pack.

    Args:
        policies: all of its policies, those about the audit itself included.
        given: what the engine says about each, by name; where it says nothing the policy's own level holds.
    """
    settings = {policy.name: _settings(policy, given.get(policy.name)) for policy in policies}
    levels = {policy.name: _level(policy, given.get(policy.name)) for policy in policies}
    everywhere = settings[CONFIGURATION_POLICY].exclude
    excludes = {
        policy.name: (*settings[policy.name].exclude, *_own_exclude(policy), *everywhere) for policy in policies
    }
    speaking = [policy for policy in policies if levels[policy.name] is not EnforcementLevel.DISABLED]
    judging = [policy for policy in policies if isinstance(policy, (RulePolicy, StackRulePolicy))]
    allowed = bool(pack_setting(WAIVED_POLICY, "allowed", settings[WAIVED_POLICY].values))
    strict = bool(pack_setting(INTERNAL_ERROR_POLICY, "strict", settings[INTERNAL_ERROR_POLICY].values))
    return PackConfiguration(
        policies={policy.name: policy for policy in speaking},
        levels=levels,
        settings=settings,
        resource_policies=tuple(policy for policy in speaking if isinstance(policy, RulePolicy)),
        stack_policies=tuple(policy for policy in speaking if isinstance(policy, StackRulePolicy)),
        release_policies=tuple(policy for policy in speaking if isinstance(policy, HelmReleasePolicy)),
        evaluation=EvaluationSettings(
            parameters={name: section.values for name, section in settings.items() if section.values},
            excludes={name: patterns for name, patterns in excludes.items() if patterns},
            waivable=frozenset(policy.name for policy in judging if allowed and policy.options.allow_waivers),
        ),
        strict=frozenset(policy.name for policy in judging if strict or policy.options.strict),
        kinds={kind: paths for policy in judging for kind, paths in policy.options.kinds.items()},
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
    mistakes: list[str] = []
    for name, configuration in given.items():
        if name == _ALL:
            # The engine gives "all" to each policy itself, but only its level.
            mistakes += [
                f'"all" takes a level and nothing else; {key!r} has no effect.' for key in configuration.properties
            ]
        elif name not in known:
            close = get_close_matches(name, known, n=1)
            mistakes.append(f"{name!r} is no policy of this pack." + (f" Did you mean {close[0]!r}?" if close else ""))
    return mistakes
