"""All formats of a report agree, and no manifest can break them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pulumi_probes.cli import run
from pulumi_probes.codec.documents import read_text
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import (
    Finding,
    NotEvaluated,
    ResourceReference,
    RuleCrash,
    Severity,
    SourceLocation,
    Waiver,
)
from pulumi_probes.report import FORMATS, InputError, Policy, Report, Style, audit, render
from pulumi_probes.report.baseline import fingerprint, read_baseline
from pulumi_probes.rules import Evaluation, Evaluator, select_rules

CART = ResourceReference(kind="Deployment", api_version="apps/v1", namespace="shop", name="cart")
FINDING = Finding(
    code="PRB204",
    rule="liveness-outruns-readiness",
    severity=Severity.WARNING,
    resource=CART,
    path=FieldPath(("spec", "template", "spec", "containers", 0, "livenessProbe")),
    what="Liveness can fail 10 s after the container does, readiness as late as 31 s after.",
    consequence="For up to 21 s, requests go to a container that is already being killed.",
    fix="Set failureThreshold: 8 for liveness.",
    container="cart",
    source=SourceLocation(file="cart.yaml", line=31),
)
WAIVED = Finding(
    code="PRB101",
    rule="readiness-missing",
    severity=Severity.ERROR,
    resource=CART,
    path=FieldPath(("spec",)),
    what="No readiness probe.",
    consequence="It receives requests at once.",
    fix="Add one.",
    waiver=Waiver(code="PRB101", reason="drains by itself", until=date(2027, 1, 31)),
)
REPORT = Report(
    findings=(FINDING, WAIVED),
    not_evaluated=(
        NotEvaluated(
            code="PRB207",
            rule="r",
            resource=CART,
            path=FieldPath(("spec", "replicas")),
            reason="not known before deployment",
        ),
    ),
    errors=(InputError(file="x.yaml", line=3, message="not valid YAML"),),
    resources=2,
    audited=(CART,),
)


class TestJson:
    """The format for programs."""

    def test_exactly_as_documented(self) -> None:
        """Every key and value of the report, version 1."""
        assert {
            "version": 1,
            "findings": [
                {
                    "code": "PRB204",
                    "rule": "liveness-outruns-readiness",
                    "severity": "warning",
                    "message": "Liveness can fail 10 s after the container does, readiness as late as 31 s after. For "
                    "up to 21 s, requests go to a container that is already being killed.",
                    "fix": "Set failureThreshold: 8 for liveness.",
                    "resource": {"kind": "Deployment", "namespace": "shop", "name": "cart", "urn": None},
                    "container": "cart",
                    "path": "spec.template.spec.containers[0].livenessProbe",
                    "source": {"file": "cart.yaml", "line": 31},
                    "waived": None,
                },
                {
                    "code": "PRB101",
                    "rule": "readiness-missing",
                    "severity": "error",
                    "message": "No readiness probe. It receives requests at once.",
                    "fix": "Add one.",
                    "resource": {"kind": "Deployment", "namespace": "shop", "name": "cart", "urn": None},
                    "container": None,
                    "path": "spec",
                    "source": None,
                    "waived": {"reason": "drains by itself", "until": "2027-01-31", "origin": "annotation"},
                },
            ],
            "not_evaluated": [
                {
                    "code": "PRB207",
                    "rule": "r",
                    "resource": {"kind": "Deployment", "namespace": "shop", "name": "cart", "urn": None},
                    "container": None,
                    "path": "spec.replicas",
                    "reason": "not known before deployment",
                }
            ],
            "errors": [{"file": "x.yaml", "line": 3, "message": "not valid YAML"}],
            "summary": {"resources": 2, "workloads": 1, "error": 0, "warning": 1, "advice": 0, "waived": 1},
        } == json.loads(render(REPORT, "json"))

    def test_the_schema(self, schema_problems: Callable[[object], list[str]]) -> None:
        """The schema allows the report, and nothing else."""
        report = json.loads(render(REPORT, "json"))
        assert [] == schema_problems(report)
        broken = {**report, "version": 2, "extra": 1, "findings": [{**report["findings"][0], "severity": "bad"}]}
        assert 3 == len(schema_problems(broken))

    def test_the_schema_of_a_preview(
        self, schema_problems: Callable[[object], list[str]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """The additional data of `probes preview` is part of the schema."""
        (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        (tmp_path / "__main__.py").write_text(
            "import pulumi\nimport pulumi_kubernetes as k8s\n"
            "k8s.core.v1.Pod('web', metadata={'name': 'web'}, spec={'containers': [{'name': 'web', 'image': 'w:1'}]})\n"
            "pulumi.StackReference('a/b/c')\n"
        )
        status = run(["preview", str(tmp_path), "--format", "json", "--out", str(tmp_path / "out")])
        report = json.loads(capfd.readouterr().out)
        assert ([], 0) == (schema_problems(report), status)
        assert ["pulumi:pulumi:Stack", "kubernetes:core/v1:Pod", "pulumi:pulumi:StackReference"] == [
            resource["type"] for resource in report["preview"]["resources"]
        ]
        assert [str(tmp_path / "out" / "1-manifest" / "v1-pod-default-web.yaml")] == report["preview"]["written"]
        assert ["stack reference a/b/c"] == [note["subject"] for note in report["preview"]["not_seen"]]
        (timeline,) = report["preview"]["timelines"]
        assert "web" == timeline["resource"]["name"]

    @given(st.text(st.characters(categories=["L", "N", "P", "C"]), max_size=40))
    def test_any_name(self, name: str) -> None:
        """For all names, even with lone surrogates, the report is JSON in UTF-8."""
        resource = ResourceReference(kind="Pod", api_version="v1", name=name)
        text = render(replace(REPORT, findings=(replace(FINDING, resource=resource),)), "json")
        assert name == json.loads(text.encode("utf-8"))["findings"][0]["resource"]["name"]


class TestText:
    """The format for people."""

    def test_the_whole_page(self) -> None:
        """Objects, findings with their four parts, unevaluated rules, unreadable inputs, and the numbers."""
        expected = """\
