"""The report as text: findings grouped by object, each with location, problem, consequence and fix."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from pulumi_probes.model.characters import visible
from pulumi_probes.model.finding import Finding, NotEvaluated, ResourceReference, Severity
from pulumi_probes.model.plurals import counted
from pulumi_probes.report._formats import Style
from pulumi_probes.report.report import Report

BOLD: Final = "1"
DIM: Final = "2"
RED: Final = "31"
GREEN: Final = "32"
YELLOW: Final = "33"
CYAN: Final = "36"

_COLORS = {Severity.ERROR: RED, Severity.WARNING: YELLOW, Severity.ADVICE: CYAN}
_INDENT = "    "
# Keeps a number and its unit on one line.
_UNIT: Final = re.compile(r"(?<=\d) (?=(?:s|ms|min|h|CPUs?)\b)")


def render(report: Report, style: Style) -> str:
    """Render the report as text of at most `style.width` columns."""
    page = Page(style)
    add_findings(page, report)
    add_errors(page, report, "Input errors:")
    add_summary(page, report)
    return page.text()


class Page:
    """A page of text with a maximum width; control characters in the text are made visible."""

    def __init__(self, style: Style) -> None:
        self._style = style
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
            width=self._style.width,
            initial_indent=indent,
            subsequent_indent=indent if hanging is None else hanging,
            break_on_hyphens=False,
            drop_whitespace=True,
        )
        self._lines += [self.painted(line.replace("\xa0", " "), *codes) for line in wrapped or [""]]

    def add_line(self, *parts: tuple[str, tuple[str, ...]]) -> None:
        """Add a line of parts with separate styles; wrapped without styles if it is too long."""
        plain = "".join(visible(text) for text, _ in parts)
        if len(plain) > self._style.width:
            self.add(plain, hanging=_INDENT)
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
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self._style.color and codes else text

    def text(self) -> str:
        """The content of the page."""
        return "\n".join(self._lines).rstrip("\n") + "\n"


def add_findings(page: Page, report: Report) -> None:
    """Add the findings, grouped by object, and the rules that could not be evaluated."""
    for resource, findings in _grouped(report.findings):
        page.blank()
        page.add(str(resource), BOLD)
        for finding in findings:
            _add_finding(page, finding)
    if report.not_evaluated:
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
    waived = [f"{len(report.waived_findings)} waived"] if report.waived_findings else []
    audited = f"Audited {counted(report.workloads, 'workload')} in {counted(report.resources, 'object')}"
    # "No findings" would be wrong about inputs that could not be read.
    results = counts + waived or ([] if report.errors else ["no findings"])
    return f"{audited}: {', '.join(results)}." if results else f"{audited}."


def _add_finding(page: Page, finding: Finding) -> None:
    page.blank()
    waived = finding.waiver is not None
    label = "waived" if waived else finding.severity.value
    source = f"  {finding.source}" if finding.source is not None else ""
    page.add_line(
        (f"  {label}", (DIM,) if waived else (_COLORS[finding.severity], BOLD)),
        (f" {finding.code} {finding.rule}", ()),
        (source, (DIM,)),
    )
    if finding.where:
        page.add(finding.where, DIM, indent=_INDENT)
    if finding.waiver is not None:
        until = f", until {finding.waiver.until}" if finding.waiver.until is not None else ""
        page.add(f"{finding.what} Waived: {finding.waiver.reason}{until}.", indent=_INDENT)
        return
    page.add(finding.message, indent=_INDENT)
    page.add(f"Fix: {finding.fix}", indent=_INDENT, hanging=_INDENT + "     ")


def _grouped(findings: Iterable[Finding]) -> list[tuple[ResourceReference, list[Finding]]]:
    groups: dict[tuple[str | None, ResourceReference], list[Finding]] = {}
    for finding in findings:
        # Different files may contain objects of the same name.
        file = finding.source.file if finding.source is not None else None
        groups.setdefault((file, finding.resource), []).append(finding)
    return [(resource, grouped) for (_, resource), grouped in groups.items()]


def _not_evaluated(entries: Iterable[NotEvaluated]) -> Iterator[str]:
    codes: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        codes.setdefault((str(entry.resource), str(entry.path)), []).append(entry.code)
    for (resource, path), found in codes.items():
        yield f"{resource} {path}".rstrip() + f": {', '.join(dict.fromkeys(found))}"
