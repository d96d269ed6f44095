"""The policies of a pack, and their descriptions for Pulumi."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import json_format
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, Policy, ResourceValidationPolicy, StackValidationPolicy
from pulumi_policy.version import VERSION

from pulumi_probes.model.finding import Severity
from pulumi_probes.rules import PACK_SETTINGS, Rule, configuration_schema, load_rules
from pulumi_probes_policies import make_analyzer, probe_policies

ROOT = Path(__file__).parents[2]


def test_there_is_a_policy_for_each_rule() -> None:
    """It has the name of the rule, in the order of the codes; one more is for Helm Releases."""
    names = [policy.name for policy in probe_policies()]
    assert names == [*(rule.name for rule in load_rules()), "helm-release-not-audited"]


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.code)
def test_a_policy_has_the_texts_of_its_rule(rule: Rule) -> None:
    """Description, level, severity, fix, link and tags come from the rule."""
    policy = next(policy for policy in probe_policies() if policy.name == rule.name)
    assert policy.description == rule.summary
    level = {
        Severity.ERROR: EnforcementLevel.MANDATORY,
        Severity.WARNING: EnforcementLevel.ADVISORY,
        Severity.ADVICE: EnforcementLevel.ADVISORY,
    }
    assert policy.enforcement_level == level[rule.severity]
    assert policy.severity is not None
    assert policy.severity.value == {"error": "high", "warning": "medium", "advice": "low"}[rule.severity.value]
    assert policy.remediation_steps == " ".join(rule.documentation.fix.split())
    assert policy.url is None or policy.url.startswith("https://")
    assert policy.tags is not None
    assert rule.code in policy.tags
    assert isinstance(policy, StackValidationPolicy if rule.needs_stack else ResourceValidationPolicy)
    assert policy.config_schema is not None
    assert policy.config_schema.properties.keys() == configuration_schema(rule.parameters).keys()


def test_policies_are_chosen_by_code_prefix_and_name() -> None:
    """As in every command of this project."""
    chosen = probe_policies(["PRB2", "readiness-missing"], ignore=["PRB204"])
    expected = [
        rule.name
        for rule in load_rules()
        if (rule.code.startswith("PRB2") and rule.code != "PRB204") or rule.name == "readiness-missing"
    ]
    assert [policy.name for policy in chosen][:-1] == expected


def test_one_level_for_all_rules() -> None:
    """The given level overrides the severities."""
    policies = probe_policies(level=EnforcementLevel.MANDATORY)[:-1]
    assert {policy.enforcement_level for policy in policies} == {EnforcementLevel.MANDATORY}


def test_a_misspelt_rule_is_an_error() -> None:
    """It is reported at once, not in the middle of a preview."""
    with pytest.raises(ValueError, match="is not a rule"):
        probe_policies(["PRB204", "livness-missing"])


def test_foreign_policies_need_the_pack_of_the_sdk() -> None:
    """The message names the pack that accepts them."""
    foreign = ResourceValidationPolicy("mine", "Mine.", lambda _args, _report: None)
    with pytest.raises(TypeError, match=r"mine is not from probe_policies\(\); use pulumi_policy\.PolicyPack"):
        make_analyzer("probes", [*probe_policies(), foreign])


def test_the_description_of_the_pack_is_that_of_the_sdk(sdk_analyzer: Callable[[Sequence[Policy]], Any]) -> None:
    """Names, descriptions, levels, severities, schemas, tags, steps and links of each policy."""
    policies = probe_policies()
    ours = make_analyzer("probes", policies).GetAnalyzerInfo(Empty(), None)
    theirs = sdk_analyzer(policies).GetAnalyzerInfo(Empty(), None)
    assert list(ours.policies)[: len(policies)] == list(theirs.policies)
    assert (ours.name, ours.version, ours.supportsConfig) == (theirs.name, theirs.version, theirs.supportsConfig)


def test_policies_about_the_audit_come_last() -> None:
    """They have names and schemas like all others."""
    info = make_analyzer("probes", probe_policies()).GetAnalyzerInfo(Empty(), None)
    audit_policies = {policy.name: policy for policy in list(info.policies)[len(load_rules()) + 1 :]}
    assert audit_policies.keys() | {"helm-release-not-audited"} == PACK_SETTINGS.keys()
    for name, policy in audit_policies.items():
        schema = json_format.MessageToDict(policy.configSchema.properties)
        assert schema.keys() == configuration_schema(PACK_SETTINGS[name]).keys()
        assert policy.description
        assert policy.remediation_steps


def test_the_version_is_that_of_the_sdk(sdk_analyzer: Callable[[Sequence[Policy]], Any]) -> None:
    """The engine requests the version of every plugin."""
    policies = probe_policies()
    ours = make_analyzer("probes", policies).GetPluginInfo(Empty(), None)
    assert ours.version == VERSION
    assert ours == sdk_analyzer(policies).GetPluginInfo(Empty(), None)


def test_the_pack_loads_no_provider() -> None:
    """The Kubernetes SDK takes 64 MB and would delay every preview."""
    code = (
        "import sys; from pulumi_probes_policies import make_analyzer, probe_policies;"
        "make_analyzer('probes', probe_policies()); print(*sys.modules)"
    )
    finished = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = {name.partition(".")[0] for name in finished.stdout.split()}
    assert set() == loaded & {"pulumi_kubernetes", "pydantic", "click"}
    assert "pulumi_policy" in loaded


def test_the_pack_has_the_version_of_the_distribution() -> None:
    """The engine shows the version in PulumiPolicy.yaml."""
    pack = yaml.safe_load((ROOT / "policies" / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    assert pack["version"] == version("pulumi-probes")


def test_the_stack_is_accepted(sdk_analyzer: Callable[[Sequence[Policy]], Any]) -> None:
    """The engine first sends project, stack and tags."""
    request = analyzer_pb2.AnalyzerStackConfigureRequest(stack="dev", project="shop", tags={"a": "b"})
    policies: list[Policy] = probe_policies()
    answer = make_analyzer("probes", policies).ConfigureStack(request, None)
    assert answer == sdk_analyzer(policies).ConfigureStack(request, None)