Deployment shop/cart

  warning PRB204 liveness-outruns-readiness  cart.yaml:31
    spec.template.spec.containers[cart].livenessProbe
    Liveness can fail 10 s after the container does, readiness as late as 31 s after. For up to
    21 s, requests go to a container that is already being killed.
    Fix: Set failureThreshold: 8 for liveness.

Deployment shop/cart

  waived PRB101 readiness-missing
    spec
    No readiness probe. Waived: drains by itself, until 2027-01-31.

Not evaluated, because a value is not known before deployment:
  Deployment shop/cart spec.replicas: PRB207

Input errors:
  x.yaml:3: not valid YAML

Audited 1 workload in 2 objects: 1 warning, 1 waived.
Run `probes explain PRB204` for more about a rule.
"""
        assert expected == render(REPORT)

    @given(
        st.text(max_size=200),
        st.text(st.characters(categories=["C", "Z", "L"]), max_size=300),
        st.integers(min_value=60, max_value=140),
    )
    def test_width_and_control_characters(self, name: str, message: str, width: int) -> None:
        """No line is longer than allowed, and control characters of a manifest are escaped."""
        resource = ResourceReference(kind="Pod", api_version="v1", name=name)
        finding = replace(FINDING, resource=resource, what=message, container=name)
        text = render(replace(REPORT, findings=(finding,)), "text", Style(width=width))
        assert width >= max(len(line) for line in text.splitlines())
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", text)

    def test_colours(self) -> None:
        """Colors do not change the text."""
        colored = render(REPORT, "text", Style(color=True))
        assert "\x1b[33;1m" in colored
        assert render(REPORT) == re.sub(r"\x1b\[[0-9;]*m", "", colored)

    def test_nothing_found(self) -> None:
        """An audit without findings says so, with the number of audited objects."""
        assert "Audited 1 workload in 3 objects: no findings.\n" == render(Report(resources=3, audited=(CART,)))

    @pytest.mark.parametrize(("number", "words"), [(1, "1 piece of advice"), (2, "2 pieces of advice")])
    def test_the_plural_of_advice(self, number: int, words: str) -> None:
        """Advice has no plural of its own."""
        advice = replace(FINDING, severity=Severity.ADVICE)
        report = Report(findings=(advice,) * number, resources=1, audited=(CART,))
        assert f"Audited 1 workload in 1 object: {words}." == render(report).splitlines()[-2]

    @pytest.mark.parametrize("width", range(60, 100))
    def test_a_number_stays_with_its_unit(self, width: int) -> None:
        """No line break separates a number from its unit."""
        lines = render(replace(REPORT, findings=(FINDING,)), "text", Style(width=width)).splitlines()
        assert [] == [line for line in lines if re.fullmatch(r"\s+s\b.*", line)]


@pytest.mark.parametrize(
    ("severity", "fail_on", "status"),
    [
        (Severity.WARNING, Severity.ERROR, 0),
        (Severity.WARNING, Severity.WARNING, 1),
        (Severity.ADVICE, Severity.WARNING, 0),
        (Severity.ADVICE, Severity.ADVICE, 1),
        (Severity.ERROR, None, 0),
    ],
)
def test_exit_status(severity: Severity, fail_on: Severity | None, status: int) -> None:
    """Findings count from a severity on, waived ones never; unreadable inputs take precedence."""
    finding = replace(FINDING, severity=severity)
    assert status == Report(findings=(finding,)).exit_status(fail_on)
    assert 0 == Report(findings=(replace(finding, waiver=WAIVED.waiver),)).exit_status(fail_on)
    assert 2 == Report(findings=(finding,), errors=REPORT.errors).exit_status(fail_on)


def test_strictness() -> None:
    """Unevaluated rules count if configured."""
    report = Report(not_evaluated=REPORT.not_evaluated)
    assert (0, 1) == (report.exit_status(None), replace(report, not_evaluated_fails=True).exit_status(None))


class TestAudit:
    """Manifests become a report."""

    BAD = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: cart}\nspec:\n  containers:\n  - name: cart\n    image: c:1\n"
        "    livenessProbe: {httpGet: {path: /livez, port: 1}, periodSeconds: 5}\n"
        "    readinessProbe: {httpGet: {path: /readyz, port: 1}}\n"
    )

    def run(self, text: str, **options: Any) -> Report:
        """Audit a text with one rule."""
        policy = options.pop("policy", None) or Policy(rules=select_rules(["PRB204"]))
        return audit(read_text(text, "x.yaml").manifests, policy, **options)

    def test_counts(self) -> None:
        """Objects in lists are counted one by one, and findings have their line."""
        lines = self.BAD.replace("\n", "\n  ")
        listed = f"apiVersion: v1\nkind: List\nitems:\n- {lines}\n- {{apiVersion: v1, kind: ConfigMap}}\n"
        report = self.run(listed)
        assert (2, 1) == (report.resources, report.workloads)
        (finding,) = report.findings
        assert SourceLocation(file="x.yaml", line=11) == finding.source

    def test_levels_parameters_and_exclusions(self) -> None:
        """A configuration file changes levels, disables rules, and excludes resources."""

        def severities(**config: Any) -> list[Severity]:
            names = {key.replace("_", "-"): value for key, value in config.items()}
            policy = Policy(rules=select_rules(["PRB204"])).configured(names, "config.json")
            return [finding.severity for finding in self.run(self.BAD, policy=policy).findings]

        assert [Severity.WARNING] == severities()
        assert [Severity.ERROR] == severities(all="mandatory")
        assert [Severity.WARNING] == severities(all="mandatory", liveness_outruns_readiness="advisory")
        assert [] == severities(liveness_outruns_readiness={"enforcementLevel": "disabled"})
        assert [] == severities(liveness_outruns_readiness={"exclude": ["ca*"]})
        assert [] == severities(probe_configuration={"exclude": ["cart"]})

    def test_waivers(self) -> None:
        """A waiver on the object marks the finding; if annotations cannot waive findings, it counts."""
        text = self.BAD.replace("{name: cart}", '{name: cart, annotations: {pulumi-probes/ignore: "PRB204=known"}}')
        (waived,) = self.run(text).findings
        assert waived.waiver is not None
        assert "known" == waived.waiver.reason
        policy = Policy(rules=select_rules(["PRB204"])).configured({"probe-waived": {"allowed": False}}, "x")
        (counting,) = self.run(text, policy=policy).findings
        assert counting.waiver is None

    def test_an_internal_error_is_advice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An internal error of a rule is advice, or an error if configured."""
        crash = RuleCrash(
            code="PRB204", rule="liveness-outruns-readiness", resource=CART, error="KeyError in x, line 1"
        )
        monkeypatch.setattr(Evaluator, "evaluate", lambda *_: Evaluation(crashes=[crash]))
        (finding,) = self.run(self.BAD).findings
        assert Severity.ADVICE == finding.severity
        assert "KeyError in x, line 1" in finding.message
        policy = Policy().configured({"probe-internal-error": {"strict": True}}, "x")
        assert Severity.ERROR == self.run(self.BAD, policy=policy).findings[0].severity


