"""The formats for other programs have the same content as the JSON report."""

from __future__ import annotations

import json
from email.message import Message
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import (
    BASELINE,
    BASELINE_REASON,
    Finding,
    NotEvaluated,
    ResourceReference,
    Severity,
    SourceLocation,
    Waiver,
)
from pulumi_probes.report import InputError, Report, Style, render

CART = ResourceReference(kind="Deployment", api_version="apps/v1", namespace="shop", name="cart")
QUIET = ResourceReference(kind="Pod", api_version="v1", name="quiet")
FINDING = Finding(
    code="PRB204",
    rule="liveness-outruns-readiness",
    severity=Severity.WARNING,
    resource=CART,
    path=FieldPath(("spec", "containers", 0, "livenessProbe")),
    what="Too fast.",
    consequence="Killed 5 s early.",
    fix="Slow down.",
    container="cart",
    source=SourceLocation(file="my charts/cart.yaml", line=31),
)
KNOWN = Waiver(code="PRB204", reason=BASELINE_REASON, origin=BASELINE)
GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]+$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./)."},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
"""The schema of GitLab's Code Quality report, according to its documentation."""

REPORT = Report(
    findings=(
        FINDING,
        replace(FINDING, severity=Severity.ERROR, source=SourceLocation(file="<stdin>", line=1)),
        replace(FINDING, waiver=Waiver(code="PRB204", reason="known")),
    ),
    not_evaluated=(
        NotEvaluated(
            code="PRB207", rule="r", resource=CART, path=FieldPath(("spec",)), reason="not known before deployment"
        ),
    ),
    errors=(InputError(file="x.yaml", line=3, message="not YAML"),),
    resources=3,
    audited=(CART, QUIET),
)


def sarif(report: Report = REPORT) -> Any:
    """The only run of a SARIF report."""
    (run,) = json.loads(render(report, "sarif"))["runs"]
    return run


def test_sarif_results() -> None:
    """Results have level, location and fingerprint; waivers are suppressions, unevaluated rules are open results."""
    results = sarif()["results"]
    assert ["warning", "error", "warning", "none"] == [result["level"] for result in results]
    assert "Too fast. Killed 5 s early. Slow down." == results[0]["message"]["text"]
    assert {"artifactLocation": {"uri": "my%20charts/cart.yaml"}, "region": {"startLine": 31}} == results[0][
        "locations"
    ][0]["physicalLocation"]
    assert "physicalLocation" not in results[1]["locations"][0]
    assert [[], [], [{"kind": "inSource", "justification": "known"}]] == [item["suppressions"] for item in results[:3]]
    assert ("open", "spec is not known before deployment.") == (results[3]["kind"], results[3]["message"]["text"])
    assert 1 == len({result["partialFingerprints"]["pulumiProbes/v1"] for result in results[:3]})


def test_sarif_rules_and_errors() -> None:
    """Every result refers to its rule by index, and unreadable inputs are notifications."""
    run = sarif()
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    documentation = {"shortDescription", "fullDescription", "help", "helpUri"}
    assert {"id", "name", "defaultConfiguration", "properties", *documentation} == set(rules[0])
    assert rules[0]["helpUri"].startswith("https://")
    assert f"- <{rules[0]['helpUri']}>" in rules[0]["help"]["markdown"]
    assert "Fix: " in rules[0]["help"]["text"]
    (invocation,) = run["invocations"]
    assert not invocation["executionSuccessful"]
    assert ["not YAML"] == [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]


def test_sarif_baseline() -> None:
    """With a baseline, every finding is new or unchanged, and the unchanged ones are suppressed."""
    known = replace(FINDING, waiver=KNOWN)
    results = sarif(Report(findings=(FINDING, known)))["results"]
    assert ["new", "unchanged"] == [result["baselineState"] for result in results]
    assert [[], ["external"]] == [[entry["kind"] for entry in result["suppressions"]] for result in results]
    assert not any("baselineState" in result for result in sarif()["results"])


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        ([], None),
        (["Source, https://example.com/git"], None),
        (["Source, https://example.com/git", "Documentation, https://example.com/docs"], "https://example.com/docs"),
    ],
)
def test_sarif_names_the_page_of_the_project(
    monkeypatch: pytest.MonkeyPatch, urls: list[str], expected: str | None
) -> None:
    """It is the documentation URL of the installed package."""
    package = Message()
    for url in urls:
        package["Project-URL"] = url
    monkeypatch.setattr("pulumi_probes.report.sarif.metadata", lambda _: package)
    assert expected == sarif()["tool"]["driver"].get("informationUri")


