"""The diagnostic format of reviewdog, with suggestions where a change of lines is known."""

from __future__ import annotations

from typing import Any, Final

from pulumi_probes.codec.json_text import json_text
from pulumi_probes.model.finding import Finding, Severity
from pulumi_probes.report._formats import Style
from pulumi_probes.report.report import InputError, Report
from pulumi_probes.rules import find_rule

_SEVERITIES: Final = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.ADVICE: "INFO"}


def render(report: Report, _style: Style) -> str:
    """Render the open findings and the errors as a `DiagnosticResult`."""
    diagnostics = [*map(_diagnostic, report.open_findings), *map(_error, report.errors)]
    return json_text({"source": {"name": "pulumi-probes"}, "diagnostics": diagnostics})


def _diagnostic(finding: Finding) -> dict[str, Any]:
    rule = find_rule(finding.code)
    references = () if rule is None else rule.documentation.references
    place = f"{finding.resource}, {finding.where}" if finding.where else str(finding.resource)
    return {
        "message": f"{place}: {finding.message} {finding.fix}",
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.code, **({"url": references[0]} if references else {})},
        **_location(finding.source.file if finding.source else None, finding.source.line if finding.source else None),
        **_suggestions(finding),
    }


def _error(error: InputError) -> dict[str, Any]:
    return {"message": error.message, "severity": "ERROR", **_location(error.file, error.line)}


def _location(file: str | None, line: int | None) -> dict[str, Any]:
    if file is None or file.startswith("<"):
        return {}
    span = {"range": {"start": {"line": line}}} if line is not None else {}
    return {"location": {"path": file, **span}}


def _suggestions(finding: Finding) -> dict[str, Any]:
    change = finding.replacement
    if change is None:
        return {}
    # Without columns, a range means whole lines, and the text has no line break at its end.
    span = {"start": {"line": change.first_line}, "end": {"line": change.last_line}}
    return {"suggestions": [{"range": span, "text": change.after}]}