class TestBaseline:
    """Findings of an earlier report."""

    def test_known_findings_are_waived(self, tmp_path: Any) -> None:
        """Findings in the baseline no longer count, whatever their line and order; new ones do."""
        file = tmp_path / "baseline.json"
        file.write_text(render(REPORT, "json"))
        known = read_baseline(str(file))
        moved = replace(
            FINDING,
            source=None,
            what="other numbers",
            path=FieldPath(("spec", "template", "spec", "containers", 3, "livenessProbe")),
        )
        assert fingerprint(moved) in known
        assert fingerprint(replace(FINDING, container="other")) not in known
        assert fingerprint(replace(FINDING, code="PRB205")) not in known

    def test_an_audit_against_its_own_report(self, tmp_path: Any) -> None:
        """With a report as its own baseline, no finding is left."""
        tests = TestAudit()
        report = tests.run(tests.BAD)
        (tmp_path / "b.json").write_text(render(report, "json"))
        again = tests.run(tests.BAD, baseline=read_baseline(str(tmp_path / "b.json")))
        assert (1, 0, 1) == (len(report.open_findings), len(again.open_findings), len(again.waived_findings))


def test_every_format_has_a_renderer() -> None:
    """Each format is rendered to a text that ends with a line break."""
    assert all(render(REPORT, name).endswith("\n") for name in FORMATS)
