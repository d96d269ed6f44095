"""Markdown for a pull request: it fits into a comment, and nothing from a manifest becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Finding, ResourceReference, Severity, SourceLocation, Waiver
from pulumi_probes.report import InputError, Report, render
from pulumi_probes.report.markdown import MARKER, MAXIMUM

FINDING = Finding(
    code="PRB204",
    rule="liveness-outruns-readiness",
    severity=Severity.ERROR,
    resource=ResourceReference(kind="Deployment", api_version="apps/v1", namespace="shop", name="cart"),
    path=FieldPath(("spec", "containers", 0, "livenessProbe")),
    what="Too `fast`.",
    consequence="Killed 5 s early.",
    fix="Slow down.",
    container="cart",
    source=SourceLocation(file="cart.yaml", line=31),
)
WARNING = replace(FINDING, severity=Severity.WARNING, what="Late.")
REPORT = Report(
    findings=(WARNING, FINDING, replace(FINDING, waiver=Waiver(code="PRB204", reason="known"))),
    errors=(InputError(file="x.yaml", line=3, message="not YAML"),),
    resources=1,
    audited=(FINDING.resource,),
)


def test_the_whole_page() -> None:
    """A marker, the verdict, errors of the input, findings with the gravest first, and what is waived."""
    expected = """\
<!-- pulumi-probes -->

### Probes: 1 input error

Audited 1 workload in 1 object: 1 error, 1 warning, 1 waived.

**Error:** `x.yaml:3`: not YAML

<details open>
<summary><b>error</b> PRB204 liveness-outruns-readiness: <code>Deployment shop/cart</code></summary>

Too `fast`. Killed 5 s early.

**Fix:** Slow down.

- `Deployment shop/cart`, `spec.containers[cart].livenessProbe`, `cart.yaml:31`

</details>

<details>
<summary><b>warning</b> PRB204 liveness-outruns-readiness: <code>Deployment shop/cart</code></summary>

Late. Killed 5 s early.

**Fix:** Slow down.

- `Deployment shop/cart`, `spec.containers[cart].livenessProbe`, `cart.yaml:31`

</details>

1 finding is waived or in the baseline.
"""
    assert expected == render(REPORT, "markdown")


def test_nothing_found() -> None:
    """The verdict says so."""
    assert f"{MARKER}\n\n### Probes: no findings\n\nAudited 0 workloads in 0 objects: no findings.\n" == render(
        Report(), "markdown"
    )


@pytest.mark.parametrize("number", [1, 60, 5_000])
def test_it_fits_into_a_comment(number: int) -> None:
    """The least severe findings are left out, and counted."""
    errors = [replace(FINDING, what=f"Mistake {index}.") for index in range(number)]
    advice = [replace(item, severity=Severity.ADVICE) for item in errors]
    text = render(Report(findings=(*advice, *errors)), "markdown")
    assert MAXIMUM >= len(text.encode())
    shown = re.findall(r"<b>(error|advice)</b>", text)
    assert shown == sorted(shown, reverse=True)
    left_out = re.search(r"Left out, because a comment has at most 65,536 characters: (\d+) findings", text)
    assert 2 * number - len(shown) == (int(left_out[1]) if left_out is not None else 0)


def test_a_long_name_hides_no_other_finding() -> None:
    """A text is cut at 2,000 characters."""
    name = replace(FINDING.resource, name="x" * 100_000)
    text = render(Report(findings=(replace(FINDING, resource=name), WARNING)), "markdown")
    assert (2, "Left out" in text) == (text.count("<details"), False)


class Elements(HTMLParser):
    """Collects the elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.found.append(" ".join([tag, *(name for name, _ in attrs)]))


HOSTILE = [
    "</summary><img src=x onerror=alert(1)>",
    "`@org/team` #12 @org",
    "``` \n# heading",
    "[a](https://example.com) ![b](c) https://example.com www.example.com",
    "**bold** _it_ ~~no~~ | a | b |",
    "a`b``c```",
    "\u202e\x1b[31m\ud800",
]


def rendered(text: str) -> str:
    """The HTML of a text, as CommonMark with GitHub's links makes it."""
    markdown = pytest.importorskip("markdown_it", reason="markdown-it needs Python 3.11")
    page: str = markdown.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    return page


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup(text: str) -> None:
    """Wherever it is: in a name, a file, a message."""
    resource = replace(FINDING.resource, name=text)
    source = SourceLocation(file=text, line=1)
    finding = replace(FINDING, resource=resource, what=text, container=text, source=source, fix=text)
    report = Report(findings=(finding,), errors=(InputError(file=text, message=text),))
    page = render(report, "markdown")
    elements = Elements()
    elements.feed(rendered(page))
    assert {"h3", "p", "strong", "details open", "summary", "b", "code", "ul", "li"} >= set(elements.found)
    prose = re.sub(r"<code>.*?</code>", "", rendered(page), flags=re.DOTALL)
    assert [] == re.findall(r"@\w|#\d", prose)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Z"]), max_size=80))
def test_any_text_becomes_no_markup(text: str) -> None:
    """Whatever it holds, the page has the elements of any other page."""
    test_no_text_becomes_markup(text)
