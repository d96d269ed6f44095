"""The page and the JSON schema of the configuration file for rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pulumi_probes._markdown import table
from pulumi_probes.codec.json_text import json_text
from pulumi_probes.rules import ENFORCEMENT_LEVELS, PACK_SETTINGS, load_rules
from pulumi_probes.rules._configuration import EXCLUDE, configuration_schema
from pulumi_probes.rules._documentation import parameter_cells

SCHEMA: Final = "policy-config.schema.json"

_INTRODUCTION: Final = f"""\
A JSON file sets the enforcement levels and the parameters of rules. Pass it to the policy pack with `pulumi preview
--policy-pack-config FILE`, and to `probes audit` and `probes preview` with `--policy-config FILE`. Unknown keys and
values of the wrong type are errors. [`{SCHEMA}`]({SCHEMA}) is its JSON schema.

```json
{{
  "all": "advisory",
  "named-port-missing": "mandatory",
  "readiness-missing": {{"enforcementLevel": "mandatory", "exclude": ["legacy-*", "kube-system/*"]}},
  "exec-period-too-short": {{"minimumSeconds": 5}}
}}
```

A key is the name of a rule, the name of a policy about the audit itself, or `all`. Its value is a level, or an object
with a level and parameters."""

_LEVELS: Final = """\
| level | policy pack | `probes` |
| --- | --- | --- |
| `mandatory` | a finding blocks the deployment | a finding is an error |
| `advisory` | a finding is printed | a finding is a warning at most |
| `remediate` | as `mandatory`, and a mistake of the configuration, since no rule changes anything | exit status 2 |
| `disabled` | the rule is not evaluated | the rule is not evaluated |

Without a level, rules of severity error are `mandatory` and all others `advisory`."""

_EVERY: Final = f"""\
Every rule has the parameter `{EXCLUDE}`, a list of patterns with `*` and `?`. A pattern is compared with the name of
the object and its name in the program; with a slash, with `namespace/name`; if it begins with `urn:`, with the URN.
What `probe-configuration` excludes is excluded from all rules."""


def pages() -> dict[str, str]:
    """The page, and the schema next to it."""
    return {"configuration.md": _page(), SCHEMA: json_text(schema())}


def schema() -> dict[str, Any]:
    """The JSON schema of the configuration file."""
    described = {rule.name: (f"{rule.code}: {rule.summary}", rule.parameters) for rule in load_rules()}
    about_the_audit = {name: ("", parameters) for name, parameters in PACK_SETTINGS.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The configuration of pulumi-probes: levels and parameters of rules",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "all": _section("The level of all rules that have no level of their own.", {}),
            **{
                name: _section(description, configuration_schema(parameters))
                for name, (description, parameters) in {**described, **about_the_audit}.items()
            },
        },
        "$defs": {"level": {"enum": list(ENFORCEMENT_LEVELS)}},
    }


def _section(description: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    level = {"$ref": "#/$defs/level"}
    section = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"enforcementLevel": level, **parameters},
    }
    return {**({"description": description} if description else {}), "anyOf": [level, section]}


def _page() -> str:
    rows = [
        [f"[`{rule.name}`](rules/{rule.code}.md)", *parameter_cells(key, part)]
        for rule in load_rules()
        for key, part in configuration_schema(rule.parameters).items()
        if key != EXCLUDE
    ]
    audit = [
        [f"`{name}`", *parameter_cells(key, part)]
        for name, parameters in PACK_SETTINGS.items()
        for key, part in configuration_schema(parameters).items()
    ]
    head = ["key", "parameter", "type", "default"]
    parts = [
        "# Configuration of rules",
        _INTRODUCTION,
        "## Levels",
        _LEVELS,
        "## Parameters",
        _EVERY,
        table(head, rows),
        "Policies about the audit itself; [the policy pack](policy-pack.md#levels-and-parameters) describes them:",
        table(head, audit),
    ]
    return "\n\n".join(parts) + "\n"
