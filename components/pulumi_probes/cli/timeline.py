"""`probes timeline`."""

from __future__ import annotations

import os
from typing import Any

import click
from msgspec import Struct
from msgspec.structs import replace

from pulumi_probes.cli._common_options import format_option, output_option
from pulumi_probes.cli._output import Destination, write_remark
from pulumi_probes.codec.files import read_paths, read_yaml_file
from pulumi_probes.codec.json_text import json_text
from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.characters import without_commands
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.suggestions import suggestion
from pulumi_probes.model.version import DEFAULT, KubernetesVersion, supported_version
from pulumi_probes.presets import find_preset, load_presets
from pulumi_probes.presets._documentation import example_contract
from pulumi_probes.report import InputError
from pulumi_probes.report.drawings import (
    NotDrawn,
    add_not_drawn,
    add_workload_timeline,
    diagrams_of,
    simulated_workloads_of,
    workload_as_dict,
)
from pulumi_probes.report.text import BOLD, DIM, Page
from pulumi_probes.timeline.comparison import compare, compare_as_text
from pulumi_probes.timeline.drawing.diagram import Diagram, diagram_of
from pulumi_probes.timeline.drawing.svg import draw_svg_page
from pulumi_probes.timeline.model.kubelet import IDEAL, TYPICAL, Kubelet
from pulumi_probes.timeline.model.result import Timeline
from pulumi_probes.timeline.model.scenario import InvalidScenario
from pulumi_probes.timeline.scenarios.catalog import ROLLOUT, SCENARIOS
from pulumi_probes.timeline.scenarios.file import read_scenario
from pulumi_probes.timeline.scenarios.named import STANDARD, choose_container
from pulumi_probes.timeline.simulated_workload import DEFAULT_SCENARIOS, SimulatedWorkload, simulated_contract
from pulumi_probes.timeline.simulator import simulate

_WIDTH = 100
_EXAMPLE_REPLICAS = 3


class _Question(Struct, frozen=True, kw_only=True):
    """The timelines that the options request."""

    scenarios: tuple[str, ...]
    file: str | None
    container: str | None
    kubelet: Kubelet

    def diagrams(self, simulated: SimulatedWorkload) -> list[Diagram | NotDrawn]:
        """The diagrams of a workload."""
        diagrams = list(diagrams_of(simulated, self.scenarios, self.kubelet, self.container))
        return diagrams + [diagram_of(written, simulated.name) for written in self._written(simulated)]

    def timelines(self, simulated: SimulatedWorkload) -> list[dict[str, Any]]:
        """The timelines of a workload as plain data for JSON."""
        timelines: list[dict[str, Any]] = []
        for scenario in self.scenarios:
            if scenario != ROLLOUT:
                timelines.append(simulated.timeline(scenario, self.kubelet, container=self.container).as_dict())
                continue
            try:
                timelines.append({"scenario": ROLLOUT, **simulated.rollout_timeline().as_dict()})
            except InvalidScenario as problem:
                timelines.append({"scenario": ROLLOUT, "reason": "; ".join(problem.problems)})
        return timelines + [written.as_dict() for written in self._written(simulated)]

    def _written(self, simulated: SimulatedWorkload) -> list[Timeline]:
        """The timeline of the scenario file, if there is one."""
        if self.file is None:
            return []
        try:
            content, _ = read_yaml_file(self.file)
        except UnreadableInput as error:
            raise click.BadParameter(str(error), param_hint="--scenario-file") from error
        return [simulate(simulated.pod, read_scenario(content, simulated.pod, self.kubelet), self.kubelet)]


def _scenario_help() -> str:
    names = (f"{item.name} DURATION" if item.default is None else item.name for item in SCENARIOS.values())
    return f"One of {', '.join(names)}, {ROLLOUT}, or several joined by +. May be repeated."


@click.command(short_help="Draw what probes do, in seconds.")
@click.argument("before", metavar="PATH")
@click.argument("after", metavar="[PATH]", required=False)
@click.option("--scenario", "scenarios", metavar="SCENARIO", multiple=True, help=_scenario_help())
@click.option("--scenario-file", "file", metavar="FILE", help="Scenario in a YAML file.")
@click.option("--workload", metavar="NAME", help="Show only workloads with this name.")
@click.option(
    "--container", metavar="NAME", help="Container of the scenarios; by default the first regular one with probes."
)
@click.option("--kubernetes", metavar="VERSION", default=str(DEFAULT), show_default=True, help="Kubernetes version.")
@click.option(
    "--latency",
    type=click.Choice(["none", "typical"]),
    default="none",
    show_default=True,
    help="Latency of everything but probes, such as status updates; it adds to the times in the summary.",
)
@format_option(["text", "svg", "json"])
@output_option
def timeline(
    *,
    before: str,
    after: str | None,
    scenarios: tuple[str, ...],
    file: str | None,
    workload: str | None,
    container: str | None,
    kubernetes: str,
    latency: str,
    format_name: str,
    output: str,
) -> int:
    """Draw what the probes of a manifest do: start, hang, crash, slow dependency, drain, rollout.

    PATH is a file or directory of manifests, - for standard input, or the name of a preset. With a second PATH, compare
    the probes of both, in seconds.
    """
    destination = Destination(output, [path for path in (before, after, file) if path is not None])
    kubelet = replace(TYPICAL if latency == "typical" else IDEAL, version=_version(kubernetes))
    default = () if file is not None else DEFAULT_SCENARIOS
    question = _Question(scenarios=scenarios or default, file=file, container=container, kubelet=kubelet)
    try:
        if after is not None:
            return _compare(
                before, after, workload, scenarios or STANDARD, kubelet, container, format_name, destination
            )
        return _draw(before, workload, question, format_name, destination)
    except InvalidScenario as problem:
        raise click.UsageError("\n".join(problem.problems)) from problem


