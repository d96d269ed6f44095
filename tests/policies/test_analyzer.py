"""What the pack says about one resource."""

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
    """The answer about one resource."""
    return analyzer.Analyze(analyze_request(content, **fields), None)


def said(response: analyzer_pb2.AnalyzeResponse) -> list[tuple[str, int]]:
    """Which policies say something, at which level."""
    return [(entry.policyName, entry.enforcementLevel) for entry in response.diagnostics]


def containers(deployment: dict[str, Any]) -> list[dict[str, Any]]:
    """The containers of a Deployment."""
    found: list[dict[str, Any]] = deployment["spec"]["template"]["spec"]["containers"]
    return found


def test_a_finding_says_where_what_why_and_how(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """Description, place, problem with its consequence in seconds, and fix with the code, a line each."""
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


def test_findings_of_one_rule_come_together(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """The description is not repeated for each container."""
    containers(deployment).append({**containers(deployment)[0], "name": "proxy"})
    (diagnostic,) = analyze(analyzer, deployment).diagnostics
    assert 1 == diagnostic.message.count(diagnostic.description)
    assert "containers[web]" in diagnostic.message
    assert "containers[proxy]" in diagnostic.message


def test_a_sound_workload_passes(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """Nothing to say and not "not applicable": the policy has looked and is content."""
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


def test_an_unknown_value_silences_nothing_else(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """An image tag that is not known before deployment has nothing to do with probes."""
    containers(deployment)[0]["image"] = UNKNOWN
    deployment["metadata"]["name"] = UNKNOWN
    assert said(analyze(analyzer, deployment)) == [("liveness-outruns-readiness", ADVISORY)]


def test_what_cannot_be_judged_is_listed(deployment: dict[str, Any]) -> None:
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
    """A specification that is computed as a whole is one line."""
    deployment["spec"] = UNKNOWN
    (note,) = analyze(analyzer, deployment).diagnostics
    assert "probe-not-evaluated" == note.policyName
    assert ["spec is not known before deployment; not evaluated: PRB204."] == note.message.splitlines()[1:]


def test_many_rules_are_counted_and_not_listed(deployment: dict[str, Any]) -> None:
    """Where next to nothing can be judged, a list of all codes would say no more."""
    analyzer = make_analyzer("probes", probe_policies())
    deployment["spec"] = UNKNOWN
    (note,) = (
        entry for entry in analyze(analyzer, deployment).diagnostics if entry.policyName == "probe-not-evaluated"
    )
    assert re.search(
        r"^spec is not known before deployment; not evaluated: \d\d of \d\d rules\.$", note.message, re.MULTILINE
    )


def test_a_secret_is_judged_and_not_shown(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """A secret in one leaf makes the whole specification secret in a Python program; that hides nothing from rules."""
    containers(deployment)[0]["env"] = [{"name": "TOKEN", "value": Secret("s3cr3t")}]
    deployment["spec"] = Secret(deployment["spec"])
    response = analyze(analyzer, deployment)
    assert said(response) == [("liveness-outruns-readiness", ADVISORY)]
    assert "s3cr3t" not in str(response)


def test_names_cannot_write_lines_of_their_own(deployment: dict[str, Any]) -> None:
    """A name from a chart cannot move the cursor or look like another policy's line."""
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
    """Environment, commands, arguments and headers are never quoted, by no rule and in no example."""
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


def test_a_patch_is_judged_by_what_it_says(deployment: dict[str, Any]) -> None:
    """In a partial object an absent probe or number means nothing."""
    analyzer = make_analyzer("probes", probe_policies(["PRB1", "PRB204"]))
    container = containers(deployment)[0]
    for probe in ("livenessProbe", "readinessProbe"):
        container[probe].update(initialDelaySeconds=0, timeoutSeconds=1, successThreshold=1)
    fields = {"resource_type": "kubernetes:apps/v1:DeploymentPatch"}
    assert ("liveness-outruns-readiness", ADVISORY) in said(analyze(analyzer, deployment, **fields))
    del container["livenessProbe"], container["readinessProbe"]
    assert [] == said(analyze(analyzer, deployment, **fields))


def test_a_list_names_its_objects(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """A finding about one of several objects says which one."""
    content = {"apiVersion": "apps/v1", "kind": "DeploymentList", "items": [deployment, deployment]}
    (diagnostic,) = analyze(analyzer, content).diagnostics
    places = [line for line in diagnostic.message.splitlines() if line.endswith(".livenessProbe")]
    assert places == ["Deployment shop/web: spec.template.spec.containers[web].livenessProbe"] * 2


def test_custom_timeouts_reach_the_rules(deployment: dict[str, Any]) -> None:
    """A rule sees how long Pulumi waits; the engine sends 0 for a timeout that nobody set."""
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
    """It is said, with what to do about it; its values are not taken for a pod specification."""
    values = {"sidecar": {"containers": [{"name": "a", "image": "b"}]}}
    response = analyze(analyzer, {"chart": "nginx", "values": values}, resource_type="kubernetes:helm.sh/v3:Release")
    assert said(response) == [("helm-release-not-audited", ADVISORY)]
    assert "helm template" in response.diagnostics[0].message


def test_what_only_looks_like_pods_gets_advice(deployment: dict[str, Any]) -> None:
    """A kind that no table knows is judged, but never blocks, whatever the level."""
    analyzer = make_analyzer("probes", probe_policies(["PRB204"], level=probe_level("MANDATORY")))
    content = {"apiVersion": "acme.example/v1", "kind": "Site", "metadata": {"name": "s"}, "spec": deployment["spec"]}
    (diagnostic,) = analyze(analyzer, content).diagnostics
    assert (diagnostic.policyName, diagnostic.enforcementLevel) == ("liveness-outruns-readiness", ADVISORY)
    assert "only advice" in diagnostic.message


def test_kinds_of_your_own_are_judged_in_full(deployment: dict[str, Any]) -> None:
    """A pack's author can say where a custom resource holds its pods."""
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
    """A policy whose rule has a bug."""

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


def test_a_fault_of_ours_never_blocks(deployment: dict[str, Any]) -> None:
    """A rule that crashes is named and asks for a report; it quotes nothing, and the other rules go on."""
    analyzer = make_analyzer("probes", [crashing(), *probe_policies(["PRB204"])])
    response = analyze(analyzer, deployment)
    assert said(response) == [("liveness-outruns-readiness", ADVISORY), ("probe-internal-error", ADVISORY)]
    text = response.diagnostics[1].message
    assert "PRB198 crashes failed on Deployment shop/web with KeyError in test_analyzer.py, line " in text
    assert "report it" in text
    assert "s3cr3t" not in str(response)


def test_a_fault_of_ours_blocks_where_somebody_asks_for_it(
    deployment: dict[str, Any], configuration: Callable[[Mapping[str, Any]], analyzer_pb2.ConfigureAnalyzerRequest]
) -> None:
    """By the pack's author or by configuration; the level alone does not, since `"all": "mandatory"` sets it too."""
    analyzer = make_analyzer("probes", [crashing()])
    analyzer.Configure(configuration({"probe-internal-error": "mandatory"}), None)
    assert said(analyze(analyzer, deployment)) == [("probe-internal-error", ADVISORY)]
    analyzer.Configure(configuration({"probe-internal-error": ("advisory", {"strict": True})}), None)
    assert said(analyze(analyzer, deployment)) == [("probe-internal-error", MANDATORY)]
    analyzer = make_analyzer("probes", [crashing(strict=True)])
    assert said(analyze(analyzer, deployment)) == [("probe-internal-error", MANDATORY)]


def test_a_fault_of_ours_in_the_pack_of_the_sdk(
    deployment: dict[str, Any], sdk_analyzer: Callable[[Sequence[Policy]], Any]
) -> None:
    """There it is the SDK's own advisory line, or fails the preview where the pack's author asks for it."""
    (diagnostic,) = sdk_analyzer([crashing()]).Analyze(analyze_request(deployment), None).diagnostics
    assert diagnostic.enforcementLevel == ADVISORY
    assert diagnostic.message.startswith("can't run policy 'crashes' from policy pack")
    assert "PRB198 crashes failed on Deployment shop/web with KeyError" in diagnostic.message
    with pytest.raises(RuntimeError, match="PRB198 crashes failed"):
        sdk_analyzer([crashing(strict=True)]).Analyze(analyze_request(deployment), None)


def test_a_fault_outside_the_rules_never_blocks(
    analyzer: ProbeAnalyzer, deployment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is for the code around the rules."""

    def broken(*_: object) -> None:
        raise ValueError("s3cr3t")

    monkeypatch.setattr("pulumi_probes_policies.evaluation.evaluate_policies", broken)
    response = analyze(analyzer, deployment)
    assert said(response) == [("probe-internal-error", ADVISORY)]
    assert "ValueError" in response.diagnostics[0].message
    assert "s3cr3t" not in str(response)
    stack = analyzer.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(), None)
    assert [] == said(stack)


def test_a_waived_finding_stays_in_sight(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """An annotation with a reason turns a finding into a line that never blocks."""
    deployment["metadata"]["annotations"] = {"pulumi-probes/ignore": "PRB204=drains by itself; until 2999-12-31"}
    (diagnostic,) = analyze(analyzer, deployment).diagnostics
    assert (diagnostic.policyName, diagnostic.enforcementLevel) == ("probe-waived", ADVISORY)
    assert "liveness-outruns-readiness is waived until 2999-12-31: drains by itself" in diagnostic.message
    assert "[PRB204]" in diagnostic.message


def test_a_waiver_that_is_over_counts_no_more(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """The finding is back."""
    deployment["metadata"]["annotations"] = {"pulumi-probes/ignore": "PRB204=drains by itself; until 2020-01-01"}
    assert ("liveness-outruns-readiness", ADVISORY) in said(analyze(analyzer, deployment))


def test_waivers_can_be_forbidden(deployment: dict[str, Any]) -> None:
    """Where annotations must not weaken the pack, a waived finding counts like any other."""
    deployment["metadata"]["annotations"] = {"pulumi-probes/ignore": "PRB204=drains by itself"}
    analyzer = make_analyzer("probes", probe_policies(["PRB204"], allow_waivers=False))
    assert said(analyze(analyzer, deployment)) == [("liveness-outruns-readiness", ADVISORY)]


def test_excluded_resources_are_not_applicable(deployment: dict[str, Any]) -> None:
    """What the pack's author excludes is not judged, and Pulumi is told so."""
    analyzer = make_analyzer("probes", probe_policies(["PRB204"], exclude=["shop/*"]))
    response = analyze(analyzer, deployment)
    assert [] == said(response)
    reasons = {entry.policy_name: entry.reason for entry in response.not_applicable}
    assert "excludes" in reasons["liveness-outruns-readiness"]


def test_remediation_changes_nothing(analyzer: ProbeAnalyzer, deployment: dict[str, Any]) -> None:
    """No policy invents probes."""
    response = analyzer.Remediate(analyze_request(deployment), None)
    assert [] == list(response.remediations)
