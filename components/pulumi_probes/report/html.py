"""One self-contained HTML file: findings by workload with filters, timelines and costs.

It loads nothing, so it opens from a disk and as an artifact of a job. Everything can be read without JavaScript; with
it, findings can be searched and filtered. A Content-Security-Policy allows its own style and script only.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape
from importlib.metadata import version
from importlib.resources import files
from typing import Final

from msgspec import Struct

from pulumi_probes.cost.format import format_cpu
from pulumi_probes.cost.load import WorkloadLoad, load_of, total
from pulumi_probes.model.characters import visible, without_commands
from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Finding, ResourceReference, Severity
from pulumi_probes.model.plurals import counted
from pulumi_probes.model.workload import Workload
from pulumi_probes.report._formats import Style
from pulumi_probes.report.drawings import NotDrawn, diagrams_of, simulated_workloads_of
from pulumi_probes.report.grouping import repetitions_of
from pulumi_probes.report.report import Report
from pulumi_probes.report.text import summary_line
from pulumi_probes.report.timeline import reason_of
from pulumi_probes.rules import Rule, find_rule
from pulumi_probes.timeline.bounds.workload import summarize_workload
from pulumi_probes.timeline.drawing.svg import draw_svg_element
from pulumi_probes.timeline.drawing.svg_document import STYLE as DRAWING_STYLE
from pulumi_probes.timeline.scenarios.catalog import ROLLOUT

SCENARIOS: Final = ("starts-in 40s", "hangs-at 100s", ROLLOUT)
"""The drawings of a workload."""

USUAL_SIZE: Final = 1_800_000
"""Characters that drawings may fill a page up to; workloads after that have their summary in words only."""

LEAST_OF_DRAWINGS: Final = 200_000
"""Characters of drawings that any page may have, so that the gravest findings have some."""

MOST_OF_WORKLOADS: Final = 6_000_000
"""Characters of findings and summaries in a page; a browser shows that many at once without trouble."""

_SHARED_FROM: Final = 4
"""The number of findings with the same text from which the page has the text only once."""

_MANY: Final = 200
"""The number of workloads from which those out of sight are not laid out."""

_FEW: Final = 3
"""The number of workloads up to which the page shows at once what the probes do."""

_MOST_OF_BASELINE: Final = 1_000
"""The number of findings in the baseline that are listed."""

_WAIVED: Final = "waived"
_ABOVE_CONTAINERS: Final = re.compile(r"\A[\w.]+\.(?=(?:init|ephemeral)?[cC]ontainers\[)")
_HEADING: Final = re.compile(r'<h2 id="([\w-]+)">([\w ]+)</h2>')
_CODE: Final = re.compile(r"`([^`]+)`")


def render(report: Report, _style: Style) -> str:
    """Render the report as HTML; the same report gives the same text."""
    return _Page(report).text()


class _Entry(Struct):
    """A workload, or another object with findings.

    Attributes:
        resource: the object.
        file: where it is written, if that is known.
        findings: its findings, without those in the baseline.
        workloads: its pod specifications; a custom resource may have several.
    """

    resource: ResourceReference
    file: str | None
    findings: list[Finding]
    workloads: list[Workload]

    @property
    def rank(self) -> int:
        """The rank of its gravest finding that is not waived; -1 if there is none."""
        return max((finding.severity.rank for finding in self.findings if finding.waiver is None), default=-1)


class _Article(Struct, frozen=True):
    """A workload as HTML: its findings, and its summary in words."""

    entry: _Entry
    findings: str
    summary: str

    @property
    def size(self) -> int:
        """The number of characters without drawings."""
        return len(self.findings) + len(self.summary)

    def text(self, drawings: str, *, is_open: bool) -> str:
        """The whole article, with its drawings."""
        if not self.summary:
            return f"{self.findings}\n</article>"
        head = f"<details{' open' if is_open else ''}><summary>What its probes do</summary>"
        return f"{self.findings}\n{head}{self.summary}{drawings}</details>\n</article>"


class _Page:
    """The page of one report."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._entries = sorted(_entries(report), key=lambda entry: -entry.rank)
        self._load = load_of(report.stack) if report.stack is not None else None
        self._shared: dict[tuple[str, str, str], str] = {}
        shown = [finding for finding in report.findings if not finding.is_in_baseline and finding.waiver is None]
        for repetition in repetitions_of(shown):
            if len(repetition.findings) >= _SHARED_FROM:
                self._shared.setdefault(_texts(repetition.first), f"t-{len(self._shared) + 1}")

    def text(self) -> str:
        """The whole page."""
        style, script = _resource("html.css") + f".drawing {{{DRAWING_STYLE}}}\n", _resource("html.js")
        policy = (
            f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
            "base-uri 'none'; form-action 'none'"
        )
        title = self._title()
        body = [
            '<h2 id="workloads">Workloads</h2>',
            '<p id="nothing" class="muted" hidden>No workload fits the filter.</p>',
            *self._workloads(),
            *self._cost(),
            *self._not_audited(),
            *self._not_evaluated(),
            *self._baseline(),
            *self._rules(),
        ]
        many = ' class="many"' if len(self._entries) >= _MANY else ""
        parts = [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
            '<meta name="referrer" content="no-referrer">',
            f'<meta name="generator" content="pulumi-probes {escape(version("pulumi-probes"))}">',
            f"<title>{title}</title>",
            '<link rel="icon" href="data:,">',
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            '<a class="skip" href="#workloads">Skip to the workloads</a>',
            '<div class="page">',
            "<header>",
            f"<h1>{title}</h1>",
            f'<p class="muted">{_text(summary_line(self._report))}</p>',
            *self._figures(),
            *_contents(body),
            "</header>",
            *self._errors(),
            *self._notes(),
            '<div class="columns">',
            *self._filter(),
            f"<main{many}>",
            *body,
            "</main>",
            "</div>",
            *self._footer(),
            "</div>",
            f"<script>{script}</script>",
            "</body>",
            "</html>",
        ]
        return "\n".join(parts) + "\n"

    def _title(self) -> str:
        preview = self._report.preview
        return (
            "Probes" if preview is None else f"Probes of {_text(preview['project'])}, stack {_text(preview['stack'])}"
        )

    # The top of the page.

    def _figures(self) -> Iterator[str]:
        report = self._report
        yield '<ul class="figures">'
        for severity in sorted(Severity, reverse=True):
            number = report.count(severity)
            word = severity.value if severity is Severity.ADVICE or number == 1 else f"{severity.value}s"
            yield _figure(number, word, severity.value if number else "")
        baseline = len(report.baseline_findings)
        waived = len(report.waived_findings) - baseline
        if waived:
            yield _figure(waived, "waived")
        if baseline:
            yield _figure(baseline, "in the baseline")
        yield _figure(report.workloads, "workload" if report.workloads == 1 else "workloads")
        if self._load is not None and self._load.probes:
            yield _figure(format_cpu(self._load.cost.whole), "CPU for probes")
        yield "</ul>"

    def _errors(self) -> Iterator[str]:
        if not self._report.errors:
            return
        yield '<section aria-labelledby="errors">'
        yield '<h2 id="errors">Errors</h2>'
        yield '<ul class="notice">'
        yield from (f"<li>{_text(str(error))}</li>" for error in self._report.errors)
        yield "</ul>"
        yield "</section>"

    def _notes(self) -> Iterator[str]:
        if not self._report.notes:
            return
        yield '<section aria-labelledby="notes">'
        yield '<h2 id="notes">Notes</h2>'
        yield "<ul>"
        yield from (f"<li>{_text(str(note))}</li>" for note in self._report.notes)
        yield "</ul>"
        yield "</section>"

    # The filter, which is hidden without JavaScript.

    def _filter(self) -> Iterator[str]:
        findings = [finding for entry in self._entries for finding in entry.findings]
        levels = Counter(map(_level, findings))
        rules = Counter((finding.code, finding.rule) for finding in findings)
        yield '<form id="filter" class="filter" role="search" autocomplete="off" hidden>'
        yield '<label for="search"><b>Search</b> <kbd>/</kbd></label>'
        yield '<input type="search" id="search" name="search" placeholder="name, file, text">'
        yield '<output id="shown" for="search"></output>'
        yield '<details id="choices"><summary>Filter by level and rule</summary>'
        if levels:
            yield "<fieldset><legend>Level</legend>"
            order = [*(severity.value for severity in sorted(Severity, reverse=True)), _WAIVED]
            yield from (_choice("level", level, level, levels[level]) for level in order if level in levels)
            yield "</fieldset>"
            yield "<fieldset><legend>Rule</legend>"
            ranked = sorted(rules.items(), key=lambda item: (-item[1], item[0]))
            yield from (_choice("rule", code, f"{code} {name}", number) for (code, name), number in ranked)
            yield "</fieldset>"
        yield '<p><button type="reset">Show all</button></p>'
        yield "</details>"
        yield "</form>"

    # Workloads with their findings, timelines and costs.

    def _workloads(self) -> list[str]:
        """The workloads that fit, with the drawings that fit, and a word about what is left out."""
        loads = {load.resource: load for load in self._load.workloads} if self._load is not None else {}
        articles = [
            _Article(entry, "\n".join(self._article(number, entry)), "".join(_summary(entry, loads)))
            for number, entry in enumerate(self._entries, start=1)
        ]
        size, fitting = 0, 0
        for article in articles:
            size += article.size
            if size > MOST_OF_WORKLOADS:
                break
            fitting += 1
        notes: list[str] = []
        if fitting < len(articles):
            rest = articles[fitting:]
            findings = sum(len(article.entry.findings) for article in rest)
            words = f"{counted(len(rest), 'workload')} with {counted(findings, 'finding')}"
            notes.append(
                f'<p class="notice">{words} left out to keep the page small; other formats have all of them.</p>'
            )
        drawings = _drawings_that_fit(
            [article.entry for article in articles[:fitting]], max(LEAST_OF_DRAWINGS, USUAL_SIZE - size)
        )
        if any(article.entry.workloads for article in articles[len(drawings) : fitting]):
            words = f"Only the first {counted(len(drawings), 'workload')} {'is' if len(drawings) == 1 else 'are'} drawn"
            how = "<code>probes timeline PATH --workload NAME</code> draws any other."
            notes.append(f'<p class="muted">{words}, to keep the page small. {how}</p>')
        is_open = len(articles) <= _FEW
        drawings += [""] * (fitting - len(drawings))
        shown = [
            article.text(drawn, is_open=is_open) for article, drawn in zip(articles[:fitting], drawings, strict=True)
        ]
        return [*notes, *(shown or ['<p class="muted">No workloads.</p>'])]

    def _article(self, number: int, entry: _Entry) -> Iterator[str]:
        yield f'<article id="w{number}">'
        yield f'<header><h3><a href="#w{number}">{_text(str(entry.resource))}</a></h3>'
        if entry.file is not None:
            yield f"<p>{_text(entry.file)}</p>"
        yield "</header>"
        if entry.findings:
            yield "<ul>"
            for finding in sorted(entry.findings, key=_gravity):
                yield "".join(self._finding(finding))
            yield "</ul>"
        else:
            yield '<p class="muted">No findings.</p>'

    def _finding(self, finding: Finding) -> Iterator[str]:
        line = finding.source.line if finding.source is not None else None
        place = f" <small>line {line}</small>" if line is not None else ""
        code = escape(finding.code)
        level = _level(finding)
        yield f'<li class="{level}"><p><b>{level}</b> <a href="#{code}">{code}</a> {_text(finding.rule)}{place}</p>'
        if finding.where:
            yield f"<code>{_text(_short_path(finding))}</code>"
        yield f"<p>{_prose(finding.what)}</p>"
        if finding.waiver is not None:
            until = f", until {finding.waiver.until}" if finding.waiver.until is not None else ""
            yield f"<p>Waived: {_text(finding.waiver.reason)}{until}.</p>"
        elif (text := self._shared.get(_texts(finding))) is not None:
            yield f'<p><a href="#{text}">Consequence and fix</a></p>'
        else:
            yield from _consequence_and_fix(finding.consequence, finding.fix)
        yield "</li>"

    # The end of the page.

    def _cost(self) -> Iterator[str]:
        load = self._load
        if load is None or not load.probes:
            return
        yield '<h2 id="cost">Cost</h2>'
        yield '<p class="muted">CPU time of all probes in thousandths of a CPU (m), with every pod running.</p>'
        yield '<div class="scroll" role="region" tabindex="0" aria-labelledby="cost"><table>'
        columns = ("handler", "probes", "attempts/s", "CPU")
        yield '<tr><th scope="col">' + '</th><th scope="col">'.join(columns) + "</th></tr>"
        rows = [*((mechanism.value, probes) for mechanism, probes in load.by_mechanism()), ("total", load.lasting)]
        for name, probes in rows:
            attempts = sum(probe.attempts for probe in probes)
            cells = (str(len(probes)), f"{attempts:.2f}", format_cpu(total(probes).whole))
            yield f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        yield "</table></div>"

    def _not_audited(self) -> Iterator[str]:
        preview = self._report.preview
        if preview is None or not preview["not_seen"]:
            return
        yield '<h2 id="not-audited">Not audited</h2>'
        yield '<ul class="plain">'
        for entry in preview["not_seen"]:
            yield f"<li><b>{_text(entry['subject'])}</b>: {_prose(entry['message'])}</li>"
        yield "</ul>"

    def _not_evaluated(self) -> Iterator[str]:
        if not self._report.not_evaluated:
            return
        yield '<h2 id="not-evaluated">Not evaluated</h2>'
        yield '<p class="muted">A value that the rule needs is not known before deployment.</p>'
        yield '<ul class="plain">'
        for entry in self._report.not_evaluated:
            yield f"<li>{_text(entry.code)} {_text(str(entry.resource))} <code>{_text(entry.where)}</code></li>"
        yield "</ul>"

    def _baseline(self) -> Iterator[str]:
        findings = self._report.baseline_findings
        if not findings:
            return
        yield '<h2 id="baseline">Baseline</h2>'
        verb = "is" if len(findings) == 1 else "are"
        yield f"<details><summary>{counted(len(findings), 'finding')} {verb} in the baseline</summary>"
        yield '<ul class="plain">'
        for finding in findings[:_MOST_OF_BASELINE]:
            source = f" {_text(str(finding.source))}" if finding.source is not None else ""
            name = f"{_text(finding.code)} {_text(str(finding.resource))}"
            yield f'<li>{name} <code>{_text(finding.where)}</code><span class="meta">{source}</span></li>'
        yield "</ul>"
        if len(findings) > _MOST_OF_BASELINE:
            yield f"<p>{len(findings) - _MOST_OF_BASELINE} more are left out to keep the page small.</p>"
        yield "</details>"

    def _rules(self) -> Iterator[str]:
        """The rules of the findings, with the texts that many findings share."""
        numbers = Counter(finding.code for entry in self._entries for finding in entry.findings)
        if not numbers:
            return
        yield '<h2 id="rules">Rules</h2>'
        shared: dict[str, list[tuple[str, tuple[str, str, str]]]] = {}
        for texts, name in self._shared.items():
            shared.setdefault(texts[0], []).append((name, texts))
        for code in sorted(numbers):
            rule = find_rule(code)
            yield f'<section class="rule" id="{escape(code)}">'
            yield from _rule(code, rule, numbers[code])
            for name, (_, consequence, fix) in shared.get(code, ()):
                yield f'<div class="text" id="{name}">{"".join(_consequence_and_fix(consequence, fix))}</div>'
            yield "</section>"

    def _footer(self) -> Iterator[str]:
        yield f"<footer>pulumi-probes {escape(version('pulumi-probes'))}. "
        yield "Drawings are simulated; the times in summaries are computed.</footer>"


