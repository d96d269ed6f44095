"""Writes the names and types of the fields of workloads, in all supported versions of Kubernetes, to one file.

The source is `api/openapi-spec/swagger.json` in the Go module `k8s.io/kubernetes`, which is licensed under Apache-2.0.
Only the names and types of fields are taken, no descriptions.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).parents[1] / "components" / "pulumi_probes" / "codec" / "kubernetes_schema.json"

VERSIONS = {"1.34": "v1.34.4", "1.35": "v1.35.4", "1.36": "v1.36.3", "1.37": "v1.37.2"}
"""The supported versions, oldest first, and the release whose module is read."""

MODULE = "k8s.io/kubernetes"
POD_SPEC = "io.k8s.api.core.v1.PodSpec"
ALSO = frozenset({"Service", "PodDisruptionBudget"})
"""Kinds without a pod specification that rules read."""

SCALARS = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "intOrString",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "object",
}
FORMATS = {
    ("string", None): "string",
    ("string", "byte"): "string",
    ("boolean", None): "boolean",
    ("integer", "int32"): "int32",
    ("integer", "int64"): "int64",
    ("number", "double"): "double",
}

Definitions = Mapping[str, Mapping[str, Any]]


def main() -> None:
    """Write the file, or compare it."""
    by_version = {version: _definitions(release) for version, release in VERSIONS.items()}
    text = _text(_content(by_version))
    if sys.argv[1:] == ["--check"]:
        if OUTPUT.read_text(encoding="utf-8") != text:
            sys.exit(f"{OUTPUT.name} is not up to date: run scripts/schema")
    else:
        OUTPUT.write_text(text, encoding="utf-8")


def _definitions(release: str) -> Definitions:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["go", "mod", "download", "-json", f"{MODULE}@{release}"],
            cwd=folder,
            check=True,
            stdout=subprocess.PIPE,
        )
    file = Path(json.loads(done.stdout)["Dir"], "api", "openapi-spec", "swagger.json")
    definitions: Definitions = json.loads(file.read_text(encoding="utf-8"))["definitions"]
    return definitions


def _content(by_version: Mapping[str, Definitions]) -> dict[str, Any]:
    kinds: dict[str, dict[str, str]] = {}
    served: dict[tuple[str, str], list[str]] = {}
    fields: dict[str, dict[str, dict[str, list[str]]]] = {}
    for version, definitions in by_version.items():
        tops = dict(_kinds(definitions))
        for (kind, api_version), name in tops.items():
            kinds.setdefault(kind, {})[api_version] = _short(name)
            served.setdefault((kind, api_version), []).append(version)
        for name in _reachable(definitions, tops.values()):
            own = fields.setdefault(_short(name), {})
            for field, schema in definitions[name].get("properties", {}).items():
                own.setdefault(field, {}).setdefault(_type(schema, definitions, field), []).append(version)
    everywhere = list(by_version)
    if any(versions != everywhere for versions in served.values()):
        raise ValueError(f"not every version serves every kind: {served}")
    return {
        "source": {"module": MODULE, "file": "api/openapi-spec/swagger.json", "license": "Apache-2.0"},
        "versions": {version: VERSIONS[version] for version in everywhere},
        "kinds": {kind: kinds[kind] for kind in sorted(kinds)},
        "types": {
            name: {field: _since(name, field, fields[name][field], everywhere) for field in sorted(fields[name])}
            for name in sorted(fields)
        },
    }


def _kinds(definitions: Definitions) -> Iterator[tuple[tuple[str, str], str]]:
    for name, definition in definitions.items():
        for entry in definition.get("x-kubernetes-group-version-kind", ()):
            kind = entry["kind"]
            api_version = f"{entry['group']}/{entry['version']}" if entry["group"] else entry["version"]
            # Options of requests belong to every group.
            if not name.endswith(f".{kind}") or kind.endswith(("List", "Options")):
                continue
            if kind in ALSO or POD_SPEC in _reachable(definitions, [name]):
                yield (kind, api_version), name


def _reachable(definitions: Definitions, names: Any) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for field, schema in definitions[name].get("properties", {}).items():
            below = _reference(schema)
            if below is not None and below not in SCALARS and field != "status":
                waiting.append(below)
    return found


def _reference(schema: Mapping[str, Any]) -> str | None:
    """The definition that a field, the entries of a list or the values of a map refer to."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    below = schema.get("items") or schema.get("additionalProperties")
    return _reference(below) if below else None


def _type(schema: Mapping[str, Any], definitions: Definitions, field: str = "") -> str:
    # What a controller reports is not written by anybody.
    if field == "status":
        return "object"
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return SCALARS.get(name) or _short(name)
    if schema.get("type") == "array":
        return f"[]{_type(schema['items'], definitions)}"
    if schema.get("type") == "object":
        return f"{{}}{_type(schema['additionalProperties'], definitions)}"
    return FORMATS[schema["type"], schema.get("format")]


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _since(name: str, field: str, types: Mapping[str, list[str]], everywhere: list[str]) -> str:
    """The type, and the first and the last version that have the field unless all of them do."""
    if len(types) != 1:
        raise ValueError(f"the type of {name}.{field} differs: {types}")
    ((kind, versions),) = types.items()
    first, last = versions[0], versions[-1]
    if last != everywhere[-1]:
        return f"{kind} {first}-{last}"
    return kind if first == everywhere[0] else f"{kind} {first}"


def _text(content: Mapping[str, Any]) -> str:
    """JSON with one type on a line, so that a change can be read."""
    parts = [f"  {json.dumps(key)}: {json.dumps(content[key])}" for key in ("source", "versions")]
    for key in ("kinds", "types"):
        lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(value)}" for name, value in content[key].items())
        parts.append(f"  {json.dumps(key)}: {{\n{lines}\n  }}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    main()
