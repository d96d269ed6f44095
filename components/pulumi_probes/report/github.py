"""Workflow commands of GitHub Actions: findings as annotations on the lines of a pull request."""

from __future__ import annotations

from typing import Final

from pulumi_probes.model.characters import visible
from pulumi_probes.model.finding import Finding, Severity
from pulumi_probes.report._formats import Style
from pulumi_probes.report.report import InputError, Report
from pulumi_probes.report.text import summary_line

_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}


def render(report: Report, _style: Style) -> str:
    """Render the report as workflow commands; waived findings are only counted in the last line."""
    lines = [_finding(finding) for finding in report.open_findings]
    lines += [_error(error) for error in report.errors]
    lines += [_command("notice", {"file": note.file, "title": "Note"}, note.message) for note in report.notes]
    return "\n".join([*lines, summary_line(report)]) + "\n"


def _finding(finding: Finding) -> str:
    source = finding.source
    properties = {
        "file": source.file if source is not None else None,
        "line": str(source.line) if source is not None and source.line is not None else None,
        "title": f"{finding.code} {finding.rule}",
    }
    text = f"{finding.resource}, {finding.where}: {finding.message}\nFix: {finding.fix}"
    return _command(_COMMANDS[finding.severity], properties, text)


def _error(error: InputError) -> str:
    line = str(error.line) if error.line is not None else None
    return _command("error", {"file": error.file, "line": line, "title": "Input error"}, error.message)


def _command(name: str, properties: dict[str, str | None], text: str) -> str:
    # Escaped, so that no text can end its command and inject another one.
    written = ",".join(
        f"{key}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}"
        for key, value in properties.items()
        if value is not None and not value.startswith("<")
    )
    return f"::{name} {written}::{_escaped(text)}"


def _escaped(text: str) -> str:
    return "%0A".join(visible(line.replace("%", "%25")) for line in text.split("\n"))
