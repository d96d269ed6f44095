"""Text for people stays short: a repeated mistake is explained once, and known findings are counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from pulumi_probes.cli import run
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import (
    BASELINE,
    BASELINE_REASON,
    Finding,
    ResourceReference,
    Severity,
    SourceLocation,
    Waiver,
)
from pulumi_probes.report import InputError, Report, Style, render

FINDING = Finding(
    code="PRB101",
    rule="readiness-missing",
    severity=Severity.WARNING,
    resource=ResourceReference(kind="Deployment", api_version="apps/v1", namespace="shop", name="cart"),
    path=FieldPath(("spec", "template", "spec", "containers", 0, "readinessProbe")),
    what="The container has no readiness probe.",
    consequence="It receives requests from second 0.",
    fix="Add a `readinessProbe`.",
    container="web",
    source=SourceLocation(file="cart.yaml", line=7),
)
KNOWN = Waiver(code="PRB101", reason=BASELINE_REASON, origin=BASELINE)


def copies(number: int, finding: Finding = FINDING) -> tuple[Finding, ...]:
    """The same finding in several objects, each in a container of its own name."""
    return tuple(
        replace(
            finding,
            resource=replace(finding.resource, name=f"cart-{copy}"),
            container=f"web-{copy}",
            source=SourceLocation(file=f"cart-{copy}.yaml", line=7),
        )
        for copy in range(1, number + 1)
    )


def shown(*findings: Finding, verbose: bool = False, quiet: bool = False) -> str:
    """The text of a report with these findings, without its summary."""
    text = render(Report(findings=findings), "text", Style(verbose=verbose, quiet=quiet))
    return text.partition("\nAudited")[0]


def test_a_repeated_mistake_is_explained_once() -> None:
    """The rule, the field and the texts, then each place with object, container and line."""
    assert """\
In several places:

  warning PRB101 readiness-missing  3 times
    spec.template.spec.containers[*].readinessProbe
    The container has no readiness probe. It receives requests from second 0.
    Fix: Add a `readinessProbe`.
    - Deployment shop/cart-1, web-1  cart-1.yaml:7
    - Deployment shop/cart-2, web-2  cart-2.yaml:7
    - Deployment shop/cart-3, web-3  cart-3.yaml:7
""" == shown(*copies(3))


def test_two_of_them_are_not() -> None:
    """Each is shown with its object, as is a finding whose numbers or path are its own."""
    other = replace(FINDING, what="Another one.")
    text = shown(*copies(2), other)
    assert "In several places" not in text
    assert ["Deployment shop/cart-1", "Deployment shop/cart-2", "Deployment shop/cart"] == [
        line for line in text.splitlines() if line.startswith("Deployment")
    ]


def test_paths_that_differ_are_shown_in_their_places() -> None:
    """There is no common field then."""
    first, second, third = copies(3)
    path = FieldPath(("spec", "template", "spec", "containers", 1, "livenessProbe"))
    text = shown(first, second, replace(third, path=path))
    assert "[*]" not in text
    assert "- Deployment shop/cart-3, spec.template.spec.containers[web-3].livenessProbe" in text


def test_sixty_copies_take_few_lines() -> None:
    """Ten places are listed, the others counted; `--verbose` lists all of them."""
    text = shown(*copies(60))
    assert text.endswith("    - and 50 more, which --verbose lists\n")
    assert 17 == len(text.splitlines())
    listed = shown(*copies(60), verbose=True)
    assert [f"cart-{copy}.yaml:7" in listed for copy in range(1, 61)] == [True] * 60
    assert 60 == listed.count("It receives requests from second 0.")


def test_the_gravest_come_first() -> None:
    """Then the most frequent ones."""
    advice = replace(FINDING, severity=Severity.ADVICE, code="PRB103")
    error = replace(FINDING, severity=Severity.ERROR, code="PRB301")
    many = replace(FINDING, code="PRB204")
    text = shown(*copies(3, advice), *copies(3), *copies(4, many), *copies(3, error))
    assert ["PRB301", "PRB204", "PRB101", "PRB103"] == [
        line.split()[1] for line in text.splitlines() if line.endswith(" times")
    ]


def test_the_baseline_is_folded() -> None:
    """Its findings are counted beside the waived ones; `--verbose` lists them."""
    waived = replace(FINDING, waiver=Waiver(code="PRB101", reason="drains by itself"))
    known = replace(FINDING, waiver=KNOWN)
    report = Report(findings=(waived, known, known))
    text = render(report)
    assert 1 == text.count("PRB101 readiness-missing")
    assert text.endswith(": 1 waived, 2 in the baseline.\n")
    assert 3 == render(report, "text", Style(verbose=True)).count("PRB101 readiness-missing")


def test_a_file_of_waivers_may_be_called_baseline() -> None:
    """Its findings are waived, and do not count as part of the baseline."""
    waived = replace(FINDING, waiver=Waiver(code="PRB101", reason="drains by itself", origin="baseline"))
    assert render(Report(findings=(waived,))).endswith(": 1 waived.\n")


def test_quiet() -> None:
    """Only what has to be done is written: no waived finding, no summary; without findings, nothing."""
    waived = replace(FINDING, waiver=Waiver(code="PRB101", reason="drains by itself"))
    text = render(Report(findings=(FINDING, waived)), "text", Style(quiet=True))
    assert (1, "    Fix: Add a `readinessProbe`.") == (text.count("PRB101"), text.splitlines()[-1])
    assert "" == render(Report(findings=(waived,)), "text", Style(quiet=True))
    error = Report(errors=(InputError(file="x.yaml", message="not YAML"),))
    assert "Input errors:\n  x.yaml: not YAML\n" == render(error, "text", Style(quiet=True))


MANIFEST = """\
apiVersion: v1
kind: Pod
metadata: {name: cart-%d}
spec: {containers: [{name: web, image: "w:1", ports: [{containerPort: 80}]}]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three copies of one mistake."""
    (tmp_path / "pods.yaml").write_text("---\n".join(MANIFEST % copy for copy in range(3)))
    return tmp_path


def test_statistics(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Rules by the number of their findings; the exit status is that of the findings."""
    arguments = ["audit", str(folder), "--select", "PRB101,PRB103", "--statistics"]
    assert 1 == run([*arguments, "--fail-on", "warning"])
    assert (
        "3  warning PRB101  readiness-missing\n"
        "3  advice  PRB103  liveness-missing\n"
        "\n"
        "Audited 3 workloads in 3 objects: 3 warnings, 3 pieces of advice.\n"
    ) == capfd.readouterr().out
    assert 0 == run([*arguments, "--quiet"])
    assert 2 == len(capfd.readouterr().out.splitlines())
    assert 2 == run([*arguments, "--format", "json"])
    assert "--statistics" in capfd.readouterr().err


def test_the_options_of_a_preview(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A quiet preview shows its findings and nothing else; statistics take their place."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(
        "import pulumi_kubernetes as k8s\n"
        "k8s.core.v1.Pod('web', metadata={'name': 'web'}, spec={'containers': [{'name': 'web', 'image': 'w:1',\n"
        "    'ports': [{'containerPort': 80}]}]})\n"
    )
    assert 0 == run(["preview", str(tmp_path), "--select", "PRB101", "--quiet"])
    assert capfd.readouterr().out.startswith("Pod web\n\n  warning PRB101")
    assert 0 == run(["preview", str(tmp_path), "--select", "PRB101", "--statistics", "--quiet"])
    assert "1  warning PRB101  readiness-missing\n" == capfd.readouterr().out
