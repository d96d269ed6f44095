"""The rules that apply, with their levels and parameters: `--select`, `--ignore` and `--policy-config`.

The configuration file has the format of `pulumi preview --policy-pack-config`: rule names, each with a level or with an
object of a level and parameters.

{"all": "advisory", "liveness-outruns-readiness": "mandatory", "readiness-missing": {"enforcementLevel": "disabled"}}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from pulumi_probes.codec.files import read_json_file
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.finding import Finding, Severity
from pulumi_probes.rules import (
    ALL_POLICIES,
    CONFIGURATION_POLICY,
    ENFORCEMENT_LEVELS,
    EXCLUDE,
    INTERNAL_ERROR_POLICY,
    NOT_EVALUATED_POLICY,
    PACK_SETTINGS,
    REMEDIATE,
    WAIVED_POLICY,
    Rule,
    level_only,
    load_rules,
    pack_setting,
    read_configuration,
    remediation_mistake,
    unknown_policy,
)

_LEVEL: Final = "enforcementLevel"


class Policy(Struct, frozen=True, kw_only=True):
    """The rules that an audit applies, and how.

    Attributes:
        rules: the rules that apply.
        parameters: their parameters and `exclude`, by rule name.
        levels: configured enforcement levels, by rule name.
        allow_waivers: whether annotations can waive findings.
        not_evaluated_fails: whether a rule that could not be evaluated gives exit status 1.
        crash_severity: the severity of an internal error of a rule.
        folders: the policies for the files in certain folders, by the real path of the folder. Only their rules,
            parameters and levels apply.
    """

    rules: tuple[Rule, ...] = field(default_factory=load_rules)
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    levels: Mapping[str, str] = field(default_factory=dict[str, str])
    allow_waivers: bool = True
    not_evaluated_fails: bool = False
    crash_severity: Severity = Severity.ADVICE
    folders: Mapping[str, Policy] = field(default_factory=dict[str, "Policy"])

    def leveled(self, finding: Finding) -> Finding:
        """The finding with the severity that the level of its rule implies.

        Mandatory findings block a deployment, so they are errors; advisory ones are warnings at most.
        """
        match self.levels.get(finding.rule):
            case "mandatory":
                return replace(finding, severity=Severity.ERROR)
            case "advisory":
                return replace(finding, severity=min(finding.severity, Severity.WARNING))
            case _:
                return finding

    def configured(self, config: Mapping[str, Any], file: str) -> Policy:
        """This policy with the settings of a configuration file.

        Raises:
            UnreadableInput: the file names an unknown rule, level or parameter; the message lists every mistake.
        """
        sections, mistakes = _read_sections(config)
        if mistakes:
            raise UnreadableInput(file, " ".join(mistakes))
        general = sections.get(ALL_POLICIES, _Section()).level
        levels = {rule.name: sections.get(rule.name, _Section()).level or general for rule in load_rules()}
        everywhere = sections.get(CONFIGURATION_POLICY, _Section()).excluded
        parameters: dict[str, Mapping[str, Any]] = {}
        for rule in self.rules:
            section = sections.get(rule.name, _Section())
            parameters[rule.name] = {**section.values, EXCLUDE: everywhere + section.excluded}

        def setting(name: str, key: str) -> bool:
            return bool(pack_setting(name, key, sections.get(name, _Section()).values))

        return Policy(
            rules=tuple(rule for rule in self.rules if levels[rule.name] != "disabled"),
            parameters=parameters,
            levels={name: level for name, level in levels.items() if level is not None},
            allow_waivers=setting(WAIVED_POLICY, "allowed"),
            not_evaluated_fails=setting(NOT_EVALUATED_POLICY, "strict"),
            crash_severity=Severity.ERROR if setting(INTERNAL_ERROR_POLICY, "strict") else Severity.ADVICE,
        )


def configuration_mistakes(config: Mapping[str, Any]) -> list[str]:
    """The mistakes in the content of a configuration file, one sentence each."""
    return _read_sections(config)[1]


def read_policy_config(file: str) -> Mapping[str, Any]:
    """The content of a configuration file.

    Raises:
        UnreadableInput: the file cannot be read, or does not contain a JSON object.
    """
    content = read_json_file(file)
    if not isinstance(content, dict):
        raise UnreadableInput(file, "must be a JSON object of rule names")
    return content


class _Section(Struct, frozen=True):
    """The settings of one rule."""

    level: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    excluded: tuple[str, ...] = ()


def _read_sections(config: Mapping[str, Any]) -> tuple[dict[str, _Section], list[str]]:
    known = {**{rule.name: rule.parameters for rule in load_rules()}, **PACK_SETTINGS, ALL_POLICIES: {}}
    sections: dict[str, _Section] = {}
    mistakes: list[str] = []
    for name, value in config.items():
        if name not in known:
            mistakes.append(unknown_policy(name, known))
            continue
        # A string is short for an object with this level.
        given = {_LEVEL: value} if isinstance(value, str) else value
        if not isinstance(given, dict):
            mistakes.append(f"{name!r}: must be a level or an object.")
            continue
        level = given.get(_LEVEL)
        if level == REMEDIATE:
            mistakes.append(remediation_mistake(name))
        elif _LEVEL in given and level not in ENFORCEMENT_LEVELS:
            mistakes.append(f"{name!r}: the level must be one of {', '.join(ENFORCEMENT_LEVELS)}.")
        section = {key: entry for key, entry in given.items() if key != _LEVEL}
        if name == ALL_POLICIES:
            mistakes += level_only(section)
            section = {}
        values, wrong = read_configuration(known[name], section)
        mistakes += [f"{name!r}: {mistake}" for mistake in wrong]
        excluded: tuple[str, ...] = values.pop(EXCLUDE, ())
        sections[name] = _Section(level, values, excluded)
    return sections, mistakes
