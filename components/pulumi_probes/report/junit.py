"""JUnit XML for the test reports of CI systems: a suite for each workload, a case for each finding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree as ET

from pulumi_probes.model.characters import without_commands
from pulumi_probes.model.finding import Finding, NotEvaluated, ResourceReference
from pulumi_probes.report._formats import Style
from pulumi_probes.report.report import InputError, Report

_FORBIDDEN: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report, style: Style) -> str:
    """Render the report as JUnit XML.

    A finding that gives exit status 1 is a failure; any other finding is a passed case with the finding as its output.
    Waived findings and rules that were not evaluated are skipped, unreadable inputs are errors. A workload without any
    of them has one passed case.
    """
    suites = ET.Element("testsuites", name="pulumi-probes")
    for resource in dict.fromkeys([*report.audited, *(finding.resource for finding in report.findings)]):
        suite = ET.SubElement(suites, "testsuite", name=_clean(str(resource)))
        for finding in report.findings:
            if finding.resource == resource:
                _add_finding(suite, finding, style)
        for entry in report.not_evaluated:
            if entry.resource == resource:
                _add_not_evaluated(suite, entry)
        if not len(suite):
            ET.SubElement(suite, "testcase", classname=_clean(str(resource)), name="all rules")
    if report.errors:
        _add_errors(ET.SubElement(suites, "testsuite", name="input"), report.errors)
    for suite in suites:
        _count(suite, [suite])
    _count(suites, suites)
    ET.indent(suites)
    text = without_commands(ET.tostring(suites, encoding="unicode"), colon="&#58;", number_sign="&#35;")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _add_finding(suite: ET.Element, finding: Finding, style: Style) -> None:
    case = _case(suite, finding.code, finding.rule, finding.container, finding.resource)
    if finding.source is not None:
        case.set("file", _clean(finding.source.file))
        if finding.source.line is not None:
            case.set("line", str(finding.source.line))
    text = _clean(f"{finding.where}: {finding.message}\nFix: {finding.fix}")
    if finding.waiver is not None:
        ET.SubElement(case, "skipped", message=_clean(f"waived: {finding.waiver.reason}"))
    elif style.fail_on is not None and finding.severity >= style.fail_on:
        failure = ET.SubElement(case, "failure", message=_clean(finding.what), type=finding.severity.value)
        failure.text = text
    else:
        ET.SubElement(case, "system-out").text = f"{finding.severity.value}: {text}"


def _add_not_evaluated(suite: ET.Element, entry: NotEvaluated) -> None:
    case = _case(suite, entry.code, entry.rule, entry.container, entry.resource)
    ET.SubElement(case, "skipped", message=_clean(f"{entry.path} {entry.reason}".strip()))


def _add_errors(suite: ET.Element, errors: Iterable[InputError]) -> None:
    for error in errors:
        case = ET.SubElement(suite, "testcase", classname="input", name=_clean(error.file or "input"))
        ET.SubElement(case, "error", message=_clean(str(error)))


def _case(suite: ET.Element, code: str, rule: str, container: str | None, resource: ResourceReference) -> ET.Element:
    name = f"{code} {rule}" + (f" [{container}]" if container is not None else "")
    return ET.SubElement(suite, "testcase", classname=_clean(str(resource)), name=_clean(name))


def _count(element: ET.Element, suites: Iterable[ET.Element]) -> None:
    cases = [case for suite in suites for case in suite.iter("testcase")]
    element.set("tests", str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(sum(case.find(tag) is not None for case in cases)))


def _clean(text: str) -> str:
    """Replace the control characters that XML cannot represent."""
    return _FORBIDDEN.sub("\ufffd", text)
