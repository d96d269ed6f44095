"""The policies about the audit itself.

They have names, levels and parameters like other policies, so that they can be configured in the same way. Their
messages are composed by the analyzer.
"""

from __future__ import annotations

from typing import Any, Final

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy, Severity

from pulumi_probes.rules import (
    CONFIGURATION_POLICY,
    INTERNAL_ERROR_POLICY,
    NOT_EVALUATED_POLICY,
    PACK_SETTINGS,
    WAIVED_POLICY,
)
from pulumi_probes_policies.policies import config_schema

_TEXTS: Final[dict[str, dict[str, Any]]] = {
    CONFIGURATION_POLICY: {
        "display_name": "Pack configuration",
        "description": "The configuration of the health-probe policies is invalid.",
        "enforcement_level": EnforcementLevel.MANDATORY,
        "severity": Severity.HIGH,
        "remediation_steps": "Correct the name. Resources that this policy excludes are excluded from all policies.",
    },
    NOT_EVALUATED_POLICY: {
        "display_name": "Not evaluated",
        "description": "Some rules cannot be evaluated before deployment, because values are not known yet.",
        "enforcement_level": EnforcementLevel.ADVISORY,
        "severity": Severity.LOW,
        "remediation_steps": "Use plain values for numbers, ports and names of probes, not outputs of resources.",
    },
    WAIVED_POLICY: {
        "display_name": "Waived",
        "description": "An annotation waives findings.",
        "enforcement_level": EnforcementLevel.ADVISORY,
        "severity": Severity.LOW,
        "remediation_steps": "None until a waiver expires. With allowed: false, annotations cannot waive findings.",
    },
    INTERNAL_ERROR_POLICY: {
        "display_name": "Internal error",
        "description": "A rule failed with an internal error.",
        "enforcement_level": EnforcementLevel.ADVISORY,
        "severity": Severity.LOW,
        "remediation_steps": "Report it as a bug in pulumi-probes. With strict: true, it fails the deployment.",
    },
}


class AuditPolicy(ResourceValidationPolicy):
    """A policy about the audit itself."""

    def __init__(self, name: str) -> None:
        super().__init__(
            name=name,
            config_schema=config_schema(PACK_SETTINGS[name]),
            tags=["kubernetes", "health-probes", "audit"],
            **_TEXTS[name],
        )

    def validate(self, args: ResourceValidationArgs, report_violation: ReportViolation) -> None:  # noqa: ARG002 - the SDK's
        """Report nothing by itself: what this policy reports depends on the results of the rules."""
        args.not_applicable("The analyzer of pulumi-probes reports for this policy.")


def make_audit_policies() -> list[AuditPolicy]:
    """All audit policies, in the order in which they report."""
    return [AuditPolicy(name) for name in _TEXTS]
