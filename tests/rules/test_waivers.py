"""A waiver needs a rule and a reason, may expire, and never removes a finding."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.codec.waivers import parse_waivers, read_waivers
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import SourceLocation, Waiver
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.stack import Stack
from pulumi_probes.rules import Evaluation, apply_waivers, evaluate, load_rules

Read = Callable[[str], Stack]

TODAY = date(2026, 7, 1)
PLACE = FieldPath(("metadata", "annotations", "pulumi-probes/ignore"))


def parsed(text: str) -> list[tuple[Waiver, str | None]]:
    """The waivers in an annotation."""
    return [(written.waiver, written.mistake) for written in parse_waivers(text, PLACE)]


@pytest.mark.parametrize(
    ("text", "waivers"),
    [
        ("", []),
        ("  ;  \n ", []),
        ("PRB204=it drains by itself", [Waiver(code="PRB204", reason="it drains by itself")]),
        (
            "PRB204=it drains; until 2027-01-31",
            [Waiver(code="PRB204", reason="it drains", until=date(2027, 1, 31))],
        ),
        (
            "PRB204=it drains; UNTIL 2027-01-31; liveness-missing[web-*] = none needed\nPRB101=a=b",
            [
                Waiver(code="PRB204", reason="it drains", until=date(2027, 1, 31)),
                Waiver(code="liveness-missing", reason="none needed", container="web-*"),
                Waiver(code="PRB101", reason="a=b"),
            ],
        ),
        ("PRB204=slow; and old", [Waiver(code="PRB204", reason="slow; and old")]),
        ("PRB204", [Waiver(code="PRB204", reason="")]),
        ("PRB204[web]; PRB101", [Waiver(code="PRB204", reason="", container="web"), Waiver(code="PRB101", reason="")]),
    ],
)
def test_an_annotation_is_read(text: str, waivers: list[Waiver]) -> None:
    """Entries end at a semicolon or a line break; a date belongs to the entry before it."""
    assert [(waiver, None) for waiver in waivers] == parsed(text)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("until 2027-01-31", "The annotation has a date before its first waiver."),
        ("because", "The annotation does not begin with a waiver."),
        ("PRB204=a; until 2027-02-30", "The waiver of PRB204 has an invalid date."),
        ("PRB204=a; until", "The waiver of PRB204 has an invalid date."),
    ],
)
def test_a_malformed_entry_is_a_mistake(text: str, mistake: str) -> None:
    """It is kept, so that it can be reported."""
    assert [mistake] == [found for _, found in parsed(text)]


POD = """
apiVersion: v1
kind: Pod
metadata: {{name: cart, namespace: shop, annotations: {{pulumi-probes/ignore: "{annotation}"}}}}
spec: {{containers: [{{name: web, image: web:1}}, {{name: log, image: log:1}}]}}
"""


def evaluated(read: Read, annotation: str = "", file: Any = (), today: date = TODAY) -> Evaluation:
    """A pod with two containers without liveness probes (PRB103), with waivers."""
    stack = read(POD.format(annotation=annotation))
    return apply_waivers(evaluate(stack, load_rules()), stack, read_waivers(file, "w.yaml"), today=today)


def waived(result: Evaluation) -> list[tuple[str | None, str]]:
    """The containers whose findings are waived, with the reasons."""
    return [
        (finding.container, finding.waiver.reason)
        for finding in result.findings
        if finding.code == "PRB103" and finding.waiver is not None
    ]


def about_waivers(result: Evaluation) -> list[str]:
    """The codes of the findings about waivers."""
    return [finding.code for finding in result.findings if finding.code.startswith("PRB59")]


def test_a_waived_finding_stays(read: Read) -> None:
    """The finding is kept, with the waiver."""
    plain, result = evaluated(read), evaluated(read, "PRB103=fine; until 2026-07-01")
    assert [str(finding) for finding in plain.findings] == [str(finding) for finding in result.findings]
    assert [("web", "fine"), ("log", "fine")] == waived(result)
    assert [] == about_waivers(result)


@pytest.mark.parametrize(
    ("annotation", "code"),
    [
        ("PRB103", "PRB592"),
        ("PRB103= ", "PRB592"),
        ("PRB1O3=fine", "PRB593"),
        ("PRB103=fine; until 2026-06-30", "PRB594"),
        ("PRB103=fine; until soon", "PRB591"),
        ("PRB202=fine", "PRB595"),
        ("PRB103[proxy]=fine", "PRB595"),
    ],
)
def test_an_invalid_waiver_is_a_finding(annotation: str, code: str, read: Read) -> None:
    """It waives nothing, and the finding gives the reason."""
    result = evaluated(read, annotation)
    assert [] == waived(result)
    assert [code] == about_waivers(result)


def test_a_letter_that_looks_like_a_digit_is_recognised(read: Read) -> None:
    """This is the most likely typo."""
    (finding,) = [finding for finding in evaluated(read, "PRB1O3=fine").findings if finding.code == "PRB593"]
    assert "Did you mean 'PRB103'?" == finding.fix


def test_a_waiver_may_be_limited_to_a_container(read: Read) -> None:
    """The finding about the other container is not waived."""
    result = evaluated(read, "liveness-missing[l*]=fine")
    assert [("log", "fine")] == waived(result)
    assert [] == about_waivers(result)


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ({}, True),
        ({"kind": "Pod", "namespace": "shop", "name": "ca*"}, True),
        ({"kind": "Deployment"}, False),
        ({"namespace": "sho"}, False),
        ({"name": "cart-2"}, False),
    ],
    ids=str,
)
def test_a_file_defines_the_objects_of_a_waiver(match: dict[str, str], fits: bool, read: Read) -> None:
    """Kind, namespace and name are patterns."""
    result = evaluated(read, file=[{"code": "PRB103", "reason": "fine", "match": match}])
    assert fits == bool(waived(result))
    assert ([] if fits else ["PRB595"]) == about_waivers(result)


def test_a_finding_about_a_file_names_the_file_and_the_entry() -> None:
    """There is no object to name."""

    class Lines:
        unit = "w.yaml"

        def locate(self, path: FieldPath) -> SourceLocation:
            return SourceLocation(file="w.yaml", line=len(path.segments))

    waivers = read_waivers({"waivers": [{"code": "PRB000", "reason": "fine"}]}, "w.yaml", Lines())
    (finding,) = apply_waivers(Evaluation(), Stack(()), waivers, today=TODAY).findings
    assert ("PRB593", "waivers[0]", "w.yaml", "w.yaml:2") == (
        finding.code,
        str(finding.path),
        finding.resource.name,
        str(finding.source),
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("text", "waivers must be a list, not a string"),
        ({"waiver": []}, "the file: unknown key 'waiver'. Did you mean 'waivers'?"),
        ({"waivers": [7]}, "waivers[0]: must be an object with code and reason, not a number"),
        ([{"reason": "fine"}], "[0]: code is required"),
        ([{"code": "PRB103", "reasons": "fine"}], "[0]: unknown key 'reasons'. Did you mean 'reason'?"),
        ([{"code": "PRB103", "match": {"names": "a"}}], "[0].match: unknown key 'names'. Did you mean 'name'?"),
        ([{"code": "PRB103", "match": "cart"}], "[0].match: must be an object, not a string"),
        ([{"Code": "PRB103"}], "[0]: unknown key 'Code'. Did you mean 'code'?"),
        ([{"code": 103}], "[0]: code must be a string, not a number"),
    ],
    ids=str,
)
def test_a_malformed_file_is_rejected(content: Any, reason: str) -> None:
    """The error has the path and, for a typo, a suggestion."""
    with pytest.raises(UnreadableInput) as refused:
        read_waivers(content, "w.yaml")
    assert reason == refused.value.reason


def test_a_date_of_yaml_is_a_date(read: Read) -> None:
    """YAML reads 2026-07-01 as a date, JSON as a string; both are accepted."""
    for until in (TODAY, "2026-07-01"):
        result = evaluated(read, file=[{"code": "PRB103", "reason": "fine", "until": until}])
        assert [("web", "fine"), ("log", "fine")] == waived(result)


def test_annotations_can_be_disabled(read: Read) -> None:
    """If only the platform may waive findings, annotations have no effect."""
    stack = read(POD.format(annotation="PRB103=fine; PRB1=x"))
    result = apply_waivers(evaluate(stack, load_rules()), stack, today=TODAY, annotations=False)
    assert [] == waived(result)
    assert [] == about_waivers(result)


def test_a_waiver_of_a_rule_that_was_not_evaluated_is_not_called_unused(read: Read) -> None:
    """It is not known whether it is."""
    rules = [rule for rule in load_rules() if rule.code in ("PRB101", "PRB595")]
    stack = read(POD.format(annotation="PRB103=fine; PRB101=fine"))
    result = apply_waivers(evaluate(stack, rules), stack, today=TODAY, rules=rules)
    assert ["The waiver of PRB101 matches no finding."] == [finding.what for finding in result.findings]


def test_objects_without_a_name_are_distinguished(read: Read) -> None:
    """The waiver of one does not apply to the other."""
    text = (
        "{{apiVersion: v1, kind: Pod, metadata: {{generateName: a-{}}}, spec: {{containers: [{{name: c, image: c}}]}}}}"
    )
    annotated = ', annotations: {pulumi-probes/ignore: "PRB103=fine"}'
    result_stack = read(text.format(annotated) + "\n---\n" + text.format(""))
    result = apply_waivers(evaluate(result_stack, load_rules()), result_stack, today=TODAY)
    assert [True, False] == [finding.waiver is not None for finding in result.findings if finding.code == "PRB103"]


def test_a_waiver_in_a_template_only_applies_to_it() -> None:
    """In an object with several templates, the waiver of one does not apply to the others."""
    container = {"name": "c", "image": "c"}
    template = {"spec": {"containers": [container]}}
    annotated = {"metadata": {"annotations": {"pulumi-probes/ignore": "PRB103=fine"}}, **template}
    stack = read_stack(
        [
            Manifest(
                content={
                    "apiVersion": "leaderworkerset.x-k8s.io/v1",
                    "kind": "LeaderWorkerSet",
                    "metadata": {"name": "llm"},
                    "spec": {"leaderWorkerTemplate": {"leaderTemplate": annotated, "workerTemplate": template}},
                }
            )
        ]
    )
    result = apply_waivers(evaluate(stack, load_rules()), stack, today=TODAY)
    assert [True, False] == [finding.waiver is not None for finding in result.findings if finding.code == "PRB103"]


DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, annotations: {%s}}
spec:
  progressDeadlineSeconds: 10
  minReadySeconds: 20
  template:
    metadata: {annotations: {%s}}
    spec: {containers: [{name: web, image: web:1}]}
"""