def _draw(path: str, workload: str | None, question: _Question, format_name: str, destination: Destination) -> int:
    simulated_workloads, problems, status = _simulated_workloads(path, workload, question.kubelet.version)
    if format_name == "json":
        content = {
            "version": 1,
            "subjects": [
                workload_as_dict(simulated, question.timelines(simulated)) for simulated in simulated_workloads
            ],
            "not_drawn": [{"subject": problem.what, "reason": problem.reason} for problem in problems],
        }
        destination.write(json_text(content))
        return status
    drawn = [(simulated, question.diagrams(simulated)) for simulated in simulated_workloads]
    if format_name == "svg":
        diagrams = [item for _, items in drawn for item in items if isinstance(item, Diagram)]
        not_drawn = [item for _, items in drawn for item in items if isinstance(item, NotDrawn)]
        for problem in (*problems, *not_drawn):
            write_remark(f"No timeline for {problem.what}: {problem.reason}.")
        if not diagrams:
            raise click.ClickException("Nothing to draw.")
        destination.write(without_commands(draw_svg_page(diagrams), colon="&#58;", number_sign="&#35;"))
        return status
    page = Page(destination.style)
    for simulated, items in drawn:
        add_workload_timeline(page, simulated, items, min(_WIDTH, destination.style.width))
    for problem in problems:
        add_not_drawn(page, problem)
    destination.write(page.text())
    return status


def _compare(
    before: str,
    after: str,
    workload: str | None,
    scenarios: tuple[str, ...],
    kubelet: Kubelet,
    container: str | None,
    format_name: str,
    destination: Destination,
) -> int:
    if format_name == "svg":
        raise click.BadParameter("a comparison has the formats text and json only", param_hint="--format")
    old, new = (_only(path, workload, kubelet.version) for path in (before, after))
    chosen = tuple(choose_container(simulated.pod, container).name for simulated in (old, new))
    of_one_pod = [scenario for scenario in scenarios if scenario != ROLLOUT]
    differences = compare(old, new, of_one_pod, kubelet, container=container)
    if format_name == "json":
        rows = [difference.as_dict() for difference in differences]
        content = {"version": 1, "before": old.name, "after": new.name, "differences": rows}
        destination.write(json_text(content))
        return 0
    page = Page(destination.style)
    page.add(f"{old.name} ({before}) compared with {new.name} ({after})", BOLD)
    if any(len(simulated.pod.all_containers) > 1 for simulated in (old, new)):
        page.add(f"Scenarios apply to container {' and '.join(dict.fromkeys(chosen))}.", DIM)
    page.blank()
    for line in compare_as_text(differences).splitlines():
        page.add_verbatim(line)
    destination.write(page.text())
    return 0


def _only(path: str, workload: str | None, version: KubernetesVersion) -> SimulatedWorkload:
    simulated_workloads, problems, _ = _simulated_workloads(path, workload, version)
    if len(simulated_workloads) == 1:
        return simulated_workloads[0]
    if simulated_workloads:
        names = ", ".join(simulated.name for simulated in simulated_workloads)
        raise click.UsageError(f"{path} contains several workloads: {names}. Choose one with --workload.")
    reasons = "; ".join(f"{problem.what}: {problem.reason}" for problem in problems)
    raise click.UsageError(f"{path} contains nothing to compare. {reasons}".strip())


def _simulated_workloads(
    path: str, workload: str | None, version: KubernetesVersion
) -> tuple[list[SimulatedWorkload], list[NotDrawn], int]:
    if path != "-" and not os.path.lexists(path):
        contract = example_contract(find_preset(_preset_name(path)))
        return [simulated_contract(contract, name=path, replicas=_EXAMPLE_REPLICAS)], [], 0
    documents = read_paths([path])
    for error in documents.errors:
        write_remark(str(InputError.of(error)))
    workloads = [
        item
        for item in read_stack(documents.manifests).workloads
        if workload is None or item.reference.name == workload
    ]
    if workload is not None and not workloads:
        raise click.BadParameter(f"{path} contains no workload with this name", param_hint="--workload")
    found = list(simulated_workloads_of(workloads, version))
    simulated_workloads = [item for item in found if isinstance(item, SimulatedWorkload)]
    problems = [item for item in found if isinstance(item, NotDrawn)]
    if not found and not documents.errors:
        problems.append(NotDrawn(what=path, reason="it contains no workload"))
    is_malformed = any(problem.is_malformed for problem in problems)
    return simulated_workloads, problems, 2 if documents.errors or is_malformed else 0


def _preset_name(name: str) -> str:
    """Check that a preset with this name exists."""
    presets = sorted(preset.name for preset in load_presets())
    if name in presets:
        return name
    hint = suggestion(name, presets, otherwise=f"Available presets: {', '.join(presets)}.")
    raise click.BadParameter(f"{name!r} is neither a file nor a preset. {hint}", param_hint="PATH")


def _version(text: str) -> KubernetesVersion:
    try:
        return supported_version(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--kubernetes") from error
