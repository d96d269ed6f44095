"""Selecting rules by code, code prefix or name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pulumi_probes.rules._registry import Rule, load_rules

_CODE_OR_PREFIX = re.compile(r"PRB\d{0,3}\Z", re.IGNORECASE)


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


def _codes(entries: Iterable[str], rules: tuple[Rule, ...]) -> set[str]:
    return {rule.code for entry in entries for rule in _matching(entry, rules)}


def _matching(entry: str, rules: tuple[Rule, ...]) -> list[Rule]:
    wanted = entry.strip().casefold()
    if _CODE_OR_PREFIX.match(wanted):
        found = [rule for rule in rules if rule.code.casefold().startswith(wanted)]
    else:
        found = [rule for rule in rules if rule.name == wanted]
    if not found:
        from difflib import get_close_matches  # imported late, because only mistakes need it

        close = get_close_matches(wanted, [rule.name for rule in rules], n=1)
        raise ValueError(f"{entry!r} is not a rule." + (f" Did you mean {close[0]!r}?" if close else ""))
    return found
