"""Baselines: the findings of an earlier JSON report no longer count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_probes.codec.files import read_json_file
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.finding import Finding, name_in_program
from pulumi_probes.report.as_json import VERSION

Fingerprint = tuple[str, ...]
"""Identifies a finding across runs; line, numbers and the order of containers do not matter."""


def fingerprint(finding: Finding) -> Fingerprint:
    """The key that identifies a finding across runs."""
    resource = finding.resource
    return (
        finding.code,
        resource.kind,
        resource.namespace or "",
        resource.name or name_in_program(resource.urn),
        finding.container or "",
        _without_indices(str(finding.path)),
    )


def digest(identity: Sequence[str]) -> str:
    """The fingerprint as 64 hexadecimal digits, for formats that have one text for it."""
    from hashlib import sha256  # imported late, loading it takes longer than computing thousands

    return sha256("\0".join(identity).encode("utf-8", "backslashreplace")).hexdigest()


def read_baseline(file: str) -> frozenset[Fingerprint]:
    """The fingerprints of the findings in a JSON report.

    Raises:
        UnreadableInput: the file cannot be read, or is not a JSON report of this project.
    """
    content = read_json_file(file)
    findings = content.get("findings") if isinstance(content, dict) and content.get("version") == VERSION else None
    if not isinstance(findings, list) or not all(isinstance(entry, dict) for entry in findings):
        raise UnreadableInput(
            file, f"not a JSON report of version {VERSION}; a baseline is the output of --format json"
        )
    return frozenset(_written(entry) for entry in findings)


def _written(entry: Mapping[str, Any]) -> Fingerprint:
    found = entry.get("resource")
    resource = found if isinstance(found, dict) else {}

    def text(place: Mapping[str, Any], key: str) -> str:
        value = place.get(key)
        return value if isinstance(value, str) else ""

    return (
        text(entry, "code"),
        text(resource, "kind"),
        text(resource, "namespace"),
        text(resource, "name") or name_in_program(text(resource, "urn")),
        text(entry, "container"),
        _without_indices(text(entry, "path")),
    )


def _without_indices(path: str) -> str:
    head, *rest = path.split("[")
    return head + "".join(f"[]{part.partition(']')[2]}" if part[:1].isdigit() else f"[{part}" for part in rest)