def _contents(body: Iterable[str]) -> Iterator[str]:
    """Links to the sections of the page."""
    headings = [match for part in body if (match := _HEADING.fullmatch(part)) is not None]
    if len(headings) > 1:
        links = "".join(f'<li><a href="#{match[1]}">{match[2]}</a></li>' for match in headings)
        yield f'<nav aria-label="Contents"><ul>{links}</ul></nav>'


def _entries(report: Report) -> list[_Entry]:
    """The audited workloads and the other objects with findings, in the order of the report."""
    entries: dict[tuple[str | None, ResourceReference], _Entry] = {}

    def entry(resource: ResourceReference, file: str | None) -> _Entry:
        return entries.setdefault((file, resource), _Entry(resource, file, [], []))

    for workload in report.stack.workloads if report.stack is not None else ():
        source = workload.manifest.source
        location = source.locate(FieldPath()) if source is not None else None
        entry(workload.reference, location.file if location is not None else None).workloads.append(workload)
    for finding in report.findings:
        if not finding.is_in_baseline:
            file = finding.source.file if finding.source is not None else None
            entry(finding.resource, file).findings.append(finding)
    known = {resource for _, resource in entries}
    for resource in report.audited:
        if resource not in known:
            entry(resource, None)
    return list(entries.values())


