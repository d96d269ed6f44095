"""The output of `probes preview` in addition to an audit: resources, diagnostics, timelines, written files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pulumi_probes.model.plurals import counted
from pulumi_probes.model.stack import Stack
from pulumi_probes.report import Report, Style
from pulumi_probes.report.text import BOLD, DIM, YELLOW, Page, add_errors, add_findings, add_notes, add_summary
from pulumi_probes.report.timeline import add_timeline, timeline_as_dict

if TYPE_CHECKING:
    from pulumi_probes.preview import Diagnostic, Recording, Registration
    from pulumi_probes.preview.rendering import Written

_HANGING = " " * 8


def preview_page(
    recording: Recording,
    stack: Stack,
    report: Report,
    written: Written | None,
    style: Style,
    errors: Sequence[Diagnostic] = (),
) -> str:
    """Render the report of a preview as text.

    Args:
        recording: the result of the program.
        stack: its workloads.
        report: the audit.
        written: the manifests that were written, if any.
        style: the layout.
        errors: the diagnostics that the report contains as errors.
    """
    page = Page(style)
    page.add(f"{recording.project}, stack {recording.stack}", BOLD)
    for line in _tree(recording):
        page.add(line, hanging=_HANGING)
    notes = [diagnostic for diagnostic in recording.diagnostics if diagnostic not in errors]
    if notes:
        page.blank()
        page.add("Not audited:", BOLD)
        for diagnostic in notes:
            page.add(f"{diagnostic.subject}: {diagnostic.message}", YELLOW, indent="  ", hanging="    ")
    add_findings(page, report)
    if stack.workloads:
        page.blank()
        page.add("What the probes do:", BOLD)
        for workload in stack.workloads:
            add_timeline(page, workload)
    if written is not None:
        page.blank()
        folder = written.folder
        page.add(f"Wrote {counted(len(written.files), 'manifest')} to {folder}.")
        for left_out in written.diagnostics:
            page.add(left_out, DIM, indent="  ", hanging="    ")
    add_notes(page, report)
    add_errors(page, report, "The program failed:" if recording.failures else "Errors:")
    add_summary(page, report)
    return page.text()


def preview_as_dict(recording: Recording, stack: Stack, written: Written | None) -> dict[str, Any]:
    """The data of a preview for JSON."""
    return {
        "project": recording.project,
        "stack": recording.stack,
        "resources": [
            {
                "urn": registration.urn,
                "type": registration.type_token,
                "name": registration.name,
                "parent": registration.parent,
            }
            for registration in recording.registrations
        ],
        "not_seen": [
            {"subject": diagnostic.subject, "message": diagnostic.message} for diagnostic in recording.diagnostics
        ],
        "timelines": [timeline_as_dict(workload) for workload in stack.workloads],
        "written": [str(file) for file in written.files] if written is not None else [],
    }


def _tree(recording: Recording) -> Iterator[str]:
    children: dict[str | None, list[Registration]] = {}
    known = {registration.urn for registration in recording.registrations}
    for registration in recording.registrations:
        children.setdefault(registration.parent if registration.parent in known else None, []).append(registration)
    waiting: list[tuple[Registration, str, str]] = [(top, "", "") for top in reversed(children.get(None, []))]
    while waiting:
        registration, lead, below = waiting.pop()
        mark = "  (read)" if registration.is_read else "  (rendered here)" if registration.is_derived else ""
        yield f"{lead}{registration.type_token} {registration.name}{mark}"
        family = children.pop(registration.urn, [])
        for index, child in reversed(list(enumerate(family))):
            is_last = index == len(family) - 1
            waiting.append((child, f"{below}{'└─ ' if is_last else '├─ '}", f"{below}{'   ' if is_last else '│  '}"))
