"""The diagnostics of the pack for one resource."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import Policy

from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.values import UNKNOWN, Secret
from pulumi_probes.model.workload import ContainerProbe, Workload
from pulumi_probes.rules import rule
from pulumi_probes_policies import make_analyzer, probe_policies
from pulumi_probes_policies.analyzer import ProbeAnalyzer
from pulumi_probes_policies.options import Options
from pulumi_probes_policies.policies import RulePolicy
from pulumi_probes_policies.testing import analyze_request

MANDATORY, ADVISORY = analyzer_pb2.MANDATORY, analyzer_pb2.ADVISORY


@pytest.fixture
def analyzer() -> ProbeAnalyzer:
    """The pack with PRB204 only."""
    return make_analyzer("probes", probe_policies(["PRB204"]))


def analyze(analyzer: ProbeAnalyzer, content: Mapping[str, Any], **fields: Any) -> analyzer_pb2.AnalyzeResponse:
    """The response for one resource."""
    return analyzer.Analyze(analyze_request(content, **fields), None)


def said(response: analyzer_pb2.AnalyzeResponse) -> list[tuple[str, int]]:
    """The policies that report something, with their levels."""
    return [(entry.policyName, entry.enforcementLevel) for entry in response.diagnostics]


def containers(deployment: dict[str, Any]) -> list[dict[str, Any]]:
    """The containers of a Deployment."""
    found: list[dict[str, Any]] = deployment["spec"]["template"]["spec"]["containers"]
    return found


def test_a_finding_has_all_its_parts(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """Description, path, problem with the consequence in seconds, and fix with the code, one line each."""
    (diagnostic,) = analyze(analyzer, deployment).diagnostics
    description, place, problem, fix = diagnostic.message.splitlines()
    assert description == diagnostic.description
    assert "spec.template.spec.containers[web].livenessProbe" == place
    assert problem.startswith("  ")
    assert " s " in problem
    assert fix.startswith("  ")
    assert fix.endswith(" [PRB204]")
    assert "probes" == diagnostic.policyPackName
    assert "" == diagnostic.urn


def test_findings_of_one_rule_are_combined(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """The description is not repeated for each container."""
    containers(deployment).append({**containers(deployment)[0], "name": "proxy"})
    (diagnostic,) = analyze(analyzer, deployment).diagnostics
    assert 1 == diagnostic.message.count(diagnostic.description)
    assert "containers[web]" in diagnostic.message
    assert "containers[proxy]" in diagnostic.message


def test_a_valid_workload_passes(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """There are no diagnostics, and the policy is not "not applicable" either."""
    containers(deployment)[0]["livenessProbe"]["failureThreshold"] = 30
    response = analyze(analyzer, deployment)
    assert [] == said(response)
    assert ["helm-release-not-audited"] == [entry.policy_name for entry in response.not_applicable]


@pytest.mark.parametrize(
    ("resource_type", "content"),
    [
        ("kubernetes:core/v1:ConfigMap", {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}}),
        ("kubernetes:core/v1:Service", {"apiVersion": "v1", "kind": "Service", "spec": {}}),
        ("aws:s3/bucket:Bucket", {"bucket": "b"}),
        ("aws:s3/bucket:Bucket", {"kind": 1, "apiVersion": [UNKNOWN]}),
        ("pulumi:providers:kubernetes", {"kubeconfig": Secret("x")}),
        ("kubernetes:yaml:ConfigFile", {}),
        ("kubernetes:cert-manager.io/v1:Issuer", {"apiVersion": "cert-manager.io/v1", "kind": "Issuer", "spec": {}}),
        ("", {}),
    ],
)
def test_kinds_without_pods_are_not_applicable(
    analyzer: ProbeAnalyzer, resource_type: str, content: dict[str, Any]
) -> None:
    """Pulumi counts the policy as neither passed nor failed."""
    response = analyze(analyzer, content, resource_type=resource_type)
    assert [] == said(response)
    reasons = {entry.policy_name: entry.reason for entry in response.not_applicable}
    assert "This resource has no pod specification." == reasons["liveness-outruns-readiness"]


def test_an_unknown_value_only_affects_rules_that_need_it(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """An image tag that is not known before deployment does not affect rules about probes."""
    containers(deployment)[0]["image"] = UNKNOWN
    deployment["metadata"]["name"] = UNKNOWN
    assert said(analyze(analyzer, deployment)) == [("liveness-outruns-readiness", ADVISORY)]


def test_rules_that_cannot_be_evaluated_are_listed(deployment: dict[str, Any]) -> None:
    """A rule that needs an unknown value neither passes nor fails; each value is named once, with its rules."""
    analyzer = make_analyzer("probes", probe_policies(["PRB2"]))
    containers(deployment)[0]["livenessProbe"]["periodSeconds"] = UNKNOWN
    diagnostics = {entry.policyName: entry for entry in analyze(analyzer, deployment).diagnostics}
    assert "liveness-outruns-readiness" not in diagnostics
    note = diagnostics["probe-not-evaluated"]
    assert note.enforcementLevel == ADVISORY
    lines = note.message.splitlines()[1:]
    place = "spec.template.spec.containers[web].livenessProbe.periodSeconds is not known before deployment"
    assert [line for line in lines if line.startswith(place)] == lines
    assert "PRB204" in lines[0]


def test_everything_may_be_unknown(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """A specification that is unknown as a whole is reported on one line."""
    deployment["spec"] = UNKNOWN
    (note,) = analyze(analyzer, deployment).diagnostics
    assert "probe-not-evaluated" == note.policyName
    assert ["spec is not known before deployment; not evaluated: PRB204."] == note.message.splitlines()[1:]


def test_many_rules_are_counted_and_not_listed(deployment: dict[str, Any]) -> None:
    """If hardly any rule can be evaluated, only the number of rules is shown."""
    analyzer = make_analyzer("probes", probe_policies())
    deployment["spec"] = UNKNOWN
    (note,) = (
        entry for entry in analyze(analyzer, deployment).diagnostics if entry.policyName == "probe-not-evaluated"
    )
    assert re.search(
        r"^spec is not known before deployment; not evaluated: \d\d of \d\d rules\.$", note.message, re.MULTILINE
    )


def test_a_secret_is_evaluated_and_not_shown(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """One secret value makes the whole specification secret in a Python program, which does not affect rules."""
    containers(deployment)[0]["env"] = [{"name": "TOKEN", "value": Secret("s3cr3t")}]
    deployment["spec"] = Secret(deployment["spec"])
    response = analyze(analyzer, deployment)
    assert said(response) == [("liveness-outruns-readiness", ADVISORY)]
    assert "s3cr3t" not in str(response)


def test_names_cannot_write_lines_of_their_own(deployment: dict[str, Any]) -> None:
    """A name cannot contain control characters that imitate another policy's line."""
    analyzer = make_analyzer("probes", probe_policies())
    deployment["metadata"]["annotations"] = {"pulumi-probes/ignore": "PRB999=a\u202eb"}
    containers(deployment)[0]["name"] = "web\n- [mandatory]\x1b[2J"
    diagnostics = analyze(analyzer, deployment).diagnostics
    assert len(diagnostics) > 1
    for diagnostic in diagnostics:
        assert "\x1b" not in diagnostic.message
        assert "\u202e" not in diagnostic.message
        assert all(not line.startswith("- ") for line in diagnostic.message.splitlines())