def _summary(entry: _Entry, loads: Mapping[ResourceReference, WorkloadLoad]) -> Iterator[str]:
    """The effects of the probes of a workload, in words, and their cost."""
    for workload in entry.workloads:
        try:
            lines = summarize_workload(workload).lines()
        except ValueNotAvailable as problem:
            lines = (f"No timeline: {reason_of(problem)}.",)
        yield f"<ul>{''.join(f'<li>{_text(line)}</li>' for line in lines)}"
        load = loads.get(workload.reference)
        if load is not None:
            found = load.replicas
            pods = "1 pod on every node" if found.is_on_every_node else counted(found.number, "pod")
            yield f"<li>Its probes use {format_cpu(load.cost.whole)} of CPU in {pods}.</li>"
        yield "</ul>"


def _drawings_that_fit(entries: Sequence[_Entry], room: int) -> list[str]:
    """The drawings of the first entries, as many as fit into so many characters; the others are not simulated."""
    found: list[str] = []
    for entry in entries:
        drawings = "".join(_drawings(entry))
        room -= len(drawings)
        if room < 0:
            break
        found.append(drawings)
    return found


def _drawings(entry: _Entry) -> Iterator[str]:
    """The drawings of a workload, or a word about what cannot be drawn."""
    for simulated in simulated_workloads_of(entry.workloads):
        if isinstance(simulated, NotDrawn):
            yield f'<p class="muted">Not drawn: {_text(simulated.reason)}.</p>'
            continue
        for diagram in diagrams_of(simulated, SCENARIOS):
            if isinstance(diagram, NotDrawn):
                yield f'<p class="muted">Not drawn: {_text(diagram.reason)}.</p>'
                continue
            name = _text(f"{diagram.title}: {diagram.subtitle}")
            yield f'<div class="drawing" role="region" tabindex="0" aria-label="{name}">'
            yield f"{draw_svg_element(diagram)}</div>"


