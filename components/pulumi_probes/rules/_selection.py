"""Selecting rules by code, code prefix or name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pulumi_probes.model.suggestions import did_you_mean, suggestion
from pulumi_probes.rules._registry import Rule, find_rule, load_rules

_CODE_OR_PREFIX = r"(?i)PRB\d{0,3}\Z"
_LIKE_A_CODE = r"PRB\d+\Z"
_LOOK_ALIKES = str.maketrans("OILSB", "01158")


def select_rules(select: Iterable[str] | None = None, ignore: Iterable[str] = ()) -> tuple[Rule, ...]:
    """The selected rules, sorted by code.

    select_rules(["PRB2", "readiness-missing"], ignore=["PRB211"])

    Args:
        select: codes, code prefixes or names; every rule if None.
        ignore: the same for rules to leave out; takes precedence over `select`.

    Raises:
        ValueError: an entry matches no rule.
    """
    rules = load_rules()
    chosen = {rule.code for rule in rules} if select is None else _codes(select, rules)
    chosen -= _codes(ignore, rules)
    return tuple(rule for rule in rules if rule.code in chosen)


def rule_selectors() -> tuple[str, ...]:
    """Everything that selects a rule: code prefixes, codes and names."""
    rules = load_rules()
    prefixes = {rule.code[:length] for rule in rules for length in range(len("PRB"), len(rule.code) + 1)}
    return (*sorted(prefixes), *(rule.name for rule in rules))


def suggested_rule(written: str) -> str:
    """The question whether a certain rule was meant by a misspelt code or name; empty if no rule is similar enough."""
    code = _with_digits(written)
    if re.match(_LIKE_A_CODE, code):
        # The numbers of other rules are similar, but have nothing to do with what was meant.
        return did_you_mean(repr(code)) if find_rule(code) is not None else ""
    return suggestion(written, [name for rule in load_rules() for name in (rule.code, rule.name)])


def unknown_policy(name: str, known: Iterable[str]) -> str:
    """The mistake that a configuration file has a section for a policy that does not exist.

    Args:
        name: the name of the section.
        known: the names that a section may have.
    """
    meant = find_rule(name) or find_rule(_with_digits(name))
    hint = f"Use its name, {meant.name!r}." if meant is not None else suggestion(name, known)
    return f"{name!r} is not a policy. {hint}".rstrip()


def _with_digits(code: str) -> str:
    """A code without letters in the place of digits that look like them, as in PRB1O3, the likeliest mistake."""
    return code[:3].upper() + code[3:].upper().translate(_LOOK_ALIKES)


def _codes(entries: Iterable[str], rules: tuple[Rule, ...]) -> set[str]:
    return {rule.code for entry in entries for rule in _matching(entry, rules)}


def _matching(entry: str, rules: tuple[Rule, ...]) -> list[Rule]:
    wanted = entry.strip().casefold()
    if re.match(_CODE_OR_PREFIX, wanted):
        found = [rule for rule in rules if rule.code.casefold().startswith(wanted)]
    else:
        found = [rule for rule in rules if rule.name == wanted]
    if not found:
        raise ValueError(f"{entry!r} is not a rule. {suggested_rule(wanted)}".rstrip())
    return found
