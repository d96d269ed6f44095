"""The page and the JSON schema of the project file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from pulumi_probes._markdown import table
from pulumi_probes.codec.json_text import json_text
from pulumi_probes.report.project_keys import (
    FOLDER_KEYS,
    KEYS,
    RULES,
    Configuration,
    Folders,
    Key,
    Kind,
    ListOf,
    OneOf,
    Pattern,
    Text,
)
from pulumi_probes.rules import PACK_SETTINGS
from reference import configuration

SCHEMA: Final = "project-file.schema.json"

_INTRODUCTION: Final = f"""\
`probes audit`, `probes preview` and `probes fix` take their options from a project file, so that everyone who runs
them, and continuous integration, gets the same report. The file is `.probes.yaml`:

```yaml
# yaml-language-server: $schema={SCHEMA}
ignore: [prestop-missing]
rules:
  all: advisory
  named-port-missing: mandatory
  exec-period-too-short: {{minimumSeconds: 5}}
fail-on: warning
baseline: probes-baseline.json
waivers: [waivers.yaml]
kubernetes-version: "1.31"
feature-gates: [GRPCContainerProbeTLS]
folders:
  deploy/legacy:
    ignore: [prestop-missing, PRB2]
    rules:
      readiness-missing: advisory
```

or the table `[tool.probes]` in `pyproject.toml`, with the same keys:

```toml
[tool.probes]
ignore = ["prestop-missing"]
fail-on = "warning"

[tool.probes.rules]
all = "advisory"
exec-period-too-short = {{minimumSeconds = 5}}

[tool.probes.folders."deploy/legacy"]
ignore = ["prestop-missing", "PRB2"]
```

[`{SCHEMA}`]({SCHEMA}) is the JSON schema of `.probes.yaml`. With a copy of it next
to the file, and the comment in the first line, editors complete and check the keys."""

_DISCOVERY: Final = """\
The file is looked for in the current directory and its parents, up to the root of the repository, which is the
directory with `.git`. The nearest one applies, and no other. A `pyproject.toml` without `[tool.probes]` does
not count; a directory with both files is an error. `--config-file FILE` names a file: one that ends with
`.toml` is read as `pyproject.toml`, any other as `.probes.yaml`. `--no-config-file` ignores the file.
`--verbose` shows which one applies.

Unknown keys and values of the wrong type are errors. All of them are reported, each with its line, and the exit
status is 2."""

_PRECEDENCE: Final = """\
An option of the command line replaces the value of the file, also that of folders. `--policy-config` replaces
`rules`. Paths are relative to the project file."""

_FOLDERS: Final = """\
The keys of `folders` are directories. Workloads whose file is in one of them, or below, are audited with its
values: `select` and `ignore` replace those of the file, and `rules` is merged with those of the file, rule by
rule. A directory inside another one starts from the values of the outer one. Objects from standard input count
as files of the current directory, resources of a Pulumi program as objects in its source files.

A waiver in a file is reported as unused only if its rule is evaluated in all folders; one in an annotation, if
its rule is evaluated in the folder of its workload."""


def pages() -> dict[str, str]:
    """The page, and the schema next to it."""
    return {"project-file.md": _page(), SCHEMA: json_text(schema())}


def schema() -> dict[str, Any]:
    """The JSON schema of the project file."""
    sections = configuration.schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The project file of pulumi-probes: .probes.yaml",
        **_section(KEYS),
        "$defs": {
            **sections["$defs"],
            "rule": {"enum": list(RULES.values)},
            "ruleConfiguration": _configuration(
                {name: part for name, part in sections["properties"].items() if name not in PACK_SETTINGS}
            ),
            "configuration": _configuration(sections["properties"]),
        },
    }


def _configuration(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _section(keys: Iterable[Key]) -> dict[str, Any]:
    properties = {key.name: {"description": _plain(key.description), **_schema(key.kind)} for key in keys}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _schema(kind: Kind) -> dict[str, Any]:
    match kind:
        case OneOf():
            return {"$ref": "#/$defs/rule"} if kind is RULES else {"enum": list(kind.values)}
        case Text():
            return {"type": "string", "minLength": 1}
        case Pattern():
            return {"type": "string", "pattern": kind.regular_expression}
        case ListOf():
            least = {} if kind.may_be_empty else {"minItems": 1}
            return {"type": "array", "items": _schema(kind.entry), **least}
        case Configuration():
            return {"$ref": f"#/$defs/{'configuration' if kind.with_audit else 'ruleConfiguration'}"}
        case Folders():
            return {"type": "object", "additionalProperties": _section(kind.keys)}


def _type(kind: Kind) -> str:
    match kind:
        case OneOf():
            return "string"
        case Text():
            return "path"
        case Pattern():
            return "string"
        case ListOf():
            return "array of paths" if isinstance(kind.entry, Text) else "array of strings"
        case Configuration() | Folders():
            return "object"


def _plain(text: str) -> str:
    """A text without the targets of its links."""
    parts = text.split("](")
    return parts[0].replace("[", "") + "".join(part.partition(")")[2] for part in parts[1:])


def _rows(keys: Iterable[Key]) -> list[list[str]]:
    return [
        [f"`{key.name}`", _type(key.kind), f"`{key.option}`" if key.option else "", key.description] for key in keys
    ]


def _page() -> str:
    head = ["key", "type", "option", "description"]
    parts = [
        "# The project file",
        _INTRODUCTION,
        "## Which file applies",
        _DISCOVERY,
        "## Keys",
        _PRECEDENCE,
        table(head, _rows(KEYS)),
        "## Folders",
        _FOLDERS,
        table(head, _rows(FOLDER_KEYS)),
    ]
    return "\n\n".join(parts) + "\n"
