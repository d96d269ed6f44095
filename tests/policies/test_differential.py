"""The pack's analyzer compared with the SDK's own, with the same policies and the same requests."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import Policy

from pulumi_probes.model.values import UNKNOWN, Secret
from pulumi_probes.rules import ENFORCEMENT_LEVELS, PACK_SETTINGS, Rule, load_rules
from pulumi_probes_policies import make_analyzer, probe_policies
from pulumi_probes_policies.testing import analyze_request, stack_request

CAN_NOT_RUN = "can't run policy "
NOTES = PACK_SETTINGS.keys() - {"helm-release-not-audited"}
NEEDS_THE_OTHERS = "waiver-unused"
"""In a pack of the SDK, policies do not know the results of the others."""
REPLACEMENTS: Sequence[Any] = (None, UNKNOWN, 0, 1, 31, -5, 7.5, True, "", "x", "8080", [], {}, [None], {"a": UNKNOWN})

Path = tuple[str | int, ...]

POLICIES = probe_policies()
EXAMPLES: list[dict[str, Any]] = [
    document
    for rule in load_rules()
    for text in (*rule.documentation.bad, *rule.documentation.good)
    for document in yaml.safe_load_all(text)
]


@pytest.fixture(autouse=True)
def list_every_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """List every rule that could not be evaluated, however many there are."""
    monkeypatch.setattr("pulumi_probes_policies.messages._MOST_CODES", len(EXAMPLES))


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """All paths in an object, except the root."""
    entries: Any = ()
    if isinstance(value, dict):
        entries = value.items()
    elif isinstance(value, list):
        entries = enumerate(value)
    for key, entry in entries:
        yield (*path, key)
        yield from places(entry, (*path, key))


def changed(draw: st.DrawFn, content: dict[str, Any]) -> dict[str, Any]:
    """A copy with some values replaced, removed or made secret; more often in probes than elsewhere."""
    content = copy.deepcopy(content)
    for _ in range(draw(st.integers(0, 4))):
        everywhere = list(places(content))
        in_probes = [place for place in everywhere if any(str(step).endswith("Probe") for step in place)]
        *way, key = draw(st.sampled_from(draw(st.sampled_from([everywhere, in_probes or everywhere]))))
        place: Any = content
        for step in way:
            place = place[step]
        match draw(st.sampled_from(["unknown", "replace", "remove", "hide"])):
            case "unknown":
                place[key] = UNKNOWN
            case "replace":
                place[key] = copy.deepcopy(draw(st.sampled_from(REPLACEMENTS)))
            case "remove":
                del place[key]
            case _ if not isinstance(place[key], Secret):
                place[key] = Secret(place[key])
        if not content:
            break
    return content


@st.composite
def resources(draw: st.DrawFn) -> analyzer_pb2.AnalyzeRequest:
    """A resource with one of the rules' examples."""
    content = copy.deepcopy(draw(st.sampled_from(EXAMPLES)))
    if draw(st.integers(0, 4)) == 0:
        code = draw(st.sampled_from([rule.code for rule in load_rules()]))
        content.setdefault("metadata", {})["annotations"] = {"pulumi-probes/ignore": f"{code}=because"}
    api_version, kind = content["apiVersion"], content["kind"]
    shape = draw(st.sampled_from(["plain", "plain", "plain", "patch", "list", "custom"]))
    if shape == "custom":
        content.update(apiVersion="acme.example/v1", kind="Site")
    content = changed(draw, content)
    if shape == "list":
        content = {"apiVersion": api_version, "kind": f"{kind}List", "items": [content]}
    module = "core/v1" if api_version == "v1" else api_version
    return analyze_request(
        content,
        resource_type=f"kubernetes:{module}:{kind}{'Patch' if shape == 'patch' else ''}",
        name=draw(st.sampled_from(["web", "cart"])),
        create_timeout_seconds=draw(st.sampled_from([0, 60])),
    )


def violations(response: analyzer_pb2.AnalyzeResponse) -> list[analyzer_pb2.AnalyzeDiagnostic]:
    """The findings, without differences that only one of the two analyzers can express."""
    return [
        entry
        for entry in response.diagnostics
        if entry.policyName not in NOTES | {NEEDS_THE_OTHERS}
        and not entry.message.startswith(CAN_NOT_RUN)
        and not entry.message.endswith("so this is only advice.")
    ]


def remarked(response: analyzer_pb2.AnalyzeResponse) -> set[str]:
    """The policies that the SDK reports as "can't run policy"."""
    return {entry.policyName for entry in response.diagnostics if entry.message.startswith(CAN_NOT_RUN)}


def noted(response: analyzer_pb2.AnalyzeResponse) -> set[str]:
    """The policies whose rules are named by the policies about the audit, and those that only give advice."""
    text = "\n".join(entry.message for entry in response.diagnostics if entry.policyName in NOTES)
    names = {rule.name for rule in load_rules() if rule.code in text}
    return names | {
        entry.policyName for entry in response.diagnostics if entry.message.endswith("so this is only advice.")
    }


