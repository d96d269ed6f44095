"""The JSON report, version 1; `schema.json` defines what programs may rely on."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from pulumi_probes.codec.json_text import json_text
from pulumi_probes.model.finding import Finding, NotEvaluated, ResourceReference, Severity, Waiver
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
        "errors": list(report.errors),
        "summary": _Summary(
            resources=report.resources,
            workloads=report.workloads,
            error=report.count(Severity.ERROR),
            warning=report.count(Severity.WARNING),
            advice=report.count(Severity.ADVICE),
            waived=len(report.waived_findings),
        ),
    }
    if report.notes:
        content["notes"] = list(report.notes)
    if report.preview is not None:
        content["preview"] = report.preview
    return content


class _Summary(Struct):
    resources: int
    workloads: int
    error: int
    warning: int
    advice: int
    waived: int


class _Resource(Struct):
    kind: str
    namespace: str | None
    name: str | None
    urn: str | None


class _Source(Struct):
    file: str
    line: int | None


class _Waived(Struct):
    reason: str
    until: str | None
    origin: str


class _Finding(Struct):
    code: str
    rule: str
    severity: str
    message: str
    fix: str
    resource: _Resource
    container: str | None
    path: str
    source: _Source | None
    waived: _Waived | None


class _NotEvaluated(Struct):
    code: str
    rule: str
    resource: _Resource
    container: str | None
    path: str
    reason: str


def _finding(finding: Finding) -> _Finding:
    return _Finding(
        code=finding.code,
        rule=finding.rule,
        severity=finding.severity.value,
        message=finding.message,
        fix=finding.fix,
        resource=_resource(finding.resource),
        container=finding.container,
        path=str(finding.path),
        source=None if finding.source is None else _Source(finding.source.file, finding.source.line),
        waived=_waived(finding.waiver),
    )


def _not_evaluated(entry: NotEvaluated) -> _NotEvaluated:
    return _NotEvaluated(
        code=entry.code,
        rule=entry.rule,
        resource=_resource(entry.resource),
        container=entry.container,
        path=str(entry.path),
        reason=entry.reason,
    )


def _resource(resource: ResourceReference) -> _Resource:
    return _Resource(resource.kind, resource.namespace, resource.name, resource.urn)


def _waived(waiver: Waiver | None) -> _Waived | None:
    if waiver is None:
        return None
    return _Waived(waiver.reason, waiver.until.isoformat() if waiver.until is not None else None, waiver.origin)


def resource_as_dict(resource: ResourceReference) -> dict[str, Any]:
    """A reference to a resource, for JSON."""
    return asdict(_resource(resource))
