"""The policies about the audit itself.

They have names, levels and parameters like any other, so that people turn them off or up as they do with rules; what
they say is put together by the analyzer.
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
        "display_name": "Configuration of the pack",
        "description": "The configuration of the health-probe policies names something that does not exist.",
        "enforcement_level": EnforcementLevel.MANDATORY,
        "severity": Severity.HIGH,
        "remediation_steps": "Correct the name. What this policy excludes is excluded from all policies of the pack.",
    },
    NOT_EVALUATED_POLICY: {
        "display_name": "Not evaluated",
        "description": "Some rules cannot be judged before deployment, because values are not known yet.",
        "enforcement_level": EnforcementLevel.ADVISORY,
        "severity": Severity.LOW,
        "remediation_steps": "Write numbers, ports and names of probes as plain values, not as outputs of resources.",
    },
    WAIVED_POLICY: {
        "display_name": "Waived",
        "description": "Findings that an annotation waives.",
        "enforcement_level": EnforcementLevel.ADVISORY,
        "severity": Severity.LOW,
        "remediation_steps": "Nothing, until a waiver expires. With allowed: false no annotation waives anything.",
    },
    INTERNAL_ERROR_POLICY: {
        "display_name": "Internal error",
        "description": "A rule failed by its own fault.",
        "enforcement_level": EnforcementLevel.ADVISORY,
        "severity": Severity.LOW,
        "remediation_steps": "Report it. With strict: true it fails the deployment.",
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
        """Nothing by itself: what it says depends on what the rules say."""
        args.not_applicable("The analyzer of pulumi-probes speaks for this policy.")


def make_audit_policies() -> list[AuditPolicy]:
    """All of them, in the order in which they speak."""
    return [AuditPolicy(name) for name in _TEXTS]