def not_applicable(response: analyzer_pb2.AnalyzeResponse | analyzer_pb2.RemediateResponse) -> set[tuple[str, str]]:
    """The policies that were not applicable, with the reasons."""
    return {(entry.policy_name, entry.reason) for entry in response.not_applicable if entry.policy_name not in NOTES}


def assert_same(ours: analyzer_pb2.AnalyzeResponse, theirs: analyzer_pb2.AnalyzeResponse) -> None:
    """Both analyzers report the same, except where the SDK has no level below a policy's own."""
    assert violations(ours) == violations(theirs)
    assert not_applicable(ours) == not_applicable(theirs)
    assert noted(ours) - {NEEDS_THE_OTHERS} == remarked(theirs) - {NEEDS_THE_OTHERS}
    assert all(
        entry.enforcementLevel == analyzer_pb2.ADVISORY for entry in ours.diagnostics if entry.policyName in NOTES
    )


@st.composite
def configurations(draw: st.DrawFn) -> Mapping[str, Any]:
    """Levels and parameters for some policies, some of them invalid."""
    names = draw(st.lists(st.sampled_from([policy.name for policy in POLICIES]), max_size=6, unique=True))
    sections: Sequence[dict[str, Any]] = ({}, {}, {"exclude": ["we*"]}, {"exclude": 1}, {"nonsense": True})
    return {name: (draw(st.sampled_from(ENFORCEMENT_LEVELS)), draw(st.sampled_from(sections))) for name in names}


NEW_HOSTS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # created for each example


@NEW_HOSTS
@given(config=configurations(), request=resources())
def test_resources(
    config: Mapping[str, Any],
    request: analyzer_pb2.AnalyzeRequest,
    sdk_analyzer: Callable[[Sequence[Policy]], Any],
    configuration: Callable[..., analyzer_pb2.ConfigureAnalyzerRequest],
) -> None:
    """One resource at a time: valid, invalid, unknown or secret, with arbitrary levels and parameters."""
    ours, theirs = make_analyzer("probes", POLICIES), sdk_analyzer(POLICIES)
    for host in (ours, theirs):
        host.Configure(configuration(config), None)
    assert_same(ours.Analyze(request, None), theirs.Analyze(request, None))
    stack_itself = analyze_request({}, resource_type="pulumi:pulumi:Stack")
    assert_same(ours.Analyze(stack_itself, None), theirs.Analyze(stack_itself, None))
    remediated, by_the_sdk = ours.Remediate(request, None), theirs.Remediate(request, None)
    assert list(remediated.remediations) == list(by_the_sdk.remediations)
    assert not_applicable(remediated) == not_applicable(by_the_sdk)


@NEW_HOSTS
@given(config=configurations(), requests=st.lists(resources(), max_size=5, unique_by=lambda one: one.urn))
def test_stacks(
    config: Mapping[str, Any],
    requests: list[analyzer_pb2.AnalyzeRequest],
    sdk_analyzer: Callable[[Sequence[Policy]], Any],
    configuration: Callable[..., analyzer_pb2.ConfigureAnalyzerRequest],
) -> None:
    """Whole stacks, for the rules that evaluate more than one resource."""
    ours, theirs = make_analyzer("probes", POLICIES), sdk_analyzer(POLICIES)
    for host in (ours, theirs):
        host.Configure(configuration(config), None)
    request = stack_request(requests)
    assert_same(ours.AnalyzeStack(request, None), theirs.AnalyzeStack(request, None))


@pytest.mark.parametrize(
    "said",
    [
        "so this is only advice.",
        "is not known before deployment; not evaluated: ",
        "is waived: because",
        "This resource has no pod specification.",
        "[PRB204]",
    ],
)
def test_the_requests_reach_everything(said: str) -> None:
    """The generated requests lead to results of every kind."""
    analyzer = make_analyzer("probes", POLICIES)
    found = find(resources(), lambda request: said in str(analyzer.Analyze(request, None)))
    assert said in str(analyzer.Analyze(found, None))


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.code)
def test_every_example_of_every_rule(rule: Rule, sdk_analyzer: Callable[[Sequence[Policy]], Any]) -> None:
    """The manifests in the documentation, as single resources and as stacks."""
    ours, theirs = make_analyzer("probes", POLICIES), sdk_analyzer(POLICIES)
    for text in (*rule.documentation.bad, *rule.documentation.good):
        requests = [
            analyze_request(document, name=f"example-{index}")
            for index, document in enumerate(yaml.safe_load_all(text))
        ]
        for request in requests:
            assert_same(ours.Analyze(request, None), theirs.Analyze(request, None))
        stack = stack_request(requests)
        assert_same(ours.AnalyzeStack(stack, None), theirs.AnalyzeStack(stack, None))
