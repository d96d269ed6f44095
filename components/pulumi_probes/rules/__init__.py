"""Layer 2: one rule a file, found by name; the same rules in constructor, policy pack and command line."""

from pulumi_probes.rules._evaluation import Evaluation, Parameters, evaluate, evaluate_rule
from pulumi_probes.rules._registry import Documentation, Rule, Scope, find_rule, load_rules, rule

__all__ = [
    "Documentation",
    "Evaluation",
    "Parameters",
    "Rule",
    "Scope",
    "evaluate",
    "evaluate_rule",
    "find_rule",
    "load_rules",
    "rule",
]
