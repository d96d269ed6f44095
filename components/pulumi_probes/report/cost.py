"""The report of `probes cost`, as text and as plain data for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from pulumi_probes.cost.attempt import MILLICPU_PER_CPU, AttemptCost, Mechanism
from pulumi_probes.cost.format import format_cpu
from pulumi_probes.cost.load import ProbeLoad, StackLoad, total
from pulumi_probes.cost.measurement import load_measurement
from pulumi_probes.model.finding import ResourceReference
from pulumi_probes.model.plurals import counted
from pulumi_probes.report._formats import Style
from pulumi_probes.report.report import InputError
from pulumi_probes.report.text import BOLD, DIM, RED, Page
from pulumi_probes.report.timeline import reason_of

VERSION: Final = 1
"""Version of the JSON; incremented by changes that break programs that read it."""

_SHOWN: Final = 20
"""Number of workloads that are shown one by one; the others are summed up."""


def cost_page(
    load: StackLoad, errors: Sequence[InputError], style: Style, *, cpus: float | None, budget: float | None
) -> str:
    """Render the report as text.

    Args:
        load: the costs to show.
        errors: inputs that could not be read.
        style: the layout.
        cpus: the number of CPUs of a node, if known.
        budget: the CPU budget of a node for probes in thousandths of a CPU, if there is one.
    """
    page = Page(style)
    if load.probes:
        _add_sum(page, load, cpus)
        _add_alternatives(page, load)
        _add_workloads(page, load)
    elif not errors and not load.uncounted:
        page.add("No probes found.")
    _add_uncounted(page, load)
    if errors:
        page.blank()
        page.add("Input errors:", BOLD)
        for error in errors:
            page.add(str(error), RED, indent="  ", hanging="    ")
    if budget is not None:
        page.blank()
        spent, allowed = format_cpu(load.cost.whole), format_cpu(budget)
        if load.cost.whole > budget:
            page.add(f"Over budget: {spent} of {allowed}.", RED)
        else:
            page.add(f"Within budget: {spent} of {allowed}.")
    if load.probes:
        page.blank()
        page.add(
            "Costs are those of probing alone, without the work of commands and endpoints. Measured on: "
            f"{load_measurement().setting} Override the figures with --attempt-cost.",
            DIM,
        )
    return page.text()


def _add_sum(page: Page, load: StackLoad, cpus: float | None) -> None:
    nodes = "all pods on one node" if load.nodes == 1 else f"per node, with the pods spread over {load.nodes} nodes"
    page.add(f"CPU time of probes in thousandths of a CPU (m), {nodes}:", BOLD)
    page.blank()
    rows = [["", "probes", "attempts/s", "CPU", "kubelet", "runtime", "containers"]]
    for mechanism, probes in load.by_mechanism():
        rows.append([mechanism.value, *_numbers(probes)])
    rows.append(["total", *_numbers(load.lasting)])
    for line in _aligned(rows):
        page.add_verbatim(line, indent="  ")
    page.blank()
    if cpus is not None:
        share = 100 * load.cost.whole / (cpus * MILLICPU_PER_CPU)
        page.add(f"That is {share:.2g}% of a node with {counted(cpus, 'CPU')}.")
    if load.starting.whole > 0:
        page.add(f"If all pods start at once, startup probes use another {format_cpu(load.starting.whole)}.")


def _add_alternatives(page: Page, load: StackLoad) -> None:
    costs = [f"{format_cpu(load.otherwise(mechanism).whole)} with {mechanism.value}" for mechanism in Mechanism]
    page.add(f"The same attempts with a single mechanism: {', '.join(costs)}.", hanging="  ")


def _add_workloads(page: Page, load: StackLoad) -> None:
    ranked = sorted(load.workloads, key=lambda workload: -workload.cost.whole)
    for workload in ranked[:_SHOWN]:
        found = workload.replicas
        number = "1 pod on every node" if found.is_on_every_node else counted(found.number, "pod")
        limit = f", the maximum of {found.autoscaler}" if found.autoscaler is not None else ""
        page.blank()
        page.add(f"{workload.resource}: {number}{limit}", BOLD, hanging="  ")
        rows = [
            [
                probe.container or "?",
                probe.kind.value,
                f"{probe.mechanism.value} every {probe.period_seconds} s",
                format_cpu(probe.cost.whole),
                "until started" if probe.ends else _remark(probe, load),
            ]
            for probe in workload.probes
        ]
        for line in _aligned(rows, left=(0, 1, 2, 4)):
            page.add_verbatim(line, indent="  ")
    if len(ranked) > _SHOWN:
        rest = total(tuple(probe for workload in ranked[_SHOWN:] for probe in workload.lasting))
        page.blank()
        page.add(f"{counted(len(ranked) - _SHOWN, 'cheaper workload')}: {format_cpu(rest.whole)} in total.", DIM)


def _remark(probe: ProbeLoad, load: StackLoad) -> str:
    """The cost of an exec probe if it used another mechanism; empty for other probes."""
    if probe.mechanism is not Mechanism.EXEC:
        return ""
    others = (Mechanism.TCP_SOCKET, Mechanism.GRPC, Mechanism.HTTP_GET)
    costs = [f"{format_cpu((load.figures[other] * probe.attempts).whole)} with {other.value}" for other in others]
    return ", ".join(costs)


def _add_uncounted(page: Page, load: StackLoad) -> None:
    if not load.uncounted:
        return
    page.blank()
    page.add("Not counted:", BOLD)
    for entry in load.uncounted:
        page.add(f"{entry.resource}: {reason_of(entry.problem)}", indent="  ", hanging="    ")


def cost_as_dict(load: StackLoad, errors: Sequence[InputError], *, budget: float | None) -> dict[str, Any]:
    """The report as plain data for JSON; costs are in thousandths of a CPU."""
    return {
        "version": VERSION,
        "nodes": load.nodes,
        "pods": load.pods,
        "cost": _cost(load.cost),
        "starting": _cost(load.starting),
        "budget": budget,
        "mechanisms": {
            mechanism.value: {
                "probes": len(probes),
                "attempts_per_second": _attempts(probes),
                "cost": _cost(total(probes)),
            }
            for mechanism, probes in load.by_mechanism()
        },
        "otherwise": {mechanism.value: _cost(load.otherwise(mechanism)) for mechanism in Mechanism},
        "workloads": [
            {
                "resource": _resource(workload.resource),
                "replicas": workload.replicas.number,
                "on_every_node": workload.replicas.is_on_every_node,
                "autoscaler": _resource(workload.replicas.autoscaler) if workload.replicas.autoscaler else None,
                "cost": _cost(workload.cost),
                "probes": [_probe(probe) for probe in workload.probes],
            }
            for workload in load.workloads
        ],
        "not_counted": [
            {
                "resource": _resource(entry.resource),
                "path": str(entry.problem.path),
                "reason": reason_of(entry.problem),
            }
            for entry in load.uncounted
        ],
        "errors": [error.as_dict() for error in errors],
        "figures": {
            "milliseconds_per_attempt": {mechanism.value: _cost(load.figures[mechanism]) for mechanism in Mechanism},
            "setting": load_measurement().setting,
        },
    }


def _attempts(probes: Iterable[ProbeLoad]) -> float:
    return round(sum(probe.attempts for probe in probes), 4)


def _numbers(probes: tuple[ProbeLoad, ...]) -> list[str]:
    cost = total(probes)
    parts = (cost.whole, cost.kubelet, cost.runtime, cost.containers)
    return [str(len(probes)), f"{_attempts(probes):.2f}", *(format_cpu(max(0.0, part)) for part in parts)]


def _aligned(rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _probe(probe: ProbeLoad) -> dict[str, Any]:
    return {
        "container": probe.container,
        "probe": probe.kind.value,
        "mechanism": probe.mechanism.value,
        "period_seconds": probe.period_seconds,
        "attempts_per_second": round(probe.attempts, 4),
        "cost": _cost(probe.cost),
    }


def _cost(cost: AttemptCost) -> dict[str, float]:
    return {
        "whole": round(cost.whole, 4),
        "kubelet": round(cost.kubelet, 4),
        "runtime": round(cost.runtime, 4),
        "containers": round(cost.containers, 4),
    }


def _resource(reference: ResourceReference) -> dict[str, str | None]:
    return {"kind": reference.kind, "namespace": reference.namespace, "name": reference.name}
