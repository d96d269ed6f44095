"""`probes audit`."""

from __future__ import annotations

import click

from pulumi_probes.cli._common_options import paths_argument
from pulumi_probes.cli._options import ReportOptions, report_options
from pulumi_probes.cli._progress import Progress
from pulumi_probes.codec.files import read_paths
from pulumi_probes.report import InputError


@click.command()
@paths_argument
@report_options
def audit(*, paths: tuple[str, ...], options: ReportOptions) -> int:
    """Audit YAML or JSON manifests.

    A PATH is a file, a directory, or - for standard input. Supported are manifests, the output of `helm template` and
    `kubectl get -o yaml`, an exported Pulumi state (`pulumi stack export`), and `pulumi preview --json`.
    """
    with Progress() as progress:
        documents = read_paths(
            paths,
            progress=lambda file: progress(f"Reading {file}"),
        )
        progress("Auditing")
        report = options.audit(documents.manifests, [InputError.of(error) for error in documents.errors])
    return options.finish(report)
