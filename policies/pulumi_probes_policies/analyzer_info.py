"""The description of the pack and its policies for the engine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import Policy, ResourceValidationPolicy, StackValidationPolicy

from pulumi_probes_policies.diagnostics import PackIdentity
from pulumi_probes_policies.levels import WIRE_LEVELS, WIRE_SEVERITIES, own_level

PROVIDER: Final = "kubernetes"
"""The platform that the policies apply to."""


def analyzer_info(
    pack: PackIdentity, policies: Iterable[Policy], *, display_name: str | None, description: str | None
) -> analyzer_pb2.AnalyzerInfo:
    """The answer to `GetAnalyzerInfo`.

    Args:
        pack: name and version of the pack; the engine prefers the version in PulumiPolicy.yaml.
        policies: all policies, including disabled ones.
        display_name: the name to show to users.
        description: the purpose of the pack; None for the description in PulumiPolicy.yaml.
    """
    return analyzer_pb2.AnalyzerInfo(
        name=pack.name,
        version=pack.version,
        supportsConfig=True,
        displayName=display_name or "",
        description=description or "",
        provider=PROVIDER,
        policies=[_policy_info(policy) for policy in policies],
    )


def _policy_info(policy: Policy) -> analyzer_pb2.PolicyInfo:
    info = analyzer_pb2.PolicyInfo(
        name=policy.name,
        displayName=policy.display_name or "",
        description=policy.description,
        enforcementLevel=WIRE_LEVELS[own_level(policy)],
        severity=WIRE_SEVERITIES[policy.severity],
        policy_type=_policy_type(policy),
        tags=policy.tags or (),
        remediation_steps=policy.remediation_steps or "",
        url=policy.url or "",
    )
    if policy.config_schema is not None:
        info.configSchema.properties.update(policy.config_schema.properties)
        info.configSchema.required.extend(policy.config_schema.required or ())
    if policy.framework is not None:
        info.framework.CopyFrom(
            analyzer_pb2.PolicyComplianceFramework(
                name=policy.framework.name or "",
                version=policy.framework.version or "",
                reference=policy.framework.reference or "",
                specification=policy.framework.specification or "",
            )
        )
    return info


def _policy_type(policy: Policy) -> analyzer_pb2.PolicyType.ValueType:
    if isinstance(policy, ResourceValidationPolicy):
        return analyzer_pb2.POLICY_TYPE_RESOURCE
    if isinstance(policy, StackValidationPolicy):
        return analyzer_pb2.POLICY_TYPE_STACK
    return analyzer_pb2.POLICY_TYPE_UNKNOWN