def _rule(code: str, rule: Rule | None, number: int) -> Iterator[str]:
    if rule is None:
        yield f"<h3>{_text(code)}</h3>"
        return
    page = rule.documentation
    yield f"<h3>{_text(code)} {_text(rule.name)}</h3>"
    yield f'<p class="meta">{counted(number, "finding")}. <code>probes explain {_text(code)}</code></p>'
    yield f"<p>{_prose(' '.join(page.why.split()))}</p>"
    for reference in page.references:
        yield f'<p class="meta"><a href="{escape(reference)}" rel="noreferrer">{_text(reference)}</a></p>'


def _consequence_and_fix(consequence: str, fix: str) -> Iterator[str]:
    if consequence:
        yield f"<p>{_prose(consequence)}</p>"
    yield f"<p><b>Fix:</b> {_prose(fix)}</p>"


def _figure(number: object, words: str, style: str = "") -> str:
    css = f' class="{style}"' if style else ""
    return f"<li{css}><b>{number}</b> {words}</li>"


def _choice(name: str, value: str, words: str, number: int) -> str:
    box = f'<input type="checkbox" name="{name}" value="{escape(value)}">'
    return f'<label class="choice">{box}<span>{_text(words)}</span> <span class="number">{number}</span></label>'


def _level(finding: Finding) -> str:
    return _WAIVED if finding.waiver is not None else finding.severity.value


def _texts(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.consequence, finding.fix


def _gravity(finding: Finding) -> int:
    """A key that sorts the gravest findings first and waived ones last."""
    return 1 if finding.waiver is not None else -finding.severity.rank


def _short_path(finding: Finding) -> str:
    """The path from the containers of the pod on; the kind of the object says what is above them."""
    if finding.container is None:
        return finding.where
    return _ABOVE_CONTAINERS.sub("", finding.where)


def _text(text: str) -> str:
    """Text for an element or an attribute, with control characters made visible."""
    return without_commands(escape(visible(text)), colon="&#58;", number_sign="&#35;")


def _prose(text: str) -> str:
    """A sentence, in which what is between backticks is code."""
    return _CODE.sub(r"<code>\1</code>", _text(text))


def _resource(name: str) -> str:
    return (files("pulumi_probes.report") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The source expression that allows exactly this style or script."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
