"""Which rules apply, at which level, with which parameters: `--select`, `--ignore` and `--policy-config`.

The configuration file is the one of `pulumi preview --policy-pack-config`: names of rules, each with a level or with a
level and parameters.

{"all": "advisory", "liveness-outruns-readiness": "mandatory", "readiness-missing": {"enforcementLevel": "disabled"}}
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.finding import Finding, Severity
from pulumi_probes.rules import EXCLUDE, PACK_SETTINGS, Rule, find_rule, load_rules, read_configuration

LEVELS: Final = ("advisory", "mandatory", "remediate", "disabled")
"""The enforcement levels of CrossGuard; nothing is remediated here, so `remediate` is `mandatory`."""

_LEVEL: Final = "enforcementLevel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is asked of workloads.

    Attributes:
        rules: the rules that apply.
        parameters: their configuration and `exclude`, by rule name.
        levels: enforcement levels that somebody set, by rule name.
        allow_waivers: whether a workload's own annotation can waive a finding.
        not_evaluated_fails: whether something that could not be judged gives exit status 1.
        crash_severity: how bad it is when a rule fails by its own fault.
    """

    rules: tuple[Rule, ...] = field(default_factory=load_rules)
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    levels: Mapping[str, str] = field(default_factory=dict[str, str])
    allow_waivers: bool = True
    not_evaluated_fails: bool = False
    crash_severity: Severity = Severity.ADVICE

    def leveled(self, finding: Finding) -> Finding:
        """A finding with the severity that its rule's level gives it.

        What is mandatory is an error, since it blocks a deployment; what is advisory is at most a warning.
        """
        match self.levels.get(finding.rule):
            case "mandatory" | "remediate":
                return replace(finding, severity=Severity.ERROR)
            case "advisory":
                return replace(finding, severity=min(finding.severity, Severity.WARNING))
            case _:
                return finding

    def configured(self, config: Mapping[str, Any], file: str) -> Policy:
        """This policy with what a configuration file says.

        Raises:
            UnreadableInput: the file names an unknown rule, level or parameter; every mistake is listed.
        """
        sections, mistakes = _read_sections(config)
        if mistakes:
            raise UnreadableInput(file, " ".join(mistakes))
        general = sections.get("all", _Section()).level
        levels = {rule.name: sections.get(rule.name, _Section()).level or general for rule in load_rules()}
        everywhere = sections.get("probe-configuration", _Section()).excluded
        parameters: dict[str, Mapping[str, Any]] = {}
        for rule in self.rules:
            section = sections.get(rule.name, _Section())
            parameters[rule.name] = {**section.values, EXCLUDE: everywhere + section.excluded}

        def setting(name: str, key: str) -> bool:
            return bool(sections.get(name, _Section()).values.get(key, PACK_SETTINGS[name][key]))

        return Policy(
            rules=tuple(rule for rule in self.rules if levels[rule.name] != "disabled"),
            parameters=parameters,
            levels={name: level for name, level in levels.items() if level is not None},
            allow_waivers=setting("probe-waived", "allowed"),
            not_evaluated_fails=setting("probe-not-evaluated", "strict"),
            crash_severity=Severity.ERROR if setting("probe-internal-error", "strict") else Severity.ADVICE,
        )


def read_policy_config(file: str) -> Mapping[str, Any]:
    """The object in a policy pack's configuration file.

    Raises:
        UnreadableInput: the file cannot be read, or holds no JSON object.
    """
    try:
        content = json.loads(Path(file).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UnreadableInput(file, error.strerror or "cannot be read") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableInput(file, "no JSON", getattr(error, "lineno", None)) from error
    if not isinstance(content, dict):
        raise UnreadableInput(file, "no JSON object of rule names")
    return content


@dataclass(frozen=True, slots=True)
class _Section:
    """What stands under one name."""

    level: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    excluded: tuple[str, ...] = ()


def _read_sections(config: Mapping[str, Any]) -> tuple[dict[str, _Section], list[str]]:
    known = {**{rule.name: rule.parameters for rule in load_rules()}, **PACK_SETTINGS, "all": {}}
    sections: dict[str, _Section] = {}
    mistakes: list[str] = []
    for name, value in config.items():
        if name not in known:
            mistakes.append(f"{json.dumps(name)}: no such rule here.{_suggestion(name, known)}")
            continue
        # A level alone is short for an object with it.
        given = {_LEVEL: value} if isinstance(value, str) else value
        if not isinstance(given, dict):
            mistakes.append(f"{json.dumps(name)}: must be a level or an object.")
            continue
        level = given.get(_LEVEL)
        if level is not None and level not in LEVELS:
            mistakes.append(f"{json.dumps(name)}: no such level; there is {', '.join(LEVELS)}.")
        values, wrong = read_configuration(known[name], {key: entry for key, entry in given.items() if key != _LEVEL})
        mistakes += [f"{json.dumps(name)}: {mistake}" for mistake in wrong]
        excluded: tuple[str, ...] = values.pop(EXCLUDE, ())
        sections[name] = _Section(level, values, excluded)
    return sections, mistakes


def _suggestion(name: str, known: Iterable[str]) -> str:
    rule = find_rule(name)
    if rule is not None:
        return f' Write its name, "{rule.name}".'
    close = get_close_matches(name, known, n=1)
    return f' Did you mean "{close[0]}"?' if close else ""
