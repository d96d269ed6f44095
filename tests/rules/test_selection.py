"""Selecting rules by code, prefix or name."""

from __future__ import annotations

import pytest

from pulumi_probes.rules import load_rules, rule_selectors, select_rules, suggested_rule, unknown_policy


def test_all_rules_by_default() -> None:
    """Without a selection, all rules apply."""
    assert select_rules() == load_rules()


def test_codes_names_and_prefixes() -> None:
    """A rule can be named in three ways, regardless of case."""
    rule = next(rule for rule in load_rules() if rule.code == "PRB204")
    assert select_rules(["PRB204"]) == (rule,)
    assert select_rules(["prb204", rule.name, rule.name.upper()]) == (rule,)
    assert select_rules(["PRB2"]) == tuple(rule for rule in load_rules() if rule.code.startswith("PRB2"))
    assert () == select_rules([])


def test_ignoring_wins() -> None:
    """Ignored rules are left out even if they are selected."""
    assert "PRB204" not in {rule.code for rule in select_rules(["PRB2"], ignore=["PRB204"])}
    assert "PRB204" not in {rule.code for rule in select_rules(ignore=["PRB204"])}


def test_a_misspelt_entry_is_an_error() -> None:
    """An entry that selects nothing is an error."""
    with pytest.raises(ValueError, match=r"'PRB999' is not a rule\."):
        select_rules(["PRB999"])
    with pytest.raises(ValueError, match=r"Did you mean 'liveness-outruns-readiness'\?"):
        select_rules(ignore=["liveness-outrun-readiness"])


@pytest.mark.parametrize("code", ["PRB212", "PRB2I2", "PRB9999"])
def test_a_number_of_no_rule_suggests_none(code: str) -> None:
    """The numbers of other rules are similar, but mean something else."""
    assert "" == suggested_rule(code)


def test_a_letter_in_place_of_a_digit_suggests_the_code() -> None:
    """The question is the same for options, configuration files and waivers."""
    assert "Did you mean 'PRB103'?" == suggested_rule("prb1o3")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("PRB103", "Use its name, 'liveness-missing'."),
        ("PRB1O3", "Use its name, 'liveness-missing'."),
        ("liveness-mising", "Did you mean 'liveness-missing'?"),
    ],
)
def test_a_section_for_an_unknown_policy_suggests_the_name_of_one(name: str, hint: str) -> None:
    """A configuration file has sections for names; the code of a rule shows which one was meant."""
    assert f"{name!r} is not a policy. {hint}" == unknown_policy(name, ["readiness-missing", "liveness-missing"])
    assert "'zzz' is not a policy." == unknown_policy("zzz", ["liveness-missing"])


def test_every_selector_selects_rules() -> None:
    """Prefixes have at least the letters, codes have all digits."""
    rule = load_rules()[0]
    assert {"PRB", "PRB1", "PRB10", "PRB101", rule.name} <= set(rule_selectors())
    assert not {"P", "PR"} & set(rule_selectors())
    assert all(select_rules([selector]) for selector in rule_selectors())
