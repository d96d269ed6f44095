"""One line per finding, as compilers write it: `path:line:column: CODE level message`."""

from __future__ import annotations

from pulumi_probes.model.characters import visible, without_commands
from pulumi_probes.model.finding import Finding
from pulumi_probes.report._formats import Style
from pulumi_probes.report.report import InputError, Report
from pulumi_probes.report.text import summary_line

_COLUMN = 1
"""Findings have a line and no column; editors expect one."""


def render(report: Report, style: Style) -> str:
    """Render the report as lines; waived findings are only counted in the last line, which `quiet` leaves out."""
    lines = [*map(_finding, report.open_findings), *map(_error, report.errors)]
    if not style.quiet:
        lines += [f"{note.file}: note {note.message}" for note in report.notes]
        lines.append(summary_line(report))
    return without_commands("".join(f"{visible(line)}\n" for line in lines))


def _finding(finding: Finding) -> str:
    source = finding.source
    place = _place(source.file, source.line) if source is not None else f"{finding.resource}: "
    about = ", ".join(filter(None, (str(finding.resource) if source is not None else "", finding.where)))
    return f"{place}{finding.code} {finding.severity.value} {about}: {finding.message} {finding.fix}"


def _error(error: InputError) -> str:
    return f"{_place(error.file, error.line) if error.file is not None else ''}error {error.message}"


def _place(file: str, line: int | None) -> str:
    return f"{file}: " if line is None else f"{file}:{line}:{_COLUMN}: "
