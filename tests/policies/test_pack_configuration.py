"""`--policy-pack-config` works as in other CrossGuard packs, and mistakes in it are reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2

from pulumi_probes.rules import PACK_SETTINGS, load_rules
from pulumi_probes_policies import make_analyzer, probe_policies
from pulumi_probes_policies.analyzer import ProbeAnalyzer
from pulumi_probes_policies.testing import analyze_request, stack_request

RULE = "liveness-outruns-readiness"
STACK = "pulumi:pulumi:Stack"

Configure = Callable[[dict[str, Any]], ProbeAnalyzer]


@pytest.fixture
def configured(configuration: Callable[..., analyzer_pb2.ConfigureAnalyzerRequest]) -> Configure:
    """Creates a pack with all rules and a configuration."""

    def make(sections: dict[str, Any]) -> ProbeAnalyzer:
        analyzer = make_analyzer("probes", probe_policies())
        assert analyzer.Configure(configuration(sections), None) == Empty()
        return analyzer

    return make


def level_of(analyzer: ProbeAnalyzer, content: dict[str, Any], policy: str = RULE) -> str | None:
    """The level at which a policy reports something about an object."""
    response = analyzer.Analyze(analyze_request(content), None)
    found = [entry.enforcementLevel for entry in response.diagnostics if entry.policyName == policy]
    return analyzer_pb2.EnforcementLevel.Name(found[0]) if found else None


def messages_at_the_stack(analyzer: ProbeAnalyzer) -> dict[str, str]:
    """The diagnostics about the stack itself, by policy, without the description."""
    response = analyzer.Analyze(analyze_request({}, resource_type=STACK), None)
    return {entry.policyName: entry.message.partition("\n")[2] for entry in response.diagnostics}


def test_each_rule_has_its_own_level(configured: Configure, deployment: dict[str, Any]) -> None:
    """The configuration of one rule does not affect the others."""
    other = "timeout-longer-than-period"
    deployment["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]["timeoutSeconds"] = 30
    before = level_of(configured({}), deployment, other)
    assert before is not None
    analyzer = configured({RULE: "mandatory"})
    assert "MANDATORY" == level_of(analyzer, deployment)
    assert level_of(analyzer, deployment, other) == before


@pytest.mark.parametrize(
    ("level", "reported"),
    [("advisory", "ADVISORY"), ("mandatory", "MANDATORY"), ("remediate", "MANDATORY"), ("disabled", None)],
)
def test_levels(configured: Configure, deployment: dict[str, Any], level: str, reported: str | None) -> None:
    """As in the SDK: what remains after remediation is mandatory, and disabled policies report nothing."""
    assert level_of(configured({RULE: level}), deployment) == reported


def test_a_disabled_policy_is_not_even_not_applicable(configured: Configure) -> None:
    """It reports nothing at all, as in the SDK."""
    config_map = {"apiVersion": "v1", "kind": "ConfigMap"}
    response = configured({RULE: "disabled"}).Analyze(analyze_request(config_map), None)
    names = {entry.policy_name for entry in response.not_applicable}
    assert RULE not in names
    assert len(names) > 1


def test_remediation_is_not_applicable(configured: Configure, deployment: dict[str, Any]) -> None:
    """With level `remediate`, a policy reports that it changes nothing."""
    response = configured({RULE: "remediate"}).Remediate(analyze_request(deployment), None)
    assert [(entry.policy_name, entry.reason) for entry in response.not_applicable] == [
        (RULE, "Policy does not implement remediate")
    ]


@pytest.mark.parametrize(
    ("levels", "named"),
    [
        ({RULE: "remediate"}, [RULE]),
        ({RULE: "remediate", "liveness-missing": "remediate"}, [RULE, "liveness-missing"]),
        ({rule.name: "remediate" for rule in load_rules()}, None),
        ({RULE: "mandatory"}, []),
        ({RULE: "advisory", "liveness-missing": "disabled"}, []),
        ({}, []),
    ],
)
def test_remediation_is_a_mistake(configured: Configure, levels: dict[str, str], named: list[str] | None) -> None:
    """Nothing is remediated, so the stack has a violation that says so, beside the findings."""
    request = analyzer_pb2.AnalyzeRequest(
        type="pulumi:pulumi:Stack", urn="urn:pulumi:dev::shop::pulumi:pulumi:Stack::x"
    )
    told = "\n".join(entry.message for entry in configured(levels).Analyze(request, None).diagnostics)
    if named is None:
        assert told.count("'remediate'") in (1, len(levels))
    else:
        assert len(named) == told.count("'remediate'")
        assert all(f"'{name}': no policy changes resources" in told for name in named)


def test_parameters_reach_the_rule(configured: Configure, deployment: dict[str, Any]) -> None:
    """Rules with a numeric parameter accept it as a float, as the engine sends it."""
    numeric = [
        (rule, name)
        for rule in load_rules()
        for name, default in rule.parameters.items()
        if isinstance(default, int) and not isinstance(default, bool)
    ]
    assert numeric
    for rule, name in numeric:
        head, *rest = name.split("_")
        key = head + "".join(word.title() for word in rest)
        analyzer = configured({rule.name: ("advisory", {key: 7.0})})
        assert {} == messages_at_the_stack(analyzer)
        response = analyzer.Analyze(analyze_request(deployment), None)
        assert "probe-internal-error" not in {entry.policyName for entry in response.diagnostics}


def test_workloads_are_excluded_from_one_policy(configured: Configure, deployment: dict[str, Any]) -> None:
    """By a pattern in the section of the policy."""
    assert level_of(configured({RULE: ("advisory", {"exclude": ["shop/*"]})}), deployment) is None
    assert "ADVISORY" == level_of(configured({RULE: ("advisory", {"exclude": ["other/*"]})}), deployment)


def test_workloads_are_excluded_from_all_policies(configured: Configure, deployment: dict[str, Any]) -> None:
    """By a pattern in the section of `probe-configuration`, whatever its level."""
    for level in ("mandatory", "disabled"):
        analyzer = configured({"probe-configuration": (level, {"exclude": ["we?"]})})
        assert [] == list(analyzer.Analyze(analyze_request(deployment), None).diagnostics)


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"excude": []}, "'excude' is not a parameter. Did you mean 'exclude'?"),
        ({"exclude": "web"}, "`exclude` must be a list of strings, not a string."),
        ({"exclude": [1]}, "`exclude` must be a list of strings, not a list with a number."),
    ],
)
def test_a_mistake_is_a_violation_of_its_policy(
    configured: Configure, deployment: dict[str, Any], properties: dict[str, Any], sentence: str
) -> None:
    """It is reported once, on the stack itself, at the level of the policy; the defaults apply."""
    analyzer = configured({RULE: ("mandatory", properties)})
    assert messages_at_the_stack(analyzer) == {RULE: f"The configuration of this policy is invalid: {sentence}"}
    assert "MANDATORY" == level_of(analyzer, deployment)


def test_a_mistake_in_a_stack_policy_is_reported_with_the_stack(
    configured: Configure, deployment: dict[str, Any]
) -> None:
    """It is part of the response about the whole stack."""
    name = next(rule.name for rule in load_rules() if rule.needs_stack)
    analyzer = configured({name: ("mandatory", {"nonsense": 1})})
    assert {} == messages_at_the_stack(analyzer)
    response = analyzer.AnalyzeStack(stack_request([analyze_request(deployment)]), None)
    texts = {entry.policyName: entry.message for entry in response.diagnostics}
    assert "'nonsense' is not a parameter." in texts[name]


def test_a_policy_that_does_not_exist_is_a_violation(configured: Configure) -> None:
    """The engine ignores a misspelt name, so that the policy would not be enforced."""
    text = messages_at_the_stack(configured({"liveness-outrun-readiness": "mandatory"}))["probe-configuration"]
    assert "'liveness-outrun-readiness' is not a policy. Did you mean 'liveness-outruns-readiness'?" == text


@pytest.mark.parametrize("code", ["PRB103", "prb103", "PRB1O3"])
def test_a_policy_is_configured_by_its_name(configured: Configure, code: str) -> None:
    """A section that is named after the code has no effect, so the message gives the name."""
    text = messages_at_the_stack(configured({code: "mandatory"}))["probe-configuration"]
    assert f"{code!r} is not a policy. Use its name, 'liveness-missing'." == text


def test_all_takes_a_level_only(configured: Configure) -> None:
    """The engine does not pass its other keys to the pack."""
    assert {} == messages_at_the_stack(configured({"all": "mandatory"}))
    text = messages_at_the_stack(configured({"all": ("mandatory", {"exclude": []})}))["probe-configuration"]
    assert "'all' takes a level and nothing else; 'exclude' has no effect." == text


def test_a_valid_configuration_has_no_diagnostics(configured: Configure) -> None:
    """The stack itself has no probes."""
    assert {} == messages_at_the_stack(configured({RULE: ("advisory", {"exclude": ["a"]})}))


def test_policies_about_the_audit_never_block_unless_they_are_strict(
    configured: Configure, deployment: dict[str, Any]
) -> None:
    """`"all": "mandatory"` is about findings; unevaluated rules only block if configured."""
    deployment["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]["periodSeconds"] = (
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    )
    name = "probe-not-evaluated"
    everything = dict.fromkeys([*(rule.name for rule in load_rules()), *PACK_SETTINGS], "mandatory")
    assert "ADVISORY" == level_of(configured(everything), deployment, name)
    assert "MANDATORY" == level_of(configured({name: ("mandatory", {"strict": True})}), deployment, name)
    assert level_of(configured({name: "disabled"}), deployment, name) is None
    assert level_of(configured({name: ("advisory", {"exclude": ["web"]})}), deployment, name) is None


def test_waivers_can_be_forbidden_by_configuration(configured: Configure, deployment: dict[str, Any]) -> None:
    """The platform team can disable annotations without changing the pack."""
    deployment["metadata"]["annotations"] = {"pulumi-probes/ignore": f"{RULE}=drains by itself"}
    analyzer = configured({"probe-waived": ("mandatory", {"allowed": False})})
    assert "ADVISORY" == level_of(analyzer, deployment)
    assert level_of(analyzer, deployment, "probe-waived") is None
    analyzer = configured({"probe-waived": "mandatory"})
    assert level_of(analyzer, deployment) is None
    assert "ADVISORY" == level_of(analyzer, deployment, "probe-waived")


def test_the_last_configuration_counts(
    configuration: Callable[..., analyzer_pb2.ConfigureAnalyzerRequest], deployment: dict[str, Any]
) -> None:
    """The engine configures a pack again for each operation."""
    analyzer = make_analyzer("probes", probe_policies())
    analyzer.Configure(configuration({RULE: "disabled"}), None)
    assert level_of(analyzer, deployment) is None
    analyzer.Configure(configuration({}), None)
    assert "ADVISORY" == level_of(analyzer, deployment)
