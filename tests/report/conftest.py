"""The schema of the JSON report, and the part of JSON Schema that it uses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import pytest

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "null": type(None),
}


Problems = Callable[[object], list[str]]


@pytest.fixture
def schema_problems() -> Problems:
    """Says what in a report the schema does not allow."""
    schema = json.loads((files("pulumi_probes.report") / "schema.json").read_text())
    return lambda report: list(_problems(report, schema, schema, "report"))


def _problems(value: Any, schema: dict[str, Any], whole: dict[str, Any], where: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    if value != schema.get("const", value):
        yield f"{where}: must be {schema['const']}"
    if value not in schema.get("enum", [value]):
        yield f"{where}: must be one of {schema['enum']}"
    allowed = schema.get("type", [])
    names = [allowed] if isinstance(allowed, str) else allowed
    if names and not any(isinstance(value, _TYPES[name]) and not isinstance(value, bool) for name in names):
        yield f"{where}: must be {names}"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{where}: must match {schema['pattern']}"
    if isinstance(value, dict):
        yield from _problems_of_object(value, schema, whole, where)
    if isinstance(value, list):
        for index, below in enumerate(value):
            yield from _problems(below, schema.get("items", {}), whole, f"{where}[{index}]")


def _problems_of_object(
    value: dict[str, Any], schema: dict[str, Any], whole: dict[str, Any], where: str
) -> Iterator[str]:
    properties = schema.get("properties", {})
    yield from (f"{where}: lacks {key}" for key in schema.get("required", ()) if key not in value)
    if schema.get("additionalProperties") is False:
        yield from (f"{where}: has {key}" for key in value if key not in properties)
    for key, below in value.items():
        yield from _problems(below, properties.get(key, {}), whole, f"{where}.{key}")