def test_gitlab() -> None:
    """Issues conform to the schema; waived findings are left out, and input errors are included."""
    issues = json.loads(render(REPORT, "gitlab"))
    assert [] == [error.message for error in jsonschema.Draft202012Validator(GITLAB).iter_errors(issues)]
    assert [("PRB204", "major"), ("PRB204", "critical"), ("input-error", "blocker")] == [
        (issue["check_name"], issue["severity"]) for issue in issues
    ]
    assert {"path": "my charts/cart.yaml", "lines": {"begin": 31}} == issues[0]["location"]
    assert "not YAML" == issues[2]["description"]


def test_gitlab_fingerprints() -> None:
    """They are unique within a report, and independent of lines and numbers."""

    def fingerprints(*findings: Finding) -> list[str]:
        return [issue["fingerprint"] for issue in json.loads(render(Report(findings=findings), "gitlab"))]

    other = replace(FINDING, source=SourceLocation(file="other.yaml", line=31))
    before = fingerprints(FINDING, FINDING, other)
    moved = replace(FINDING, source=SourceLocation(file="my charts/cart.yaml", line=99), what="More.")
    assert 3 == len(set(before))
    assert before == fingerprints(moved, FINDING, other)


def test_gitlab_without_a_file() -> None:
    """A finding without a file is reported at its object, since an issue needs a location; paths have no `./`."""
    nowhere = replace(FINDING, source=None)
    here = replace(FINDING, source=SourceLocation(file="./cart.yaml", line=None))
    issues = json.loads(render(Report(findings=(nowhere, here)), "gitlab"))
    assert ["Deployment shop/cart", "cart.yaml"] == [issue["location"]["path"] for issue in issues]
    assert [1, 1] == [issue["location"]["lines"]["begin"] for issue in issues]


def test_concise() -> None:
    """One line for each finding and each error, with the object in place of a file that does not exist."""
    nowhere = replace(FINDING, source=None)
    report = replace(REPORT, findings=(FINDING, nowhere, REPORT.findings[2]))
    place, text = "spec.containers[cart].livenessProbe", "Too fast. Killed 5 s early. Slow down."
    assert [
        f"my charts/cart.yaml:31:1: PRB204 warning Deployment shop/cart, {place}: {text}",
        f"Deployment shop/cart: PRB204 warning {place}: {text}",
        "x.yaml:3:1: error not YAML",
        "Audited 2 workloads in 3 objects: 2 warnings, 1 waived.",
    ] == render(report, "concise").splitlines()
    assert 3 == len(render(report, "concise", Style(quiet=True)).splitlines())
    assert "" == render(Report(audited=(CART,)), "concise", Style(quiet=True))


def junit(report: Report = REPORT, style: Style | None = None) -> ET.Element:
    """A parsed JUnit report."""
    return ET.fromstring(render(report, "junit", style))  # noqa: S314 - our own


def test_junit() -> None:
    """Suites are workloads, cases are findings; findings that do not count pass, and the numbers add up."""
    root = junit()
    assert {"tests": "6", "failures": "1", "errors": "1", "skipped": "2", "name": "pulumi-probes"} == root.attrib
    assert ["Deployment shop/cart", "Pod quiet", "input"] == [suite.get("name") for suite in root]
    tags = [[child.tag for child in case] for case in root.iter("testcase")]
    assert [["system-out"], ["failure"], ["skipped"], ["skipped"], [], ["error"]] == tags
    assert "2" == junit(style=Style(fail_on=Severity.WARNING)).get("failures")
    assert "0" == junit(style=Style(fail_on=None)).get("failures")


def test_github() -> None:
    """Commands have file, line and title; waived findings are only counted."""
    text = "Deployment shop/cart, spec.containers[cart].livenessProbe: Too fast. Killed 5 s early.%0AFix: Slow down."
    assert [
        f"::warning file=my charts/cart.yaml,line=31,title=PRB204 liveness-outruns-readiness::{text}",
        f"::error line=1,title=PRB204 liveness-outruns-readiness::{text}",
        "::error file=x.yaml,line=3,title=Input error::not YAML",
        "Audited 2 workloads in 3 objects: 1 error, 1 warning, 1 waived.",
    ] == render(REPORT, "github").splitlines()


@given(st.text(st.characters(categories=["L", "N", "P", "C", "Z", "S"]), max_size=60))
@example("\ud800")
@example("\udcff")
def test_any_text(text: str) -> None:
    """No name or message breaks the syntax of a format."""
    resource = replace(CART, name=text)
    source = SourceLocation(file=text, line=1)
    finding = replace(FINDING, resource=resource, what=text, container=text, source=source)
    report = Report(findings=(finding,), audited=(resource,), errors=(InputError(file=text, message=text),))
    assert 1 == len(sarif(report)["results"])
    assert 2 == len(list(junit(report).iter("testcase")))
    assert 2 == len(json.loads(render(report, "gitlab")))
    assert 3 == len(render(report, "concise").splitlines())
    lines = render(report, "github").splitlines()
    assert 3 == len(lines)
    assert [True, True, False] == [line.startswith("::") for line in lines]
