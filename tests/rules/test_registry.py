"""Finding the rules, one per file, and what a rule declares."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container
from pulumi_probes.rules import Rule, Scope, _registry, find_rule, load_rules, rule

FIRST, SECOND = load_rules()[:2]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([FIRST, replace(SECOND, code=FIRST.code)], f"{FIRST.code} {SECOND.name} is declared twice"),
        ([FIRST, replace(SECOND, name=FIRST.name)], f"{SECOND.code} {FIRST.name} is declared twice"),
        ([replace(FIRST, code="PRB600")], "'PRB600' is not a rule code: PRB and a number from 100 to 599"),
        ([replace(FIRST, code="PRB1011")], "'PRB1011' is not a rule code: PRB and a number from 100 to 599"),
    ],
    ids=["code", "name", "out of range", "four digits"],
)
def test_a_code_and_a_name_belong_to_one_rule(rules: list[Rule], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Configurations and waivers name rules by either, so each must mean one rule."""
    monkeypatch.setattr(_registry, "declared", lambda *_: rules)
    with pytest.raises(ValueError, match=message):
        load_rules.__wrapped__()


def test_a_function_becomes_a_rule() -> None:
    """Name, scope and parameters follow from the function; nothing is rejected unless the rule says so."""

    @rule("PRB199", severity=Severity.ADVICE, since="9.9")
    def port_is_odd(container: Container, *, limit_seconds: int = 3) -> Iterator[Violation]:
        raise NotImplementedError

    made: Rule = port_is_odd.__rule__  # type: ignore[attr-defined] # set by the decorator
    assert ("PRB199", "port-is-odd", Scope.CONTAINER, {"limit_seconds": 3}) == (
        made.code,
        made.name,
        made.scope,
        made.parameters,
    )
    assert (False, False, False) == (made.needs_stack, made.needs_workload, made.is_rejected)


def test_a_rule_without_a_scope_is_an_error() -> None:
    """The first parameter determines what the rule is called with, so its type must be one that rules can get."""
    for annotation in ("int", "str"):

        def check(subject: object) -> Iterator[Violation]:
            raise NotImplementedError

        check.__annotations__["subject"] = annotation
        with pytest.raises(TypeError, match="check: its first parameter must be a ContainerProbe, Handled, Container"):
            rule("PRB199", severity=Severity.ADVICE, since="9.9")(check)


def test_a_rule_is_found_by_code_or_name_in_any_case() -> None:
    """A waiver may spell it as it likes."""
    assert FIRST == find_rule(FIRST.code.lower()) == find_rule(FIRST.name.upper())
    assert find_rule("PRB1") is None
