"""The timings of a workload's probes, as a section of a report."""

from __future__ import annotations

from typing import Any

from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.workload import Workload
from pulumi_probes.report.as_json import resource_as_dict
from pulumi_probes.report.text import BOLD, DIM, Page
from pulumi_probes.timeline.bounds.workload import summarize_workload


def add_timeline(page: Page, workload: Workload) -> None:
    """Add the summary of a workload, or the reason why there is none."""
    page.blank()
    page.add(str(workload.reference), BOLD)
    try:
        summary = summarize_workload(workload)
    except ValueNotAvailable as problem:
        page.add(f"No timeline: {reason_of(problem)}.", DIM, indent="  ", hanging="    ")
        return
    if not summary.containers:
        page.add("The pod has no containers that can have probes.", DIM, indent="  ")
        return
    for line in summary.lines():
        page.add(line, indent="  ", hanging="    ")


def timeline_as_dict(workload: Workload) -> dict[str, Any]:
    """The summary as plain data for JSON; `summary` is null and `reason` is set if a value is not known."""
    resource = resource_as_dict(workload.reference)
    try:
        return {"resource": resource, "summary": summarize_workload(workload).as_dict(), "reason": None}
    except ValueNotAvailable as problem:
        return {"resource": resource, "summary": None, "reason": reason_of(problem)}


def reason_of(problem: ValueNotAvailable) -> str:
    """Why there is no summary, as a clause: ``spec.containers[0].name is not known before deployment``."""
    words = "is " if problem.reason.startswith("not ") else ""
    return f"{problem.path} {words}{problem.reason}".strip()
