"""The JSON report, version 1; `schema.json` defines what programs may rely on."""

from __future__ import annotations

from typing import Any

from pulumi_probes.codec.json_text import json_text
from pulumi_probes.model.finding import Finding, NotEvaluated, ResourceReference, Severity, SourceLocation, Waiver
from pulumi_probes.report._formats import Style
from pulumi_probes.report.report import Report

VERSION = 1
"""Incremented by changes that break programs that read the report."""


def render(report: Report, _style: Style) -> str:
    """The report as JSON."""
    return json_text(_content(report))


def _content(report: Report) -> dict[str, Any]:
    """The report as plain data, with iterators for the long lists."""
    content: dict[str, Any] = {
        "version": VERSION,
        "findings": map(_finding, report.findings),
        "not_evaluated": map(_not_evaluated, report.not_evaluated),
        "errors": [error.as_dict() for error in report.errors],
        "summary": {
            "resources": report.resources,
            "workloads": report.workloads,
            **{severity.value: report.count(severity) for severity in sorted(Severity, reverse=True)},
            "waived": len(report.waived_findings),
        },
    }
    if report.notes:
        content["notes"] = [note.as_dict() for note in report.notes]
    if report.preview is not None:
        content["preview"] = report.preview
    return content


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": finding.message,
        "fix": finding.fix,
        "resource": resource_as_dict(finding.resource),
        "container": finding.container,
        "path": str(finding.path),
        "source": _source(finding.source),
        "waived": _waived(finding.waiver),
    }


def _not_evaluated(entry: NotEvaluated) -> dict[str, Any]:
    return {
        "code": entry.code,
        "rule": entry.rule,
        "resource": resource_as_dict(entry.resource),
        "container": entry.container,
        "path": str(entry.path),
        "reason": entry.reason,
    }


def resource_as_dict(resource: ResourceReference) -> dict[str, Any]:
    """A reference to a resource, for JSON."""
    return {"kind": resource.kind, "namespace": resource.namespace, "name": resource.name, "urn": resource.urn}


def _source(source: SourceLocation | None) -> dict[str, Any] | None:
    return None if source is None else {"file": source.file, "line": source.line}


def _waived(waiver: Waiver | None) -> dict[str, Any] | None:
    if waiver is None:
        return None
    until = waiver.until.isoformat() if waiver.until is not None else None
    return {"reason": waiver.reason, "until": until, "origin": waiver.origin}
