"""The page about report formats, with the fields of the JSON report, and the schema next to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, Final

from pulumi_probes._markdown import table

SCHEMA: Final = "report.schema.json"
_FORMATS: Final = f"""\
# Reports

`probes audit` and `probes preview` write a report in one of these formats, selected with `--format`:

| format | for |
| --- | --- |
| `text` | people |
| `json` | programs; also the file for `--baseline` |
| `sarif` | code scanning; SARIF 2.1.0 |
| `junit` | the test reports of CI systems |
| `github` | annotations in GitHub Actions |

[Report findings in CI](../how-to/ci.md) shows each of them.

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
