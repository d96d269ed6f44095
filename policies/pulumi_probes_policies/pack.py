"""Creating policies from rules, and running them as a policy pack."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent import futures
from typing import Final

import grpc
from pulumi.runtime.proto import analyzer_pb2_grpc
from pulumi_policy import EnforcementLevel, Policy

from pulumi_probes.codec.kinds import read_kinds
from pulumi_probes.rules import select_rules
from pulumi_probes_policies.analyzer import ProbeAnalyzer
from pulumi_probes_policies.audit_policies import make_audit_policies
from pulumi_probes_policies.diagnostics import PackIdentity
from pulumi_probes_policies.options import Options
from pulumi_probes_policies.policies import HelmReleasePolicy, RulePolicy, StackRulePolicy

_THREADS: Final = 4
"""The number of resources that are analyzed at the same time, as in the SDK."""

_MAX_MESSAGE_BYTES: Final = 400 * 1024 * 1024
"""The maximum size of a request, as in the SDK."""

_DEFAULT_VERSION: Final = "0.0.1"
"""The version of a pack if PulumiPolicy.yaml has none, as in the SDK."""


def probe_policies(
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    level: EnforcementLevel | None = None,
    *,
    exclude: Iterable[str] = (),
    allow_waivers: bool = True,
    strict: bool = False,
    kinds: Mapping[str, str | Sequence[str]] | None = None,
) -> list[Policy]:
    """One policy for each rule, and one for Helm Releases, which cannot be audited.

    PolicyPack("acme", [*probe_policies(ignore=["PRB1"]), *our_policies])

    Args:
        select: codes, code prefixes or names of rules; every rule if None.
        ignore: the same for rules to leave out; takes precedence over `select`.
        level: the enforcement level of all policies; if None, errors are mandatory, and warnings and advice are
            advisory.
        exclude: patterns of resources that all policies skip, such as `legacy-*` or `kube-system/*`.
        allow_waivers: whether annotations can waive findings.
        strict: whether an internal error of a rule fails the deployment instead of only being reported.
        kinds: the paths of pod specifications in your custom resources: `{"example.com/Widget": "spec.template.spec"}`.
            Otherwise, objects that look like they contain one only get advice.

    Raises:
        ValueError: an entry of `select` or `ignore` matches no rule.
        UnreadableInput: `kinds` is malformed.
    """
    options = Options(
        exclude=tuple(exclude), allow_waivers=allow_waivers, strict=strict, kinds=read_kinds(kinds or {}, "kinds")
    )
    policies: list[Policy] = [
        (StackRulePolicy if rule.needs_stack else RulePolicy)(rule, options, level)
        for rule in select_rules(select, ignore)
    ]
    return [*policies, HelmReleasePolicy(options)]


def run_policy_pack(
    name: str,
    policies: Sequence[Policy],
    *,
    display_name: str | None = None,
    description: str | None = None,
) -> None:
    """Run policies from `probe_policies` as a policy pack; returns when the engine stops the pack.

    It does the same as `pulumi_policy.PolicyPack`, but reads each resource only once for all policies, and adds the
    policies about the audit itself: `probe-configuration`, `probe-not-evaluated`, `probe-waived`,
    `probe-internal-error`.

    Args:
        name: the name of the pack.
        policies: policies from `probe_policies`; other policies need a `pulumi_policy.PolicyPack`.
        display_name: the name to show to users.
        description: the purpose of the pack; None for the description in PulumiPolicy.yaml.

    Raises:
        TypeError: a policy is not from `probe_policies`.
    """
    analyzer = make_analyzer(name, policies, display_name=display_name, description=description)
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=_THREADS),
        options=[("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES)],
    )
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(analyzer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    # Modules and rules live as long as the process, so the garbage collector need not scan them for every resource.
    gc.freeze()
    try:
        # The engine reads the port from the first line of standard output.
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        server.wait_for_termination()
    except KeyboardInterrupt:
        server.stop(grace=None)


def make_analyzer(
    name: str,
    policies: Sequence[Policy],
    *,
    display_name: str | None = None,
    description: str | None = None,
) -> ProbeAnalyzer:
    """The analyzer of `run_policy_pack`, for tests; raises the same errors."""
    ours: list[RulePolicy | StackRulePolicy | HelmReleasePolicy] = []
    for policy in policies:
        if not isinstance(policy, (RulePolicy, StackRulePolicy, HelmReleasePolicy)):
            raise TypeError(
                f"{policy.name} is not from probe_policies(); use pulumi_policy.PolicyPack, which accepts any policy"
            )
        ours.append(policy)
    return ProbeAnalyzer(
        PackIdentity(name, _DEFAULT_VERSION),
        [*ours, *make_audit_policies()],
        display_name=display_name,
        description=description,
    )
