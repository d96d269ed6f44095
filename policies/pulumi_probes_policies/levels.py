"""Converts enforcement levels and severities from rules to the SDK, and from the SDK to the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, Policy
from pulumi_policy import Severity as PolicySeverity

from pulumi_probes.model.finding import Severity

DEFAULT_LEVELS: Final[Mapping[Severity, EnforcementLevel]] = {
    Severity.ERROR: EnforcementLevel.MANDATORY,
    Severity.WARNING: EnforcementLevel.ADVISORY,
    Severity.ADVICE: EnforcementLevel.ADVISORY,
}
"""The default enforcement level for each severity of a rule."""

POLICY_SEVERITIES: Final[Mapping[Severity, PolicySeverity]] = {
    Severity.ERROR: PolicySeverity.HIGH,
    Severity.WARNING: PolicySeverity.MEDIUM,
    Severity.ADVICE: PolicySeverity.LOW,
}
"""The severities of CrossGuard for those of rules."""

WIRE_LEVELS: Final = {
    EnforcementLevel.ADVISORY: analyzer_pb2.ADVISORY,
    EnforcementLevel.MANDATORY: analyzer_pb2.MANDATORY,
    EnforcementLevel.REMEDIATE: analyzer_pb2.REMEDIATE,
    EnforcementLevel.DISABLED: analyzer_pb2.DISABLED,
}
"""The SDK's levels in the protocol."""

WIRE_SEVERITIES: Final = {
    None: analyzer_pb2.POLICY_SEVERITY_UNSPECIFIED,
    PolicySeverity.LOW: analyzer_pb2.POLICY_SEVERITY_LOW,
    PolicySeverity.MEDIUM: analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    PolicySeverity.HIGH: analyzer_pb2.POLICY_SEVERITY_HIGH,
    PolicySeverity.CRITICAL: analyzer_pb2.POLICY_SEVERITY_CRITICAL,
}
"""The SDK's severities in the protocol."""


def own_level(policy: Policy) -> EnforcementLevel:
    """The level of a policy for which the engine sends none."""
    return policy.enforcement_level if policy.enforcement_level is not None else EnforcementLevel.ADVISORY
