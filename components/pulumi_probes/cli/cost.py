"""`probes cost`."""

from __future__ import annotations

import click

from pulumi_probes.cli._common_options import format_option, output_option, paths_argument
from pulumi_probes.cli._output import Destination
from pulumi_probes.cli._progress import Progress
from pulumi_probes.codec.files import read_paths
from pulumi_probes.codec.json_text import json_text
from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.codec.quantity import parse_quantity
from pulumi_probes.cost.attempt import MILLICPU_PER_CPU, Mechanism
from pulumi_probes.cost.figures import CostFigures, measured_figures
from pulumi_probes.cost.load import load_of
from pulumi_probes.report import InputError
from pulumi_probes.report.cost import cost_as_dict, cost_page

_MOST_NODES = 100_000
_WORDS = {
    "tcpsocket": Mechanism.TCP_SOCKET,
    "grpc": Mechanism.GRPC,
    "httpget": Mechanism.HTTP_GET,
    "https": Mechanism.HTTPS_GET,
    "exec": Mechanism.EXEC,
}


class Cpu(click.ParamType[float]):
    """A quantity of CPUs."""

    name = "QUANTITY"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number of CPUs."""
        try:
            cpus = float(parse_quantity(value))
        except (ValueError, OverflowError) as error:
            self.fail(f"{value!r}: {error}", param, ctx)
        if cpus <= 0:
            self.fail(f"{value!r} must be greater than 0", param, ctx)
        return cpus


@click.command(short_help="Show what probes cost in CPU time, and what alternatives would cost.")
@paths_argument
@click.option(
    "--nodes",
    metavar="N",
    type=click.IntRange(1, _MOST_NODES),
    default=1,
    show_default=True,
    help="Number of nodes that the pods are spread over.",
)
@click.option("--cpus", type=Cpu(), help="CPUs of a node, to show the share that probes use.")
@click.option("--budget", type=Cpu(), help="Exit with status 1 if probes use more CPU per node than this, such as 50m.")
@click.option(
    "--attempt-cost",
    "figures",
    metavar="MECHANISM=MS",
    multiple=True,
    help=f"CPU milliseconds of one attempt on your nodes; MECHANISM is {', '.join(_WORDS)}.",
)
@format_option(["text", "json"])
@output_option
def cost(
    *,
    paths: tuple[str, ...],
    nodes: int,
    cpus: float | None,
    budget: float | None,
    figures: tuple[str, ...],
    format_name: str,
    output: str,
) -> int:
    """Show what the probes of manifests cost in CPU time per node, and what alternatives would cost.

    A PATH is the same as for `probes audit`: a file, a directory, or - for standard input. The figures were measured on
    a real kubelet; the page on costs in the documentation shows them.
    """
    destination = Destination(output, paths)
    used = _figures(figures)
    with Progress() as progress:
        documents = read_paths(paths, progress=lambda file: progress(f"Reading {file}"))
        load = load_of(read_stack(documents.manifests), nodes=nodes, figures=used)
    errors = [InputError.of(error) for error in documents.errors]
    allowed = budget * MILLICPU_PER_CPU if budget is not None else None
    if format_name == "json":
        content = cost_as_dict(load, errors, budget=allowed)
        destination.write(json_text(content))
    else:
        destination.write(cost_page(load, errors, destination.style, cpus=cpus, budget=allowed))
    if errors or any(entry.is_malformed for entry in load.uncounted):
        return 2
    return int(allowed is not None and load.cost.whole > allowed)


def _figures(entries: tuple[str, ...]) -> CostFigures:
    wholes: dict[Mechanism, float] = {}
    for entry in entries:
        word, _, number = entry.partition("=")
        mechanism = _WORDS.get(word.strip().lower())
        if mechanism is None:
            raise click.BadParameter(f"{word!r} is not one of {', '.join(_WORDS)}", param_hint="--attempt-cost")
        try:
            wholes[mechanism] = float(number.strip().removesuffix("ms"))
        except ValueError as error:
            message = f"{entry!r} is not of the form MECHANISM=MS, such as exec=20"
            raise click.BadParameter(message, param_hint="--attempt-cost") from error
    try:
        return measured_figures().with_wholes(wholes)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--attempt-cost") from error
