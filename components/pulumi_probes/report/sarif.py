"""SARIF 2.1.0 for code scanning: rules with their documentation, results with lines, waivers as suppressions."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import metadata, version
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from pulumi_probes.codec.json_text import json_text
from pulumi_probes.model.finding import Finding, NotEvaluated, ResourceReference, Severity, SourceLocation, Waiver
from pulumi_probes.report._formats import Style
from pulumi_probes.report.baseline import digest, fingerprint
from pulumi_probes.report.report import Report
from pulumi_probes.rules import Rule, find_rule

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
"""The schema that the report follows."""

_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "note"}
_PROBLEMS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "recommendation"}
_PROJECT_PAGES: Final = frozenset({"documentation", "homepage"})


def render(report: Report, _style: Style) -> str:
    """Render the report as SARIF."""
    codes = sorted({finding.code for finding in report.findings} | {entry.code for entry in report.not_evaluated})
    rules = [rule for code in codes if (rule := find_rule(code)) is not None]
    index = {rule.code: position for position, rule in enumerate(rules)}
    has_baseline = bool(report.baseline_findings)
    run = {
        "tool": {
            "driver": {
                "name": "pulumi-probes",
                "version": version("pulumi-probes"),
                **_information(),
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not report.errors,
                "toolExecutionNotifications": [
                    *(_notification("error", error.message, error.file, error.line) for error in report.errors),
                    *(_notification("note", note.message, note.file) for note in report.notes),
                ],
            }
        ],
        "results": [
            *(_result(finding, index, has_baseline=has_baseline) for finding in report.findings),
            *(_open_result(entry, index) for entry in report.not_evaluated),
        ],
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _information() -> dict[str, str]:
    """The page about the project, if the package names one."""
    for entry in metadata("pulumi-probes").get_all("Project-URL") or ():
        label, _, address = entry.partition(",")
        if label.strip().casefold() in _PROJECT_PAGES:
            return {"informationUri": address.strip()}
    return {}


def _rule(rule: Rule) -> dict[str, Any]:
    page = rule.documentation
    why, fix = " ".join(page.why.split()), " ".join(page.fix.split())
    references = [*page.references]
    links = "\n".join(f"- <{reference}>" for reference in references)
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": why},
        "help": {
            "text": f"{why}\n\nFix: {fix}",
            "markdown": f"{why}\n\n**Fix:** {fix}\n\n{links}",
        },
        **({"helpUri": references[0]} if references else {}),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        # GitHub sorts and filters by these.
        "properties": {"tags": ["kubernetes", "probes"], "problem.severity": _PROBLEMS[rule.severity]},
    }


def _result(finding: Finding, index: dict[str, int], *, has_baseline: bool) -> dict[str, Any]:
    state = "unchanged" if finding.is_in_baseline else "new"
    return {
        **_about(finding.code, index),
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message} {finding.fix}"},
        "locations": [_location(finding.source, finding.resource, finding.where)],
        # Without line numbers, so that moving a line does not make a known result a new one.
        "partialFingerprints": {"pulumiProbes/v1": digest(fingerprint(finding))},
        **({"baselineState": state} if has_baseline else {}),
        "suppressions": [_suppression(finding.waiver)] if finding.waiver is not None else [],
        **_fixes(finding),
    }


def _fixes(finding: Finding) -> dict[str, Any]:
    """The change of lines that fixes a finding, if it has been computed."""
    change, source = finding.replacement, finding.source
    if change is None or source is None:
        return {}
    region = {
        "startLine": change.first_line,
        "startColumn": 1,
        "endLine": change.last_line,
        "endColumn": len(change.before.splitlines()[-1]) + 1 if change.before else 1,
    }
    replacement = {"deletedRegion": region, "insertedContent": {"text": change.after}}
    place = {"artifactLocation": {"uri": _uri(source.file)}, "replacements": [replacement]}
    return {"fixes": [{"description": {"text": finding.fix}, "artifactChanges": [place]}]}


def _open_result(entry: NotEvaluated, index: dict[str, int]) -> dict[str, Any]:
    """A rule that could not be evaluated; SARIF calls such a result open."""
    return {
        **_about(entry.code, index),
        "kind": "open",
        "level": "none",
        "message": {"text": f"{entry.path} is {entry.reason}." if entry.path.segments else f"{entry.reason}."},
        "locations": [_location(None, entry.resource, str(entry.path))],
    }


def _about(code: str, index: dict[str, int]) -> dict[str, Any]:
    return {"ruleId": code, **({"ruleIndex": index[code]} if code in index else {})}


def _location(source: SourceLocation | None, resource: ResourceReference, where: str) -> dict[str, Any]:
    name = f"{resource}: {where}" if where else str(resource)
    return {
        **dict(_physical(source.file if source else None, source.line if source else None)),
        "logicalLocations": [{"fullyQualifiedName": name, "kind": "resource"}],
    }


def _physical(file: str | None, line: int | None) -> Iterator[tuple[str, Any]]:
    # Standard input has no location that could be opened.
    if file is not None and not file.startswith("<"):
        region = {"region": {"startLine": line}} if line is not None else {}
        yield "physicalLocation", {"artifactLocation": {"uri": _uri(file)}, **region}


def _uri(file: str) -> str:
    path = PurePath(file).as_posix()
    try:
        data = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        # A lone surrogate that does not represent a byte, which file names on Windows may contain.
        data = path.encode("utf-8", "surrogatepass")
    encoded = quote(data, safe="/")
    return f"file://{encoded}" if path.startswith("/") else encoded


def _suppression(waiver: Waiver) -> dict[str, Any]:
    kind = "inSource" if waiver.origin == "annotation" else "external"
    return {"kind": kind, "justification": waiver.reason}


def _notification(level: str, message: str, file: str | None, line: int | None = None) -> dict[str, Any]:
    place = dict(_physical(file, line))
    return {"level": level, "message": {"text": message}, **({"locations": [place]} if place else {})}
