"""The HTML report: one file, with everything in it and nothing from a manifest as markup."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pulumi_probes.codec.documents import read_text
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
from pulumi_probes.report import InputError, Policy, Report, audit, html, render

FINDING = Finding(
    code="PRB204",
    rule="liveness-outruns-readiness",
    severity=Severity.WARNING,
    resource=ResourceReference(kind="Deployment", api_version="apps/v1", namespace="shop", name="cart"),
    path=FieldPath(("spec", "template", "spec", "containers", 0, "livenessProbe")),
    what="Too `fast`.",
    consequence="Killed 5 s early.",
    fix="Slow down.",
    container="web",
    source=SourceLocation(file="cart.yaml", line=31),
)
Many = Callable[[int], Report]


class Document(HTMLParser):
    """Reads a page: its elements with their attributes, and the text of each article."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.articles: list[str] = []
        self.text = ""
        self._hidden = False
        self._is_inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        self._hidden = tag in ("style", "script")
        if tag == "article":
            self._is_inside = True
            self.articles.append("")

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        self._hidden = False
        self._is_inside = self._is_inside and tag != "article"
        if tag in ("li", "p", "h3"):
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if self._hidden:
            return
        self.text += data
        if self._is_inside:
            self.articles[-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each such element."""
        return [attributes for name, attributes in self.elements if name == tag]


def page(report: Report) -> Document:
    """The page of a report."""
    return Document(render(report, "html"))


def test_it_loads_nothing(many: Many) -> None:
    """No element asks for anything, and the policy allows the style and the script of the page alone."""
    text = render(many(3), "html")
    document = Document(text)
    assert {"data:,"} == {attributes["href"] for attributes in document.all("link")}
    assert [] == [
        tag
        for tag, attributes in document.elements
        if attributes.keys() & {"src", "srcset", "action", "style", "poster", "data", "background"}
        or any(name.startswith("on") for name in attributes)
    ]
    assert [] == re.findall(r"@import|url\(", text)
    (policy,) = [meta["content"] for meta in document.all("meta") if "http-equiv" in meta]
    for element, directive in (("style", "style-src"), ("script", "script-src")):
        (content,) = re.findall(rf"<{element}>(.*?)</{element}>", text, flags=re.DOTALL)
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}';" in str(policy)
    assert str(policy).startswith("default-src 'none'; ")


def test_the_same_report_gives_the_same_page(many: Many) -> None:
    """Byte for byte, although it was audited again."""
    assert render(many(20), "html") == render(many(20), "html")


def test_findings_are_grouped_by_workload() -> None:
    """The gravest workload first, and within it the gravest finding; waived ones last."""
    error = replace(FINDING, severity=Severity.ERROR, code="PRB301", rule="malformed-field")
    advice = replace(FINDING, severity=Severity.ADVICE, code="PRB103", rule="liveness-missing")
    waived = replace(error, waiver=Waiver(code="PRB301", reason="known to ops"))
    other = replace(FINDING.resource, name="web")
    findings = (replace(advice, resource=other), waived, advice, FINDING, error)
    articles = page(Report(findings=findings)).articles
    assert ["Deployment shop/cart", "Deployment shop/web"] == [
        re.split(r"\s{2,}", text.strip())[0] for text in articles
    ]
    assert ["error PRB301", "warning PRB204", "advice PRB103", "waived PRB301"] == re.findall(
        r"(?:error|warning|advice|waived) PRB\d+", articles[0]
    )
    assert "Waived: known to ops." in articles[0]
    for part in ("cart.yaml", "line 31", "containers[web].livenessProbe", "Killed 5 s early.", "Fix: Slow down."):
        assert part in articles[0]


def test_a_text_that_many_share_is_there_once() -> None:
    """The findings lead to it; the problem itself is with each of them."""
    document = page(
        Report(
            findings=tuple(
                replace(FINDING, resource=replace(FINDING.resource, name=f"cart-{number}")) for number in range(20)
            )
        )
    )
    assert (1, 20) == (document.text.count("Killed 5 s early."), document.text.count("Too fast."))
    targets = {attributes.get("id") for _, attributes in document.elements}
    links = {str(attributes.get("href")) for attributes in document.all("a")}
    assert [] == [link for link in links if link.startswith("#") and link[1:] not in targets]
    assert "#t-1" in links


def test_timelines_and_costs(many: Many) -> None:
    """A workload has its summary in words, three drawings, and what its probes cost."""
    document = page(many(1))
    labels = [str(attributes["aria-label"]) for attributes in document.all("svg")]
    assert ["starts-in 40s", "hangs-at 100s", "rollout of a Deployment"] == [
        re.split(r": |, |\. ", label)[1] for label in labels
    ]
    assert "Stops within 30 s." in document.articles[0]
    assert re.search(r"Its probes use [\d.]+m of CPU in 3 pods", document.articles[0])
    assert ["handler", "probes", "attempts/s", "CPU"] == re.findall(
        r'<th scope="col">(.*?)</th>', render(many(1), "html")
    )


def test_a_value_that_is_not_known() -> None:
    """The page says why there is no timeline."""
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"
        "spec: {containers: [{name: web, image: w, livenessProbe: {httpGet: {port: 1}, periodSeconds: soon}}]}\n"
    )
    (article,) = page(audit(read_text(text, "x.yaml").manifests, Policy(), keep_stack=True)).articles
    assert "No timeline: " in article
    assert "Not drawn: " in article


def test_what_else_is_in_a_report() -> None:
    """Errors, what was not evaluated, what a preview did not see; the baseline is folded."""
    known = replace(FINDING, waiver=Waiver(code="PRB204", reason=BASELINE_REASON, origin=BASELINE))
    report = Report(
        findings=(known, known),
        not_evaluated=(
            NotEvaluated(code="PRB207", rule="r", resource=FINDING.resource, path=FINDING.path, reason="not known"),
        ),
        errors=(InputError(file="x.yaml", line=3, message="not YAML"),),
        audited=(FINDING.resource,),
        preview={"project": "shop", "stack": "dev", "not_seen": [{"subject": "chart x", "message": "a Helm Release"}]},
    )
    document = page(report)
    for part in (
        "Probes of shop, stack dev",
        "x.yaml:3: not YAML",
        "PRB207 Deployment shop/cart",
        "chart x: a Helm Release",
        "2 findings are in the baseline",
        "No findings.",
    ):
        assert part in document.text
    assert 1 == len(document.articles)
    assert "PRB204" not in document.articles[0]


def test_the_size_is_bounded(many: Many, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawings stop where the page would become large; so do workloads, and the page says both."""
    report = many(60)
    whole = page(report)
    assert 60 == len(whole.articles)
    assert "Only the first" not in whole.text
    monkeypatch.setattr(html, "USUAL_SIZE", 0)
    monkeypatch.setattr(html, "LEAST_OF_DRAWINGS", 60_000)
    small = page(report)
    drawn = sum("starts-in 40s" in article for article in small.articles)
    assert 0 < drawn < 10
    assert f"Only the first {drawn} workloads are drawn" in small.text
    monkeypatch.setattr(html, "MOST_OF_WORKLOADS", 50_000)
    smallest = page(report)
    findings = re.search(r"(\d+) workloads with (\d+) findings left out to keep the page small", smallest.text)
    assert findings is not None
    assert 60 - len(smallest.articles) == int(findings[1])


def test_a_thousand_workloads_are_less_than_2_mb(many: Many) -> None:
    """Findings, summaries and drawings together."""
    assert 2_000_000 > len(render(many(1_000), "html").encode())


HOSTILE = [
    "</p></article><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style></title><svg onload=alert(1)>",
    "javascript:alert(1)",
    "`<b>` &lt;b&gt; <!-- ]]>",
    "\u202e\x1b[31m\x00\ud800",
]


def shape(document: Document) -> list[tuple[str, list[str]]]:
    """The elements of a page, with the names of their attributes."""
    return [(tag, sorted(attributes)) for tag, attributes in document.elements]


def about(text: str) -> Report:
    """A report in which every text that can come from a manifest or a program is this one."""
    resource = replace(FINDING.resource, name=text, namespace=text)
    changes: dict[str, Any] = {"resource": resource, "what": text, "container": text, "consequence": text, "fix": text}
    finding = replace(FINDING, source=SourceLocation(file=text, line=1), **changes)
    waiver = Waiver(code="PRB204", reason=text)
    known = Waiver(code="PRB204", reason=BASELINE_REASON, origin=BASELINE)
    return Report(
        findings=(
            *(finding,) * 5,
            replace(finding, waiver=waiver),
            replace(finding, waiver=known),
        ),
        not_evaluated=(NotEvaluated(code="PRB207", rule="r", resource=resource, path=FieldPath((text,)), reason=text),),
        errors=(InputError(file=text, message=text),),
        audited=(resource,),
        preview={"project": text, "stack": text, "not_seen": [{"subject": text, "message": text}]},
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup(text: str) -> None:
    """Whatever a name, a file or a message holds, the page has the elements of any other page."""
    hostile = [item for item in shape(page(about(text))) if item != ("code", [])]
    assert [item for item in shape(page(about("cart"))) if item != ("code", [])] == hostile
    assert "\x1b" not in render(about(text), "html")


@given(st.text(st.characters(categories=["L", "N", "P", "C", "Z", "S"]), min_size=1, max_size=60))
def test_any_text_becomes_no_markup(text: str) -> None:
    """The same for any text."""
    test_no_text_becomes_markup(text)


def test_hostile_names_in_drawings() -> None:
    """Names of containers and of the object are texts in the drawings, too."""
    name = "</svg><script>alert(1)</script>"
    text = (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: '{name}'}}\n"
        f"spec: {{containers: [{{name: '{name}', image: w, livenessProbe: {{httpGet: {{port: 1}}}}}}]}}\n"
    )
    document = page(audit(read_text(text, "x.yaml").manifests, Policy(), keep_stack=True))
    assert 2 <= len(document.all("svg"))
    assert 1 == len(document.all("script"))
