"""`probes preview`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from msgspec.structs import replace

from pulumi_probes.cli._options import ReportOptions, report_options
from pulumi_probes.cli._output import write_remark
from pulumi_probes.cli._preview_page import preview_as_dict, preview_page
from pulumi_probes.cli._progress import Progress
from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.codec.pulumi_resource import without_secret_names
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.note import InputNote
from pulumi_probes.preview.environment import DEFAULT_TIME_LIMIT_SECONDS
from pulumi_probes.report import InputError

if TYPE_CHECKING:
    from pulumi_probes.preview import ProgramFailure, ProgramManifests, Project, StackSettings
    from pulumi_probes.preview.rendering import Written

_LEFTOVER: Final = "belongs to no object of the program any more; remove it, or the object stays deployed"


@click.command()
@click.argument("folder", metavar="[DIR]", required=False)
@click.option("--stack", "stack_name", metavar="NAME", help="Stack to preview; dev or the only one by default.")
@click.option(
    "--config", "overrides", metavar="KEY=VALUE", multiple=True, help="Set a configuration value; overrides the file."
)
@click.option("--out", metavar="DIR", help="Write the manifests to DIR, in the layout of renderYamlToDirectory.")
@click.option("--show-secrets", is_flag=True, help="Write secrets to the manifests in plain text.")
@click.option(
    "--time-limit",
    metavar="SECONDS",
    type=click.FloatRange(min=0.1, max=86_400),
    default=DEFAULT_TIME_LIMIT_SECONDS,
    show_default=True,
    help="Maximum run time of the program.",
)
@click.option(
    "--allow-unseen",
    metavar="TYPE",
    multiple=True,
    help="Accept that objects inside resources of this type are not audited, such as 'eks:*'; otherwise an error.",
)
@report_options
def preview(
    *,
    folder: str | None,
    stack_name: str | None,
    overrides: tuple[str, ...],
    out: str | None,
    show_secrets: bool,
    time_limit: float,
    allow_unseen: tuple[str, ...],
    options: ReportOptions,
) -> int:
    """Run a Pulumi Python program without engine, cluster or account.

    Shows its resources, audits them, and shows what their probes do, in seconds. DIR contains the Pulumi.yaml; by
    default it is searched for in the current directory and its parents, as pulumi does. Encrypted configuration is not
    decrypted. Charts, files and components whose objects cannot be rendered here are errors.
    """
    project, stack = _load(folder, stack_name, overrides)
    options.destination.keep([str(project.root), str(project.stack_folder)])
    with Progress() as progress:
        progress("Running the program")
        # Loads the Pulumi SDK, which a usage error need not wait for.
        from pulumi_probes.preview import read_manifests, run_program

        recording = run_program(project, stack, time_limit_seconds=time_limit)
        progress("Auditing")
        found = read_manifests(recording)
        errors = [_failure_as_error(failure, project.file) for failure in recording.failures]
        unaudited = recording.unaudited(allow_unseen)
        errors += [
            InputError.at(diagnostic.source, project.file, f"{diagnostic.subject}: {diagnostic.message}")
            for diagnostic in unaudited
        ]
        written, write_errors = _write(found, out, show_secrets=show_secrets)
        manifests = [without_secret_names(manifest) for manifest in found.manifests]
        report = options.audit(manifests, [*errors, *write_errors])
    for failure in recording.failures:
        for line in failure.frames:
            write_remark(line)
    stack_of_workloads = read_stack(manifests)
    notes = [InputNote(str(file), _LEFTOVER) for file in written.leftovers] if written is not None else []
    report = replace(
        report,
        preview=preview_as_dict(recording, stack_of_workloads, written),
        notes=(*report.notes, *notes),
    )
    if options.format_name != "text" or options.statistics or options.quiet:
        return options.finish(report)
    options.write(preview_page(recording, stack_of_workloads, report, written, options.style, unaudited))
    return report.exit_status(options.fail_on)


def _load(folder: str | None, stack_name: str | None, overrides: tuple[str, ...]) -> tuple[Project, StackSettings]:
    from pulumi_probes.preview.project import load_project, load_stack

    try:
        project = load_project(folder or ".", search_above=folder is None)
        return project, load_stack(project, stack_name, [_key_and_value(entry) for entry in overrides])
    except UnreadableInput as error:
        raise click.UsageError(str(error)) from error


def _key_and_value(entry: str) -> tuple[str, str]:
    key, equals, value = entry.partition("=")
    if not key or not equals:
        raise click.BadParameter(f"{entry!r} is not of the form KEY=VALUE", param_hint="--config")
    return key, value


def _failure_as_error(failure: ProgramFailure, project_file: str) -> InputError:
    hint = " Use --time-limit to allow more." if failure.is_time_limit else ""
    return InputError.at(failure.source, project_file, failure.message + hint)


def _write(found: ProgramManifests, out: str | None, *, show_secrets: bool) -> tuple[Written | None, list[InputError]]:
    if out is None:
        return None, []
    from pulumi_probes.preview.rendering import write_manifests

    try:
        written = write_manifests(found, Path(out), show_secrets=show_secrets)
    except UnreadableInput as error:
        return None, [InputError.of(error)]
    return written, [InputError.of(error) for error in written.errors]
