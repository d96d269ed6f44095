"""GitLab's Code Quality report: a JSON list of issues that merge requests show on their lines.

The fields are those of https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
"""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath
from typing import Any, Final

from pulumi_probes.codec.json_text import json_text
from pulumi_probes.model.characters import visible
from pulumi_probes.model.finding import Finding, Severity
from pulumi_probes.report._formats import Style
from pulumi_probes.report.baseline import digest, fingerprint
from pulumi_probes.report.report import InputError, Report

_SEVERITIES: Final = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.ADVICE: "info"}
_INPUT_ERROR: Final = "input-error"


def render(report: Report, _style: Style) -> str:
    """Render the report as Code Quality JSON; waived findings are left out, errors of the input are issues."""
    seen: Counter[tuple[str, ...]] = Counter()
    issues = [_finding(finding, seen) for finding in report.open_findings]
    issues += [_error(error, seen) for error in report.errors]
    return json_text(issues)


def _finding(finding: Finding, seen: Counter[tuple[str, ...]]) -> dict[str, Any]:
    source = finding.source
    file = source.file if source is not None else str(finding.resource)
    return _issue(
        f"{finding.code} {finding.rule}: {finding.resource}, {finding.where}: {finding.message} {finding.fix}",
        finding.code,
        _SEVERITIES[finding.severity],
        file,
        source.line if source is not None else None,
        _unique((*fingerprint(finding), file), seen),
    )


def _error(error: InputError, seen: Counter[tuple[str, ...]]) -> dict[str, Any]:
    file = error.file or "input"
    identity = _unique((_INPUT_ERROR, file, error.message), seen)
    return _issue(error.message, _INPUT_ERROR, "blocker", file, error.line, identity)


def _issue(
    description: str, check_name: str, severity: str, file: str, line: int | None, identity: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "description": visible(description),
        "check_name": check_name,
        "fingerprint": digest(identity),
        "severity": severity,
        "location": {"path": visible(PurePath(file).as_posix()), "lines": {"begin": line or 1}},
    }


def _unique(identity: tuple[str, ...], seen: Counter[tuple[str, ...]]) -> tuple[str, ...]:
    """Number what is found several times in one place; GitLab shows only one of several issues with one fingerprint."""
    seen[identity] += 1
    return identity if seen[identity] == 1 else (*identity, str(seen[identity]))
