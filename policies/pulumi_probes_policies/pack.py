"""Choosing policies and running them as a pack."""

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
"""How many resources are analysed at once, as in the SDK."""

_MAX_MESSAGE_BYTES: Final = 400 * 1024 * 1024
"""The largest request, as in the SDK."""

_DEFAULT_VERSION: Final = "0.0.1"
"""What a pack calls itself where PulumiPolicy.yaml has no version, as in the SDK."""


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
    """One policy for each rule, and one that speaks of Helm Releases, which nobody can look into.

    PolicyPack("acme", [*probe_policies(ignore=["PRB1"]), *our_policies])

    Args:
        select: codes, beginnings of codes or names of rules; every rule when None.
        ignore: the same, for rules to leave out; wins over `select`.
        level: the level of all of them; when None, what the API server refuses or is provably broken is mandatory and
            the rest advisory.
        exclude: patterns of resources that no policy looks at, such as `legacy-*` or `kube-system/*`.
        allow_waivers: whether an annotation on a workload can waive a finding.
        strict: whether a fault inside a rule fails the deployment instead of being reported.
        kinds: where your own custom resources hold pod specifications: `{"example.com/Widget": "spec.template.spec"}`.
            Without it what looks like one gets advice only.

    Raises:
        ValueError: an entry of `select` or `ignore` names no rule.
        UnreadableInput: `kinds` has another form.
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
    """Run policies of `probe_policies` as a policy pack; returns when the engine ends it.

    Does what `pulumi_policy.PolicyPack` does, but looks at each resource once for all policies, and adds the policies
    about the audit itself: `probe-configuration`, `probe-not-evaluated`, `probe-waived`, `probe-internal-error`.

    Args:
        name: the pack's name.
        policies: from `probe_policies`; other policies need a `pulumi_policy.PolicyPack`.
        display_name: a name for people.
        description: what the pack is for; None for the description in PulumiPolicy.yaml.

    Raises:
        TypeError: one of the policies is not of this project.
    """
    analyzer = make_analyzer(name, policies, display_name=display_name, description=description)
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=_THREADS),
        options=[("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES)],
    )
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(analyzer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    # What is loaded by now stays: the collector need not look at it again for every resource.
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
    """What `run_policy_pack` runs, for tests; raises as it does."""
    ours: list[RulePolicy | StackRulePolicy | HelmReleasePolicy] = []
    for policy in policies:
        if not isinstance(policy, (RulePolicy, StackRulePolicy, HelmReleasePolicy)):
            raise TypeError(
                f"{policy.name} is not from probe_policies(): run it with pulumi_policy.PolicyPack, which takes both"
            )
        ours.append(policy)
    return ProbeAnalyzer(
        PackIdentity(name, _DEFAULT_VERSION),
        [*ours, *make_audit_policies()],
        display_name=display_name,
        description=description,
    )
