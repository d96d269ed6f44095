"""The pack's side of the protocol between Pulumi's engine and a policy pack.

It replaces the SDK's implementation, which converts the properties of a resource again for every policy, even for
policies that do not apply to it. With one policy for each rule, that is most of the time that a preview waits for the
pack, and a policy cannot avoid it. Here, the properties are read once, all rules are evaluated on them, and the
policies report the results with their enforcement levels.

The protocol is shared by the engine and packs of every language and has been kept compatible over years, whereas the
SDK's implementation is a private class of which every method would have to be overridden. So this module implements the
protocol itself, and a differential test compares it with the SDK for the same policies.
"""

# ruff: noqa: N802, ARG002 - the protocol determines names and arguments of the methods
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy
from pulumi_policy.version import VERSION

from pulumi_probes.codec.pulumi_resource import ObjectIdentity, identify
from pulumi_probes.model.manifest import PulumiOptions
from pulumi_probes.rules import CONFIGURATION_POLICY
from pulumi_probes_policies import messages
from pulumi_probes_policies.analyzer_info import analyzer_info
from pulumi_probes_policies.configuration import (
    PackConfiguration,
    PolicyConfiguration,
    ProbePolicy,
    read_pack_configuration,
)
from pulumi_probes_policies.diagnostics import Diagnostics, PackIdentity
from pulumi_probes_policies.evaluation import evaluate_resource, evaluate_stack, release_not_applicable
from pulumi_probes_policies.levels import WIRE_LEVELS
from pulumi_probes_policies.properties import read_properties, read_property
from pulumi_probes_policies.resources import (
    STACK,
    can_have_workloads,
    can_matter,
    pulumi_options,
    read_audited_resource,
    read_whole_stack,
)

_LEVELS_BY_NUMBER = {number: level for level, number in WIRE_LEVELS.items()}


class ProbeAnalyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """Serves the engine, on several threads. `Handshake` and `Cancel` are not implemented, as in the SDK."""

    def __init__(
        self,
        pack: PackIdentity,
        policies: Sequence[ProbePolicy],
        *,
        display_name: str | None = None,
        description: str | None = None,
    ) -> None:
        self._pack = pack
        self._policies = tuple(policies)
        self._display_name = display_name
        self._description = description
        # Replaced as a whole by `Configure` and never modified, because requests run on several threads.
        self._plan = read_pack_configuration(self._policies, {})

    def GetAnalyzerInfo(self, request: empty_pb2.Empty, context: Any) -> analyzer_pb2.AnalyzerInfo:
        """The policies of the pack, and how each of them can be configured."""
        return analyzer_info(self._pack, self._policies, display_name=self._display_name, description=self._description)

    def GetPluginInfo(self, request: empty_pb2.Empty, context: Any) -> plugin_pb2.PluginInfo:
        """The version of the SDK that the policies are made with."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def Configure(self, request: analyzer_pb2.ConfigureAnalyzerRequest, context: Any) -> empty_pb2.Empty:
        """Set the levels and parameters, which the engine has merged from all sources."""
        given = {
            name: PolicyConfiguration(
                level=_LEVELS_BY_NUMBER[entry.enforcementLevel], properties=read_properties(entry.properties)
            )
            for name, entry in request.policyConfig.items()
        }
        self._plan = read_pack_configuration(self._policies, given)
        return empty_pb2.Empty()

    def ConfigureStack(
        self, request: analyzer_pb2.AnalyzerStackConfigureRequest, context: Any
    ) -> analyzer_pb2.AnalyzerStackConfigureResponse:
        """Accept the stack; no rule depends on its name or tags."""
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def Analyze(self, request: analyzer_pb2.AnalyzeRequest, context: Any) -> analyzer_pb2.AnalyzeResponse:
        """Audit one resource by its inputs."""
        configuration = self._plan
        diagnostics = Diagnostics(self._pack, configuration)
        try:
            _analyze(request, configuration, diagnostics)
        except Exception as fault:  # noqa: BLE001 - a bug of the pack must never stop a deployment
            diagnostics.add_fault(request.urn, fault)
        return diagnostics.response

    def AnalyzeStack(self, request: analyzer_pb2.AnalyzeStackRequest, context: Any) -> analyzer_pb2.AnalyzeResponse:
        """Audit the whole stack by the outputs of its resources."""
        configuration = self._plan
        diagnostics = Diagnostics(self._pack, configuration)
        try:
            _analyze_stack(request, configuration, diagnostics)
        except Exception as fault:  # noqa: BLE001 - a bug of the pack must never stop a deployment
            diagnostics.add_fault("the stack", fault)
        return diagnostics.response

    def Remediate(self, request: analyzer_pb2.AnalyzeRequest, context: Any) -> analyzer_pb2.RemediateResponse:
        """Change nothing: how a probe has to be fixed depends on the application."""
        configuration = self._plan
        return analyzer_pb2.RemediateResponse(
            not_applicable=[
                analyzer_pb2.PolicyNotApplicable(policy_name=name, reason="Policy does not implement remediate")
                for name, policy in configuration.policies.items()
                if configuration.levels[name] is EnforcementLevel.REMEDIATE
                and isinstance(policy, ResourceValidationPolicy)
            ]
        )


def _analyze(request: analyzer_pb2.AnalyzeRequest, configuration: PackConfiguration, diagnostics: Diagnostics) -> None:
    if request.type == STACK:
        _report_configuration(configuration, diagnostics)
        return
    _analyze_release(request, configuration, diagnostics)
    resource = None
    if configuration.resource_policies and can_have_workloads(_identity(request)):
        resource = read_audited_resource(
            request.type, read_properties(request.properties), _options(request), configuration.kinds
        )
    if resource is None:
        diagnostics.add_no_pods()
        return
    rules = [policy.rule for policy in configuration.resource_policies]
    evaluation = evaluate_resource(resource, rules, configuration.evaluation, configuration.resource_evaluator)
    asked: list[ProbePolicy] = []
    for policy in configuration.resource_policies:
        reason = evaluation.not_applicable.get(policy.name)
        if reason is None:
            asked.append(policy)
        else:
            diagnostics.add_not_applicable(policy, reason)
    diagnostics.add_results(evaluation.results, asked, with_urn=False, in_list=resource.is_list)


def _analyze_release(
    request: analyzer_pb2.AnalyzeRequest, configuration: PackConfiguration, diagnostics: Diagnostics
) -> None:
    for policy in configuration.release_policies:
        exclude = configuration.evaluation.excludes.get(policy.name, ())
        reason = release_not_applicable(request.type, request.urn, exclude)
        if reason is None:
            diagnostics.add(policy, messages.HELM_RELEASE_ADVICE)
        else:
            diagnostics.add_not_applicable(policy, reason)


def _report_configuration(configuration: PackConfiguration, diagnostics: Diagnostics) -> None:
    """Report mistakes in the configuration, once, on the stack itself."""
    for policy in configuration.policies.values():
        if isinstance(policy, ResourceValidationPolicy):
            diagnostics.add_mistakes(policy)
        if policy.name == CONFIGURATION_POLICY and configuration.mistakes:
            diagnostics.add(policy, "\n".join(configuration.mistakes))


def _analyze_stack(
    request: analyzer_pb2.AnalyzeStackRequest, configuration: PackConfiguration, diagnostics: Diagnostics
) -> None:
    policies = configuration.stack_policies
    if not policies:
        return
    resources = (
        (resource.type, read_properties(resource.properties), _options(resource))
        for resource in request.resources
        if can_matter(_identity(resource))
    )
    stack = read_whole_stack(resources, configuration.kinds)
    evaluation = evaluate_stack(stack, [policy.rule for policy in policies], configuration.evaluation)
    for policy in policies:
        reason = evaluation.not_applicable.get(policy.name)
        if reason is not None and not configuration.settings[policy.name].mistakes:
            diagnostics.add_not_applicable(policy, reason)
    diagnostics.add_results(evaluation.results, policies, with_urn=True, in_list=False, with_mistakes=True)


def _identity(resource: analyzer_pb2.AnalyzeRequest | analyzer_pb2.AnalyzerResource) -> ObjectIdentity | None:
    properties = resource.properties
    return identify(resource.type, read_property(properties, "apiVersion"), read_property(properties, "kind"))


def _options(resource: analyzer_pb2.AnalyzeRequest | analyzer_pb2.AnalyzerResource) -> PulumiOptions:
    timeouts = resource.options.customTimeouts
    return pulumi_options(resource.urn, timeouts.create, timeouts.update)
