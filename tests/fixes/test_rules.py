"""The fixes of every rule, on the examples of its own page."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_probes.codec.files import read_paths
from pulumi_probes.fixes import Fixes, fix_files
from pulumi_probes.report import Policy, audit
from pulumi_probes.rules import Rule, load_rules

EXAMPLES = [(rule, number, text) for rule in load_rules() for number, text in enumerate(rule.documentation.bad)]

WITH_FIXES = {
    *("PRB201", "PRB202", "PRB203", "PRB204", "PRB205", "PRB206", "PRB207", "PRB208", "PRB209", "PRB211", "PRB213"),
    *("PRB304", "PRB306", "PRB307", "PRB309", "PRB313", "PRB314", "PRB315", "PRB321", "PRB329", "PRB332", "PRB333"),
    *("PRB401", "PRB402", "PRB403", "PRB404", "PRB406", "PRB413", "PRB506", "PRB512"),
}
"""The rules that say how their findings are fixed, at least in one of their examples."""


def fixed(file: Path, *rules: Rule) -> Fixes:
    """Fix the findings of some rules in a file."""
    policy = Policy(rules=rules) if rules else Policy()
    return fix_files(read_paths([str(file)]).manifests, lambda manifests: audit(manifests, policy).findings)


def test_which_rules_have_fixes(tmp_path: Path) -> None:
    """Those of `WITH_FIXES`, and no other."""
    found: set[str] = set()
    for rule, number, text in EXAMPLES:
        file = tmp_path / f"{rule.code}-{number}.yaml"
        file.write_text(text)
        found |= {
            finding.code
            for finding in audit(read_paths([str(file)]).manifests, Policy(rules=(rule,))).findings
            if finding.edits
        }
    assert WITH_FIXES == found


@pytest.mark.parametrize(
    ("rule", "text"),
    [(rule, text) for rule, _, text in EXAMPLES if rule.code in WITH_FIXES],
    ids=[f"{rule.code}-{number}" for rule, number, _ in EXAMPLES if rule.code in WITH_FIXES],
)
def test_a_fix_removes_its_finding(tmp_path: Path, rule: Rule, text: str) -> None:
    """By the rule itself: what has a fix is gone afterwards, and nothing has been refused."""
    file = tmp_path / "example.yaml"
    file.write_text(text)
    before = audit(read_paths([str(file)]).manifests, Policy(rules=(rule,))).findings
    fixes = fixed(file, rule)
    assert () == fixes.refused
    assert [finding.path for finding in before if finding.edits] == [finding.path for finding in fixes.fixed]
    for change in fixes.changes:
        file.write_bytes(change.after)
    documents = read_paths([str(file)])
    assert [] == documents.errors
    left = audit(documents.manifests, Policy(rules=(rule,))).findings
    assert [finding.path for finding in before if not finding.edits] == [finding.path for finding in left]


@pytest.mark.parametrize(
    "text", [text for _, _, text in EXAMPLES], ids=[f"{rule.code}-{number}" for rule, number, _ in EXAMPLES]
)
def test_all_rules_together_bring_about_nothing_worse(tmp_path: Path, text: str) -> None:
    """Afterwards there is no warning and no error that was not there before, and a second run changes nothing."""
    file = tmp_path / "example.yaml"
    file.write_text(text)

    def serious() -> set[tuple[str, str]]:
        findings = audit(read_paths([str(file)]).manifests, Policy()).findings
        return {(finding.code, str(finding.container)) for finding in findings if finding.severity.value != "advice"}

    before = serious()
    for change in fixed(file).changes:
        file.write_bytes(change.after)
    assert serious() <= before
    assert () == fixed(file).changes
