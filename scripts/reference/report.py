"""The page about report formats, with the fields of the JSON report, and the schema next to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, Final

from pulumi_probes._markdown import table
from pulumi_probes.report import FORMATS

SCHEMA: Final = "report.schema.json"
_FORMATS: Final = f"""\
# Reports

`probes audit` and `probes preview` write a report in one of these formats, selected with `--format`:

{table(["format", "for"], ([f"`{name}`", form.purpose] for name, form in FORMATS.items()))}

All of them have the same findings; [Report findings in CI](../how-to/ci.md) shows where to use which.

## Text

Findings with the same rule and the same text, which differ in their places only, are explained once from the third
one on: the places follow below the explanation, at most ten of them. Findings of a `--baseline` are counted in the
last line. `--verbose` lists every finding with its object instead. `--quiet` leaves out everything but open findings
and errors, and writes nothing if there are none. `--statistics` shows the number of findings per rule instead of the
findings.

## Concise

Each line is `path:line:column: CODE level object, field: message fix`. Findings have no column, so it is always 1;
without a file, the line begins with the object.

## HTML

The page is one file that loads nothing: it opens from a disk and without a network. It can be read without
JavaScript; with it, findings can be filtered by level, rule and text. `/` leads to the search, and the address of a
filtered page can be passed on. The workloads with the gravest findings come first and have drawings, as many as keep
the page below 2 MB; findings and summaries stop at 6 MB, and the page says what it leaves out.

## Markdown

The text has at most 65,536 characters, the limit of a comment on GitHub. If there is more, the least grave findings
are left out, and the last line says how many. The first line is `<!-- pulumi-probes -->`, by which a job finds its
earlier comment.

## GitLab Code Quality

An error has the severity `critical`, a warning `major`, advice `info`, and an input that cannot be read `blocker`.
The fingerprint depends on rule, object, container, field and file, and not on lines or numbers. Waived findings are
left out.

## SARIF

Results that a waiver or the baseline covers have a suppression; with a baseline, each result has a `baselineState`.
The partial fingerprint `pulumiProbes/v1` depends on rule, object, container and field.

## JSON

[`{SCHEMA}`]({SCHEMA}) is its JSON schema; the names below with a dot are fields of objects in it."""


def pages() -> dict[str, str]:
    """The page, and the schema."""
    text = (files("pulumi_probes.report") / "schema.json").read_text(encoding="utf-8")
    return {"reports.md": _page(json.loads(text)), SCHEMA: text}


def _page(schema: Mapping[str, Any]) -> str:
    parts = [_FORMATS, _table(schema)]
    for name, definition in schema["$defs"].items():
        if definition.get("type") == "object":
            parts += [f"### {_title(name)}", *_description(definition), _table(definition)]
    return "\n\n".join(parts) + "\n"


def _description(schema: Mapping[str, Any]) -> list[str]:
    return [schema["description"]] if "description" in schema else []


def _table(schema: Mapping[str, Any]) -> str:
    return table(["field", "type", "description"], _rows(schema, ""))


def _rows(schema: Mapping[str, Any], prefix: str) -> Iterator[list[str]]:
    """The fields of an object, and those of the objects inside it: `source.file`, `resources[].urn`."""
    for name, field in schema["properties"].items():
        optional = "" if name in schema["required"] else "; may be absent"
        yield [f"`{prefix}{name}`", _type(field) + optional, field.get("description", "")]
        inner = field["items"] if field.get("type") == "array" else field
        if "properties" in inner:
            yield from _rows(inner, f"{prefix}{name}{'[]' if inner is not field else ''}.")


def _type(field: Mapping[str, Any]) -> str:
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return "string or null" if name == "text" else f"[{_title(name)}](#{_title(name).lower().replace(' ', '-')})"
    if "const" in field:
        return f"`{json.dumps(field['const'])}`"
    if "enum" in field:
        return ", ".join(f"`{json.dumps(value)}`" for value in field["enum"])
    if field["type"] == "array":
        return f"list of {_type(field['items'])}"
    kind = field["type"]
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _title(name: str) -> str:
    """notEvaluated: Not evaluated."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return words.capitalize()
