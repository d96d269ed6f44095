"""The docstring of a rule is its documentation and a test; the fixtures next to this file are further cases.

A fixture `bad.*.yaml` may contain lines `# finding: PART OF THE MESSAGE`. The rule must then have exactly these
findings, in this order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from pathlib import Path

import pytest

from pulumi_probes.model.edit import Edit, SetField
from pulumi_probes.model.finding import Severity
from pulumi_probes.rules import Evaluation, Rule, load_rules

FIXTURES = Path(__file__).parent
EXPECTED = "# finding: "
RULES = {rule.code: rule for rule in load_rules()}

EvaluateYaml = Callable[..., Evaluation]


def _examples(kind: str) -> list[object]:
    return [
        pytest.param(rule, text, id=f"{rule.code}-{number}")
        for rule in RULES.values()
        for number, text in enumerate(getattr(rule.documentation, kind))
    ]


def _fixtures(prefix: str) -> list[object]:
    return [
        pytest.param(RULES[file.parent.name], file, id=f"{file.parent.name}-{file.name}")
        for file in sorted(FIXTURES.glob(f"PRB*/{prefix}.*.yaml"))
    ]


@pytest.mark.parametrize(("rule", "text"), _examples("bad"))
def test_a_bad_example_is_reported_by_its_rule(rule: Rule, text: str, evaluate_yaml: EvaluateYaml) -> None:
    """Every example under `Bad` has a finding of the rule."""
    result = evaluate_yaml(text)
    assert rule.code in {finding.code for finding in result.findings}
    assert [] == result.crashes


@pytest.mark.parametrize(("rule", "text"), _examples("good"))
def test_a_good_example_is_not_reported(rule: Rule, text: str, evaluate_yaml: EvaluateYaml) -> None:
    """No example under `Good` has a finding of the rule, or a warning or error of another rule."""
    result = evaluate_yaml(text)
    worse = [f for f in result.findings if f.code == rule.code or f.severity is not Severity.ADVICE]
    assert [] == [str(finding) for finding in worse]
    assert [] == result.crashes
    assert [] == result.not_evaluated


@pytest.mark.parametrize(("rule", "file"), _fixtures("bad"))
def test_a_bad_fixture_is_reported_by_its_rule(rule: Rule, file: Path, evaluate_yaml: EvaluateYaml) -> None:
    """The file is named after the scenario; the rule that its directory is named after has the expected findings."""
    text = file.read_text(encoding="utf-8")
    result = evaluate_yaml(text)
    messages = [str(finding) for finding in result.findings if finding.code == rule.code]
    parts = [line.removeprefix(EXPECTED) for line in text.splitlines() if line.startswith(EXPECTED)]
    assert [] != messages
    if parts:
        assert parts == [
            part if part in message else message for part, message in zip_longest(parts, messages, fillvalue="")
        ]
    assert [] == result.crashes


@pytest.mark.parametrize(("rule", "text"), [*_examples("bad"), *_fixtures("bad")])
def test_a_fix_sets_the_numbers_of_its_message(rule: Rule, text: str | Path, evaluate_yaml: EvaluateYaml) -> None:
    """Fixing a finding by hand and by `probes fix` has the same result."""
    result = evaluate_yaml(text if isinstance(text, str) else text.read_text(encoding="utf-8"))
    for finding in result.findings:
        if finding.code == rule.code and rule.code != "PRB321":  # which only moves fields
            missing = [number for number in _numbers(finding.edits) if number not in finding.fix]
            assert [] == missing, str(finding)


def _numbers(edits: Iterable[Edit]) -> Iterator[str]:
    """The numbers that edits set, as a message writes them."""
    for edit in edits:
        if isinstance(edit, SetField):
            yield from _numbers_in(edit.path.segments[-1], edit.value)


def _numbers_in(name: int | str, value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _numbers_in(key, below)
    # Ports are always copied from the manifest.
    elif isinstance(value, int) and name != "port":
        yield f"{name}: {value}"


@pytest.mark.parametrize(("rule", "file"), _fixtures("good"))
def test_a_good_fixture_is_not_reported_by_its_rule(rule: Rule, file: Path, evaluate_yaml: EvaluateYaml) -> None:
    """The file is named after the scenario; the rule of its directory is evaluated without a finding."""
    result = evaluate_yaml(file.read_text(encoding="utf-8"))
    assert [] == [str(finding) for finding in result.findings if finding.code == rule.code]
    assert [] == [entry for entry in result.not_evaluated if entry.code == rule.code]
    assert [] == result.crashes


@pytest.mark.parametrize(("rule", "file"), _fixtures("unknown"))
def test_an_unknown_value_leaves_a_rule_unevaluated(rule: Rule, file: Path, evaluate_yaml: EvaluateYaml) -> None:
    """If a value that the rule needs is not known before deployment, it neither passes nor fails."""
    result = evaluate_yaml(file.read_text(encoding="utf-8"))
    assert [] == [str(finding) for finding in result.findings if finding.code == rule.code]
    assert [] != [entry for entry in result.not_evaluated if entry.code == rule.code]
    assert [] == result.crashes


def test_every_folder_of_fixtures_is_one_of_a_rule() -> None:
    """A fixture in another directory, or with another kind of name, would never be run."""
    files = sorted(FIXTURES.glob("PRB*/*"))
    assert [] == [file for file in files if file.parent.name not in RULES]
    assert [] == [file for file in files if file.name.split(".")[0] not in ("bad", "good", "unknown")]
    assert [] == [file for file in files if file.suffix != ".yaml"]


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.code)
def test_a_rule_describes_itself(rule: Rule) -> None:
    """The file is named after the code and the name, and the summary is a sentence of one line."""
    module = rule.check.__module__.rpartition(".")[2]
    assert f"{rule.code}_{rule.check.__name__}".lower() == module
    assert rule.summary.endswith(".")
    assert all(reference.startswith("https://") for reference in rule.documentation.references)
    assert rule.is_rejected is False or rule.severity is Severity.ERROR
