"""Layer 2: the rules, one per file; constructor, policy pack and command line share them."""

from pulumi_probes.rules._configuration import (
    ALL_POLICIES,
    CONFIGURATION_POLICY,
    ENFORCEMENT_LEVELS,
    EXCLUDE,
    HELM_RELEASE_POLICY,
    INTERNAL_ERROR_POLICY,
    NOT_EVALUATED_POLICY,
    PACK_SETTINGS,
    REMEDIATE,
    WAIVED_POLICY,
    configuration_key,
    configuration_schema,
    is_excluded,
    level_only,
    pack_setting,
    read_configuration,
    remediation_mistake,
)
from pulumi_probes.rules._docstring import Documentation
from pulumi_probes.rules._evaluation import Evaluation, Evaluator, Parameters, evaluate, evaluate_rule
from pulumi_probes.rules._registry import Rule, Scope, find_rule, load_rules, rule
from pulumi_probes.rules._selection import rule_selectors, select_rules, suggested_rule, unknown_policy
from pulumi_probes.rules._waivers import WaivedEvaluation, Waiving, apply_waivers

__all__ = [
    "ALL_POLICIES",
    "CONFIGURATION_POLICY",
    "ENFORCEMENT_LEVELS",
    "EXCLUDE",
    "HELM_RELEASE_POLICY",
    "INTERNAL_ERROR_POLICY",
    "NOT_EVALUATED_POLICY",
    "PACK_SETTINGS",
    "REMEDIATE",
    "WAIVED_POLICY",
    "Documentation",
    "Evaluation",
    "Evaluator",
    "Parameters",
    "Rule",
    "Scope",
    "WaivedEvaluation",
    "Waiving",
    "apply_waivers",
    "configuration_key",
    "configuration_schema",
    "evaluate",
    "evaluate_rule",
    "find_rule",
    "is_excluded",
    "level_only",
    "load_rules",
    "pack_setting",
    "read_configuration",
    "remediation_mistake",
    "rule",
    "rule_selectors",
    "select_rules",
    "suggested_rule",
    "unknown_policy",
]
