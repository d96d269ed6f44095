"""Markdown for a comment on a pull request or merge request, never longer than GitHub allows.

The first line is a comment that a job can search for, to update its comment instead of adding another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from pulumi_probes.model.characters import visible, without_commands
from pulumi_probes.model.finding import Finding, Severity
from pulumi_probes.model.plurals import counted
from pulumi_probes.report._formats import Style
from pulumi_probes.report.grouping import Repetition, by_severity, repetitions_of
from pulumi_probes.report.report import Report
from pulumi_probes.report.text import summary_line

MARKER: Final = "<!-- pulumi-probes -->"
"""The first line."""

MAXIMUM: Final = 65_536
"""The length of a comment that GitHub accepts; kept in bytes, of which a text never has fewer than characters."""

_RESERVED: Final = 600
"""Bytes that are kept free for the sentence that says what was left out."""

_LISTED: Final = 25
"""Number of places that are listed below one explanation."""

_LONGEST: Final = 2_000
"""Characters of one text; a name in a manifest may have any length."""

_CODE: Final = re.compile(r"`([^`]+)`")
_SPECIAL: Final = re.compile(r"([\\`*_\[\]|~$!])")
_FIRST: Final = re.compile(r"\A(\s*)([-+#>=]|\d+[.)])")
_ADDRESS: Final = re.compile(r"(?<=:)//|(?<=www)\.", re.IGNORECASE)
# Hosts look for mentions and issue numbers in the finished page, where an escaped character is an ordinary one again.
_MENTION: Final = re.compile(r"@|#(?=\d)")
_NO_SPACE: Final = "\u200b"


def render(report: Report, style: Style) -> str:
    """Render the report as Markdown; what would not fit is left out, the gravest findings last, and counted."""
    head = [MARKER, f"### Probes: {_verdict(report)}", _text(summary_line(report))]
    page = _Page(head)
    left_out = 0
    for block in _errors(report):
        left_out += not page.add(block)
    hidden = 0
    for repetition in by_severity(repetitions_of(report.open_findings)):
        # Once something has been left out, a short block that would fit would come before graver ones.
        if hidden or not page.add(_block(repetition)):
            hidden += len(repetition.findings)
    waived = len(report.waived_findings)
    if waived and not style.quiet:
        page.add(f"{counted(waived, 'finding')} {'is' if waived == 1 else 'are'} waived or in the baseline.")
    for note in () if style.quiet else report.notes:
        page.add(f"**Note:** {_span(note.file)}: {_text(note.message)}")
    if report.not_evaluated and not style.quiet:
        number = len(report.not_evaluated)
        page.add(f"Not evaluated, because a value is not known before deployment: {counted(number, 'rule')}.")
    missing = [
        *([counted(left_out, "input error")] if left_out else []),
        *([counted(hidden, "finding")] if hidden else []),
    ]
    return page.text(
        f"**Left out, because a comment has at most {MAXIMUM:,} characters: {' and '.join(missing)}.** "
        "Other formats have all of them."
        if missing
        else ""
    )


class _Page:
    """Blocks of Markdown, up to the maximum length."""

    def __init__(self, blocks: Iterable[str]) -> None:
        self._blocks = list(blocks)
        self._size = sum(map(_size, self._blocks))

    def add(self, block: str) -> bool:
        """Add a block; False if it does not fit."""
        if self._size + _size(block) > MAXIMUM - _RESERVED:
            return False
        self._blocks.append(block)
        self._size += _size(block)
        return True

    def text(self, end: str) -> str:
        """The blocks, and one more that always fits unless it is empty."""
        text = "\n\n".join([*self._blocks, *([end] if end else [])]) + "\n"
        return without_commands(text, colon="&#58;", number_sign="&#35;")


def _size(block: str) -> int:
    return len(block.encode("utf-8")) + 2


def _verdict(report: Report) -> str:
    if report.errors:
        return counted(len(report.errors), "input error")
    found = [severity for severity in sorted(Severity, reverse=True) if report.count(severity)]
    return counted(report.count(found[0]), found[0].value) if found else "no findings"


def _errors(report: Report) -> Iterator[str]:
    for error in report.errors:
        place = ":".join(str(part) for part in (error.file, error.line) if part is not None)
        yield f"**Error:** {f'{_span(place)}: ' if place else ''}{_text(error.message)}"


def _block(repetition: Repetition) -> str:
    first = repetition.first
    number = len(repetition.findings)
    title = f"<b>{first.severity.value}</b> {first.code} {_html(first.rule)}"
    where = f"<code>{_html(str(first.resource))}</code>" if number == 1 else f"{number} times"
    lines = [
        f"<details{' open' if first.severity is Severity.ERROR else ''}>",
        f"<summary>{title}: {where}</summary>",
        "",
        _text(first.message),
        "",
        f"**Fix:** {_text(first.fix)}",
        "",
        *(_place(finding) for finding in repetition.findings[:_LISTED]),
    ]
    if number > _LISTED:
        lines.append(f"- and {number - _LISTED} more")
    return "\n".join([*lines, "", "</details>"])


def _place(finding: Finding) -> str:
    parts = [str(finding.resource), finding.where, str(finding.source) if finding.source is not None else ""]
    return f"- {', '.join(_span(part) for part in parts if part)}"


def _text(text: str) -> str:
    """Text with code between backticks, in which nothing else is markup, a mention or a link."""
    text = _cut(visible(text))
    if text.count("`") % 2:
        return _plain(text)
    parts: list[str] = []
    end = 0
    for match in _CODE.finditer(text):
        parts += [_plain(text[end : match.start()]), _span(match[1])]
        end = match.end()
    return "".join([*parts, _plain(text[end:])])


def _plain(text: str) -> str:
    text = _SPECIAL.sub(r"\\\1", _html(text))
    text = _FIRST.sub(rf"\1{_NO_SPACE}\2", text)
    return _ADDRESS.sub(r"\\\g<0>", text)


def _html(text: str) -> str:
    """Text for an HTML element within Markdown."""
    text = _cut(visible(text))
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(character, entity)
    return _MENTION.sub(rf"\g<0>{_NO_SPACE}", text)


def _span(text: str) -> str:
    """A code span, in which nothing is markup."""
    text = _cut(visible(text))
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