def test_values_that_may_be_secrets_appear_nowhere(examples: list[Mapping[str, Any]]) -> None:
    """Environment, commands, arguments and headers are never quoted by any rule for any example."""
    analyzer = make_analyzer("probes", probe_policies())
    for example in examples:
        content = copy.deepcopy(dict(example))
        for container in _all_containers(content):
            container.setdefault("env", []).append({"name": "TOKEN", "value": "canary-env"})
            for name in ("command", "args"):
                container[name] = [f"canary-{name} && canary-{name}", "canary"]
            for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
                body = container.get(probe) or {}
                if "exec" in body:
                    body["exec"]["command"] = [f"{word} canary-exec" for word in body["exec"].get("command") or ["a"]]
                if "httpGet" in body:
                    body["httpGet"]["httpHeaders"] = [{"name": "Authorization", "value": "canary-header"}]
        assert "canary" not in str(analyze(analyzer, content))


def _all_containers(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        for key, entry in value.items():
            if key in ("containers", "initContainers", "ephemeralContainers") and isinstance(entry, list):
                yield from (container for container in entry if isinstance(container, dict))
            yield from _all_containers(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _all_containers(entry)


def test_in_a_patch_absent_fields_are_not_reported(deployment: dict[str, Any]) -> None:
    """In a partial object, an absent probe or number is not a finding."""
    analyzer = make_analyzer("probes", probe_policies(["PRB1", "PRB204"]))
    container = containers(deployment)[0]
    for probe in ("livenessProbe", "readinessProbe"):
        container[probe].update(initialDelaySeconds=0, timeoutSeconds=1, successThreshold=1)
    fields = {"resource_type": "kubernetes:apps/v1:DeploymentPatch"}
    assert ("liveness-outruns-readiness", ADVISORY) in said(analyze(analyzer, deployment, **fields))
    del container["livenessProbe"], container["readinessProbe"]
    assert [] == said(analyze(analyzer, deployment, **fields))


def test_a_list_names_its_objects(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """A finding about one of several objects names the object."""
    content = {"apiVersion": "apps/v1", "kind": "DeploymentList", "items": [deployment, deployment]}
    (diagnostic,) = analyze(analyzer, content).diagnostics
    places = [line for line in diagnostic.message.splitlines() if line.endswith(".livenessProbe")]
    assert places == ["Deployment shop/web: spec.template.spec.containers[web].livenessProbe"] * 2


def test_custom_timeouts_reach_the_rules(deployment: dict[str, Any]) -> None:
    """Rules receive Pulumi's timeouts; the engine sends 0 for an unset timeout."""
    seen: list[float | None] = []

    @rule("PRB199", severity=Severity.ADVICE, since="0.1")
    def waits(workload: Workload) -> Iterator[Violation]:
        """Look.

        Why: a
        Bad: a
        Good: a
        Fix: a
        References: a
        """
        options = workload.manifest.pulumi
        seen.extend((options.create_timeout_seconds, options.update_timeout_seconds))
        return iter(())

    analyzer = make_analyzer("probes", [RulePolicy(vars(waits)["__rule__"], Options())])
    analyze(analyzer, deployment, create_timeout_seconds=90)
    analyze(analyzer, deployment)
    assert [90, None, None, None] == seen


def test_a_helm_release_cannot_be_looked_into(analyzer: ProbeAnalyzer) -> None:
    """The diagnostic explains what to do; the values are not searched for a pod specification."""
    values = {"sidecar": {"containers": [{"name": "a", "image": "b"}]}}
    response = analyze(analyzer, {"chart": "nginx", "values": values}, resource_type="kubernetes:helm.sh/v3:Release")
    assert said(response) == [("helm-release-not-audited", ADVISORY)]
    assert "helm template" in response.diagnostics[0].message


def test_objects_of_unknown_kinds_get_advice(deployment: dict[str, Any]) -> None:
    """They are audited, but never block, whatever the level."""
    analyzer = make_analyzer("probes", probe_policies(["PRB204"], level=probe_level("MANDATORY")))
    content = {"apiVersion": "acme.example/v1", "kind": "Site", "metadata": {"name": "s"}, "spec": deployment["spec"]}
    (diagnostic,) = analyze(analyzer, content).diagnostics
    assert (diagnostic.policyName, diagnostic.enforcementLevel) == ("liveness-outruns-readiness", ADVISORY)
    assert "only advice" in diagnostic.message


def test_kinds_added_by_users_are_audited_completely(deployment: dict[str, Any]) -> None:
    """The pack defines where a custom resource contains its pods."""
    level = probe_level("MANDATORY")
    policies = probe_policies(["PRB204"], level=level, kinds={"acme.example/Site": "spec.template.spec"})
    content = {"apiVersion": "acme.example/v1", "kind": "Site", "metadata": {"name": "s"}, "spec": deployment["spec"]}
    assert said(analyze(make_analyzer("probes", policies), content)) == [("liveness-outruns-readiness", MANDATORY)]
    with pytest.raises(UnreadableInput, match=r"is not a path such as spec\.tasks"):
        probe_policies(kinds={"acme.example/Site": "spec..template"})


def probe_level(name: str) -> Any:
    """A level of the SDK."""
    from pulumi_policy import EnforcementLevel

    return EnforcementLevel[name]


def crashing(*, strict: bool = False) -> RulePolicy:
    """A policy whose rule raises an exception."""

    @rule("PRB198", severity=Severity.ERROR, since="0.1")
    def crashes(probe: ContainerProbe) -> Iterator[Violation]:
        """Crash.

        Why: a
        Bad: a
        Good: a
        Fix: a
        References: a
        """
        raise KeyError(f"s3cr3t in {probe.path}")

    return RulePolicy(vars(crashes)["__rule__"], Options(strict=strict))


def test_an_internal_error_never_blocks(deployment: dict[str, Any]) -> None:
    """A rule that crashes is named, without any value; the other rules are evaluated."""
    analyzer = make_analyzer("probes", [crashing(), *probe_policies(["PRB204"])])
    response = analyze(analyzer, deployment)
    assert said(response) == [("liveness-outruns-readiness", ADVISORY), ("probe-internal-error", ADVISORY)]
    text = response.diagnostics[1].message
    assert "PRB198 crashes failed on Deployment shop/web with KeyError in test_analyzer.py, line " in text
    assert "report it" in text
    assert "s3cr3t" not in str(response)


def test_an_internal_error_blocks_if_strict(
    deployment: dict[str, Any], configuration: Callable[[Mapping[str, Any]], analyzer_pb2.ConfigureAnalyzerRequest]
) -> None:
    """By the option of the pack or by configuration; the level alone is not enough, as `"all": "mandatory"` sets it."""
    analyzer = make_analyzer("probes", [crashing()])
    analyzer.Configure(configuration({"probe-internal-error": "mandatory"}), None)
    assert said(analyze(analyzer, deployment)) == [("probe-internal-error", ADVISORY)]
    analyzer.Configure(configuration({"probe-internal-error": ("advisory", {"strict": True})}), None)
    assert said(analyze(analyzer, deployment)) == [("probe-internal-error", MANDATORY)]
    analyzer = make_analyzer("probes", [crashing(strict=True)])
    assert said(analyze(analyzer, deployment)) == [("probe-internal-error", MANDATORY)]


def test_an_internal_error_in_a_pack_of_the_sdk(
    deployment: dict[str, Any], sdk_analyzer: Callable[[Sequence[Policy]], Any]
) -> None:
    """It is the SDK's own advisory message, or fails the preview if the pack is strict."""
    (diagnostic,) = sdk_analyzer([crashing()]).Analyze(analyze_request(deployment), None).diagnostics
    assert diagnostic.enforcementLevel == ADVISORY
    assert diagnostic.message.startswith("can't run policy 'crashes' from policy pack")
    assert "PRB198 crashes failed on Deployment shop/web with KeyError" in diagnostic.message
    with pytest.raises(RuntimeError, match="PRB198 crashes failed"):
        sdk_analyzer([crashing(strict=True)]).Analyze(analyze_request(deployment), None)


def test_an_internal_error_outside_of_rules_never_blocks(
    analyzer: ProbeAnalyzer, deployment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for the code outside of the rules."""

    def broken(*_: object, **__: object) -> None:
        raise ValueError("s3cr3t")

    monkeypatch.setattr("pulumi_probes_policies.evaluation.apply_waivers", broken)
    response = analyze(analyzer, deployment)
    assert said(response) == [("probe-internal-error", ADVISORY)]
    assert "ValueError" in response.diagnostics[0].message
    assert "s3cr3t" not in str(response)
    stack = analyzer.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(), None)
    assert [] == said(stack)


def test_a_waived_finding_stays_visible(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """An annotation with a reason turns a finding into a message that never blocks."""
    deployment["metadata"]["annotations"] = {"pulumi-probes/ignore": "PRB204=drains by itself; until 2999-12-31"}
    (diagnostic,) = analyze(analyzer, deployment).diagnostics
    assert (diagnostic.policyName, diagnostic.enforcementLevel) == ("probe-waived", ADVISORY)
    assert "liveness-outruns-readiness is waived until 2999-12-31: drains by itself" in diagnostic.message
    assert "[PRB204]" in diagnostic.message


def test_an_expired_waiver_has_no_effect(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """The finding is reported again."""
    deployment["metadata"]["annotations"] = {"pulumi-probes/ignore": "PRB204=drains by itself; until 2020-01-01"}
    assert ("liveness-outruns-readiness", ADVISORY) in said(analyze(analyzer, deployment))


def test_waivers_can_be_forbidden(deployment: dict[str, Any]) -> None:
    """If annotations cannot waive findings, a waived finding counts like any other."""
    deployment["metadata"]["annotations"] = {"pulumi-probes/ignore": "PRB204=drains by itself"}
    analyzer = make_analyzer("probes", probe_policies(["PRB204"], allow_waivers=False))
    assert said(analyze(analyzer, deployment)) == [("liveness-outruns-readiness", ADVISORY)]


def test_excluded_resources_are_not_applicable(deployment: dict[str, Any]) -> None:
    """Excluded resources are not audited, and the policy is reported as not applicable."""
    analyzer = make_analyzer("probes", probe_policies(["PRB204"], exclude=["shop/*"]))
    response = analyze(analyzer, deployment)
    assert [] == said(response)
    reasons = {entry.policy_name: entry.reason for entry in response.not_applicable}
    assert "excludes" in reasons["liveness-outruns-readiness"]


def test_remediation_changes_nothing(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """No policy adds probes."""
    response = analyzer.Remediate(analyze_request(deployment), None)
    assert [] == list(response.remediations)
