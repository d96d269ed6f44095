"""SARIF, JUnit and GitHub's commands say what the JSON report says, in their own terms."""

from __future__ import annotations

import dataclasses
import json
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import (
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
REPORT = Report(
    findings=(
        FINDING,
        dataclasses.replace(FINDING, severity=Severity.ERROR, source=SourceLocation(file="<stdin>", line=1)),
        dataclasses.replace(FINDING, waiver=Waiver(code="PRB204", reason="known")),
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
    """Results have level, place and a fingerprint; waivers are suppressions, what is open is open."""
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
    """Every result finds its rule by its index, and what could not be read is a notification."""
    run = sarif()
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert {"id", "name", "shortDescription", "fullDescription", "help", "defaultConfiguration"} == set(rules[0])
    (invocation,) = run["invocations"]
    assert not invocation["executionSuccessful"]
    assert ["not YAML"] == [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]


def junit(report: Report = REPORT, style: Style | None = None) -> ET.Element:
    """A JUnit report, parsed."""
    return ET.fromstring(render(report, "junit", style))  # noqa: S314 - our own


def test_junit() -> None:
    """Suites are workloads, cases findings; what does not count passes, and numbers add up."""
    root = junit()
    assert {"tests": "6", "failures": "1", "errors": "1", "skipped": "2", "name": "pulumi-probes"} == root.attrib
    assert ["Deployment shop/cart", "Pod quiet", "input"] == [suite.get("name") for suite in root]
    tags = [[child.tag for child in case] for case in root.iter("testcase")]
    assert [["system-out"], ["failure"], ["skipped"], ["skipped"], [], ["error"]] == tags
    assert "2" == junit(style=Style(fail_on=Severity.WARNING)).get("failures")
    assert "0" == junit(style=Style(fail_on=None)).get("failures")


def test_github() -> None:
    """Commands have file, line and title; waived findings are counted only."""
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
    """No name or message breaks out of its format."""
    resource = dataclasses.replace(CART, name=text)
    source = SourceLocation(file=text, line=1)
    finding = dataclasses.replace(FINDING, resource=resource, what=text, container=text, source=source)
    report = Report(findings=(finding,), audited=(resource,), errors=(InputError(file=text, message=text),))
    assert 1 == len(sarif(report)["results"])
    assert 2 == len(list(junit(report).iter("testcase")))
    lines = render(report, "github").splitlines()
    assert 3 == len(lines)
    assert [True, True, False] == [line.startswith("::") for line in lines]