@pytest.mark.parametrize("code", ["PRB103", "PRB406"])
@pytest.mark.parametrize("place", ["object", "template"])
def test_a_waiver_of_an_object_or_of_its_only_template_applies_to_the_whole_object(
    code: str, place: str, read: Read
) -> None:
    """PRB103 reports a container of the template, PRB406 the progress deadline outside of it."""
    waiver = f'pulumi-probes/ignore: "{code}=fine"'
    stack = read(DEPLOYMENT % ((waiver, "") if place == "object" else ("", waiver)))
    result = apply_waivers(evaluate(stack, load_rules()), stack, today=TODAY)
    assert [code] == [finding.code for finding in result.findings if finding.waiver is not None]
    assert [] == about_waivers(result)


def test_a_waiver_of_a_template_applies_to_a_finding_about_the_template_itself(read: Read) -> None:
    """PRB322 reports the labels of the pods, which are part of the template."""
    stack = read(
        DEPLOYMENT.replace("web:1}", "web:1, readinessProbe: {tcpSocket: {port: 80}}}").replace(
            "metadata: {annotations: {%s}}\n    spec",
            'metadata: {labels: {app: cart}, annotations: {pulumi-probes/ignore: "PRB322=fine"}}\n    spec',
        )
        % ""
        + "---\n{apiVersion: v1, kind: Service, metadata: {name: cart}, "
        "spec: {publishNotReadyAddresses: true, selector: {app: cart}, ports: [{port: 80}]}}"
    )
    result = apply_waivers(evaluate(stack, load_rules()), stack, today=TODAY)
    assert ["PRB322"] == [finding.code for finding in result.findings if finding.waiver is not None]


