"""`probes audit`."""

from __future__ import annotations

import click

from pulumi_probes.cli._common_options import paths_argument
from pulumi_probes.cli._options import ReportOptions, report_options
from pulumi_probes.cli._progress import Progress
from pulumi_probes.cli._search_options import search_options, with_project_patterns
from pulumi_probes.codec.folders import Search


@click.command()
@paths_argument
@click.option(
    "--jobs",
    "processes",
    metavar="N",
    type=click.IntRange(min=1),
    help="Number of processes; by default as many as make it faster. The report is the same for any number.",
)
@search_options
@report_options
def audit(*, paths: tuple[str, ...], search: Search, processes: int | None, options: ReportOptions) -> int:
    """Audit YAML or JSON manifests.

    A PATH is a file, a directory, or - for standard input. Supported are manifests, the output of `helm template` and
    `kubectl get -o yaml`, an exported Pulumi state (`pulumi stack export`), and `pulumi preview --json`.
    """
    options.destination.keep(paths)
    search = with_project_patterns(search, options.rules.project)
    with Progress() as progress:
        report = options.audit_files(paths, search, processes, progress=lambda file: progress(f"Reading {file}"))
    return options.finish(report)
