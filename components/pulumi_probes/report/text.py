"""The report as text: findings grouped by object, each with location, problem, consequence and fix.

Findings with the same text are explained once, and those in the baseline are counted; `verbose` lists all of them.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from pulumi_probes.model.characters import visible, without_commands
from pulumi_probes.model.finding import Finding, NotEvaluated, Severity
from pulumi_probes.model.plurals import counted
from pulumi_probes.report._formats import Style
from pulumi_probes.report.grouping import REPEATED_FROM, Repetition, by_severity, group
from pulumi_probes.report.report import Report

BOLD: Final = "1"
DIM: Final = "2"
RED: Final = "31"
GREEN: Final = "32"
YELLOW: Final = "33"
CYAN: Final = "36"

_COLORS = {Severity.ERROR: RED, Severity.WARNING: YELLOW, Severity.ADVICE: CYAN}
_INDENT = "    "
_LISTED: Final = 10
"""Number of places that are listed below one explanation."""

# Keeps a number and its unit on one line.
_UNIT: Final = re.compile(r"(?<=\d) (?=(?:s|ms|min|h|CPUs?)\b)")


def render(report: Report, style: Style) -> str:
    """Render the report as text of at most `style.width` columns; empty if it is quiet and has nothing to say."""
    page = Page(style)
    add_findings(page, report)
    add_errors(page, report, "Input errors:")
    if not style.quiet:
        add_notes(page, report)
        add_summary(page, report)
    return page.text()


class Page:
    """A page of text with a maximum width; control characters in the text are made visible."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self._lines: list[str] = []

    def add(self, text: str, *codes: str, indent: str = "", hanging: str | None = None) -> None:
        """Add a paragraph, wrapped to the width of the page.

        Args:
            text: the paragraph.
            codes: its ANSI colors and styles.
            indent: prefix of its first line.
            hanging: prefix of its other lines; `indent` if None.
        """
        wrapped = textwrap.wrap(
            _UNIT.sub("\xa0", visible(text)),
            width=self.style.width,
            initial_indent=indent,
            subsequent_indent=indent if hanging is None else hanging,
            break_on_hyphens=False,
            drop_whitespace=True,
        )
        self._lines += [self.painted(line.replace("\xa0", " "), *codes) for line in wrapped or [""]]

    def add_line(self, *parts: tuple[str, tuple[str, ...]], hanging: str = _INDENT) -> None:
        """Add a line of parts with separate styles; wrapped without styles if it is too long."""
        plain = "".join(visible(text) for text, _ in parts)
        if len(plain) > self.style.width:
            indent = plain[: len(plain) - len(plain.lstrip(" "))]
            self.add(plain.lstrip(" "), indent=indent, hanging=hanging)
        else:
            self._lines.append("".join(self.painted(visible(text), *codes) for text, codes in parts))

    def add_verbatim(self, text: str, *codes: str, indent: str = "") -> None:
        """Add a line without wrapping, such as an example or a link, so that it can be copied."""
        self._lines.append(self.painted(indent + visible(text), *codes) if text else "")

    def blank(self) -> None:
        """Add an empty line, unless the page is empty or ends with one."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def painted(self, text: str, *codes: str) -> str:
        """The text with ANSI codes, if the page has colors."""
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.style.color and codes else text

    def text(self) -> str:
        """The content of the page; each line ends with a line break."""
        text = without_commands("\n".join(self._lines).rstrip("\n"))
        return f"{text}\n" if text else ""


def add_findings(page: Page, report: Report) -> None:
    """Add the findings, grouped by object, and the rules that could not be evaluated."""
    style = page.style
    if style.quiet:
        findings = report.open_findings
    elif style.verbose:
        findings = report.findings
    else:
        findings = tuple(finding for finding in report.findings if not finding.is_in_baseline)
    groups = group(findings, repeated_from=len(findings) + 1 if style.verbose else REPEATED_FROM)
    for resource, found in groups.objects:
        page.blank()
        page.add(str(resource), BOLD)
        for finding in found:
            _add_finding(page, finding)
    if groups.repetitions:
        page.blank()
        page.add("In several places:", BOLD)
        for repetition in by_severity(groups.repetitions):
            _add_repetition(page, repetition)
    if report.not_evaluated and (not style.quiet or report.not_evaluated_fails):
        page.blank()
        page.add("Not evaluated, because a value is not known before deployment:", BOLD)
        for line in _not_evaluated(report.not_evaluated):
            page.add(line, indent="  ", hanging=_INDENT)


def add_errors(page: Page, report: Report, heading: str) -> None:
    """Add the errors under a heading."""
    if not report.errors:
        return
    page.blank()
    page.add(heading, BOLD)
    for error in report.errors:
        for number, line in enumerate(str(error).splitlines()):
            page.add(line, RED, indent="  " if number == 0 else _INDENT, hanging=_INDENT)


def add_notes(page: Page, report: Report) -> None:
    """Add the notes about inputs."""
    if not report.notes:
        return
    page.blank()
    page.add("Notes:", BOLD)
    for note in report.notes:
        page.add(str(note), indent="  ", hanging=_INDENT)


def add_summary(page: Page, report: Report) -> None:
    """Add the summary line."""
    page.blank()
    is_clean = not report.open_findings and not report.errors
    page.add(summary_line(report), *((GREEN,) if is_clean else ()))
    open_findings = report.open_findings
    if open_findings:
        page.add(f"Run `probes explain {open_findings[0].code}` for more about a rule.", DIM)


def summary_line(report: Report) -> str:
    """The counts as one sentence."""
    counts = [
        counted(report.count(severity), severity.value)
        for severity in sorted(Severity, reverse=True)
        if report.count(severity)
    ]
    baseline = len(report.baseline_findings)
    waived = len(report.waived_findings) - baseline
    counts += [f"{waived} waived"] if waived else []
    counts += [f"{baseline} in the baseline"] if baseline else []
    audited = f"Audited {counted(report.workloads, 'workload')} in {counted(report.resources, 'object')}"
    # "No findings" would be wrong about inputs that could not be read.
    results = counts or ([] if report.errors else ["no findings"])
    return f"{audited}: {', '.join(results)}." if results else f"{audited}."


def severity_color(severity: Severity) -> str:
    """The ANSI color of a severity."""
    return _COLORS[severity]


def _add_finding(page: Page, finding: Finding) -> None:
    page.blank()
    _add_heading(page, finding, str(finding.source) if finding.source is not None else "")
    if finding.where:
        page.add(finding.where, DIM, indent=_INDENT)
    _add_texts(page, finding)


def _add_repetition(page: Page, repetition: Repetition) -> None:
    """Add an explanation, and the places that it is about."""
    findings = repetition.findings
    page.blank()
    _add_heading(page, repetition.first, f"{len(findings)} times")
    if repetition.common_place:
        page.add(repetition.common_place, DIM, indent=_INDENT)
    _add_texts(page, repetition.first)
    for finding in findings[:_LISTED]:
        where = (finding.container or "") if repetition.common_place is not None else finding.where
        source = f"  {finding.source}" if finding.source is not None else ""
        place = ", ".join(filter(None, (str(finding.resource), where)))
        page.add_line((f"{_INDENT}- {place}", ()), (source, (DIM,)), hanging=f"{_INDENT}  ")
    if len(findings) > _LISTED:
        page.add(f"- and {len(findings) - _LISTED} more, which --verbose lists", DIM, indent=_INDENT)


def _add_heading(page: Page, finding: Finding, remark: str) -> None:
    waived = finding.waiver is not None
    label = "waived" if waived else finding.severity.value
    page.add_line(
        (f"  {label}", (DIM,) if waived else (_COLORS[finding.severity], BOLD)),
        (f" {finding.code} {finding.rule}", ()),
        (f"  {remark}" if remark else "", (DIM,)),
    )


def _add_texts(page: Page, finding: Finding) -> None:
    if finding.waiver is not None:
        until = f", until {finding.waiver.until}" if finding.waiver.until is not None else ""
        page.add(f"{finding.what} Waived: {finding.waiver.reason}{until}.", indent=_INDENT)
        return
    page.add(finding.message, indent=_INDENT)
    page.add(f"Fix: {finding.fix}", indent=_INDENT, hanging=_INDENT + "     ")


def _not_evaluated(entries: Iterable[NotEvaluated]) -> Iterator[str]:
    codes: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        codes.setdefault((str(entry.resource), str(entry.path)), []).append(entry.code)
    for (resource, path), found in codes.items():
        yield f"{resource} {path}".rstrip() + f": {', '.join(dict.fromkeys(found))}"