@pytest.mark.parametrize("names", [("ca*", "cart"), ("cart", "ca*")])
def test_of_two_waivers_in_a_file_the_first_counts(names: tuple[str, str], read: Read) -> None:
    """The order of the file decides, not whether a name is a pattern."""
    entries = [{"code": "PRB103", "reason": f"because of {name}", "match": {"name": name}} for name in names]
    result = evaluated(read, file=entries)
    assert {f"because of {names[0]}"} == {reason for _, reason in waived(result)}
    assert [] == about_waivers(result)


@pytest.mark.parametrize(("code", "unused"), [("PRB211", []), ("PRB311", ["PRB595"])])
def test_a_waiver_in_a_file_is_not_unused_if_its_rule_was_not_evaluated(
    code: str, unused: list[str], read: Read
) -> None:
    """The finding may appear as soon as the value is known; an exec probe is not there whatever the value is."""
    stack = read(
        "{apiVersion: v1, kind: Pod, metadata: {name: cart}, spec: {containers: "
        "[{name: web, image: web:1, livenessProbe: {tcpSocket: {port: 80}, periodSeconds: !unknown }}]}}"
    )
    waivers = read_waivers([{"code": code, "reason": "fine"}], "w.yaml")
    result = apply_waivers(evaluate(stack, load_rules()), stack, waivers, today=TODAY)
    assert unused == about_waivers(result)


@pytest.mark.parametrize("annotations", ["{pulumi-probes/ignore: [PRB103=fine]}", "[PRB103=fine]"])
def test_annotations_of_another_type_waive_nothing(annotations: str, read: Read) -> None:
    """`malformed-field` (PRB301) reports them."""
    stack = read(POD.format(annotation="X").replace('{pulumi-probes/ignore: "X"}', annotations))
    result = apply_waivers(evaluate(stack, load_rules()), stack, today=TODAY)
    assert [] == waived(result)
    assert "PRB301" in {finding.code for finding in result.findings}


def test_metadata_of_another_type_is_reported_once() -> None:
    """As a malformed field; no waiver can be read from it, and the other rules are evaluated."""
    template = {"metadata": ["cart"], "spec": {"containers": [{"name": "cart", "image": "cart:1"}]}}
    content = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "cart"},
        "spec": {"template": template},
    }
    stack = read_stack([Manifest(content=content)])
    result = apply_waivers(evaluate(stack, load_rules()), stack, today=TODAY)
    paths = [str(finding.path) for finding in result.findings if finding.code == "PRB301"]
    assert ["spec.template.metadata"] == paths
