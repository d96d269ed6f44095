"""The number of findings per rule, as text; the findings themselves are left out."""

from __future__ import annotations

from collections import Counter

from pulumi_probes.report._formats import Style
from pulumi_probes.report.report import Report
from pulumi_probes.report.text import DIM, Page, add_errors, severity_color, summary_line


def statistics_page(report: Report, style: Style) -> str:
    """Render a line for each rule and severity with open findings, the most frequent first."""
    page = Page(style)
    counts = Counter((finding.severity, finding.code, finding.rule) for finding in report.open_findings)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], -item[0][0].rank, item[0][1]))
    widest = len(str(ranked[0][1])) if ranked else 0
    for (severity, code, rule), number in ranked:
        page.add_line(
            (f"{number:>{widest}}  ", ()),
            (f"{severity.value:<8}", (severity_color(severity),)),
            (f"{code}  {rule}", ()),
        )
    add_errors(page, report, "Input errors:")
    if not style.quiet:
        page.blank()
        page.add(summary_line(report), DIM)
    return page.text()
