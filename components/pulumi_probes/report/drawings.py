"""Workloads as simulated timelines and diagrams, for every command and format that draws them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from pulumi_probes.model.errors import MalformedValue, UnknownValue, UnreadableInput, ValueNotAvailable
from pulumi_probes.model.version import DEFAULT, KubernetesVersion
from pulumi_probes.model.workload import Workload
from pulumi_probes.report.text import BOLD, DIM, Page
from pulumi_probes.report.timeline import reason_of
from pulumi_probes.timeline.drawing.diagram import Diagram
from pulumi_probes.timeline.drawing.text import draw_text
from pulumi_probes.timeline.model.kubelet import IDEAL, Kubelet
from pulumi_probes.timeline.model.scenario import InvalidScenario
from pulumi_probes.timeline.scenarios.catalog import ROLLOUT
from pulumi_probes.timeline.simulated_workload import DEFAULT_SCENARIOS, SimulatedWorkload, simulated_workload


class NotDrawn(Struct, frozen=True, kw_only=True):
    """A workload or scenario that cannot be drawn.

    Attributes:
        what: the workload or scenario.
        reason: why it cannot be drawn.
        is_malformed: whether the manifest is invalid, so that no cluster would accept it either.
    """

    what: str
    reason: str
    is_malformed: bool = False


def simulated_workloads_of(
    workloads: Sequence[Workload], version: KubernetesVersion = DEFAULT
) -> Iterator[SimulatedWorkload | NotDrawn]:
    """Each workload on a cluster of a version as something to draw, or the reason why it cannot be drawn."""
    for workload in workloads:
        name = str(workload.reference)
        try:
            simulated = simulated_workload(workload, version=version)
        except ValueNotAvailable as problem:
            is_malformed = isinstance(problem, MalformedValue)
            yield NotDrawn(what=name, reason=reason_of(problem), is_malformed=is_malformed)
            continue
        except InvalidScenario as problem:
            yield NotDrawn(what=name, reason=str(problem), is_malformed=True)
            continue
        except UnreadableInput as problem:
            unknown = next((item for item in workload.unreadable if isinstance(item, UnknownValue)), None)
            reason = problem.reason if unknown is None else reason_of(unknown)
            yield NotDrawn(what=name, reason=reason, is_malformed=unknown is None)
            continue
        if any(any(container.probes) for container in simulated.pod.all_containers):
            yield simulated
        else:
            yield NotDrawn(what=name, reason="it has no probes; the kubelet only checks that its processes run")


def diagrams_of(
    simulated: SimulatedWorkload,
    scenarios: Sequence[str] = DEFAULT_SCENARIOS,
    kubelet: Kubelet = IDEAL,
    container: str | None = None,
) -> Iterator[Diagram | NotDrawn]:
    """The diagrams of a workload.

    A rollout without a bound is yielded as `NotDrawn`; any other scenario that cannot be simulated is an error.

    Raises:
        InvalidScenario: the scenario or container does not exist.
    """
    for scenario in scenarios:
        try:
            yield simulated.diagram(scenario, kubelet, container=container)
        except InvalidScenario as problem:
            if scenario != ROLLOUT:
                raise
            yield NotDrawn(what=f"{simulated.name}: {ROLLOUT}", reason="; ".join(problem.problems))


def add_workload_timeline(
    page: Page, simulated: SimulatedWorkload, diagrams: Sequence[Diagram | NotDrawn], width: int
) -> None:
    """Add the summary and the diagrams of a workload to a page."""
    page.blank()
    page.add(simulated.name, BOLD)
    for line in simulated.summary.lines():
        page.add(line, indent="  ", hanging="    ")
    for diagram in diagrams:
        page.blank()
        if isinstance(diagram, NotDrawn):
            add_not_drawn(page, diagram)
            continue
        for line in draw_text(diagram, width).splitlines():
            page.add_verbatim(line)


def add_not_drawn(page: Page, problem: NotDrawn) -> None:
    """Add the reason why something cannot be drawn."""
    page.blank()
    page.add(f"No timeline for {problem.what}: {problem.reason}.", DIM, hanging="  ")


def workload_as_dict(simulated: SimulatedWorkload, timelines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The summary and timelines of a workload as plain data for JSON."""
    return {"name": simulated.name, "summary": simulated.summary.as_dict(), "timelines": list(timelines)}
