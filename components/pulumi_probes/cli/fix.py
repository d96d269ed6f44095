"""`probes fix`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from pulumi_probes.cli._common_options import format_option, output_option, paths_argument
from pulumi_probes.cli._output import Destination, replace_file, write_remark
from pulumi_probes.cli._policy_options import PolicyOptions, policy_options
from pulumi_probes.cli._progress import Progress
from pulumi_probes.cli._search_options import search_options, with_project_patterns
from pulumi_probes.codec.files import read_paths
from pulumi_probes.codec.folders import Search
from pulumi_probes.fixes import FileChange, Fixes, fix_files
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.finding import Finding
from pulumi_probes.model.plurals import counted
from pulumi_probes.report import InputError, Report, render

_DIFF: Final = "diff"
_SUGGESTIONS: Final = ("sarif", "rdjson")
"""The report formats that can suggest a change of lines."""


@click.command()
@paths_argument
@click.option("--write", is_flag=True, help="Change the files; without it, only a diff is printed.")
@search_options
@format_option((_DIFF, *_SUGGESTIONS), default=_DIFF)
@output_option
@click.option("-v", "--verbose", is_flag=True, help="Name the project file.")
@policy_options
def fix(
    *,
    paths: tuple[str, ...],
    write: bool,
    search: Search,
    format_name: str,
    output: str,
    verbose: bool,
    rules: PolicyOptions,
) -> int:
    """Fix findings in YAML and JSON manifests.

    A PATH is a file or a directory. Comments, order and layout stay as they are. Every fix is proved by another audit;
    what needs a decision is left alone. Prints a diff, or a report whose findings suggest changes of lines; with
    --write, changes the files instead.

    Exit status: 1 if there is something to fix and no --write, 2 for wrong usage or unreadable input, otherwise 0.
    """
    if "-" in paths:
        raise click.BadParameter("standard input cannot be changed; name files", param_hint="PATH")
    destination = Destination(output, paths)
    if verbose:
        rules.name_project_file()
    search = with_project_patterns(search, rules.project)
    with Progress() as progress:
        documents = read_paths(paths, search=search, progress=lambda file: progress(f"Reading {file}"))
        progress("Fixing")
        fixes = fix_files(documents.manifests, lambda manifests: rules.audit(manifests).findings)
    for error in documents.errors:
        write_remark(f"Error: {error}")
    for note in documents.notes:
        write_remark(f"Note: {note}")
    failed = [change.file for change in fixes.changes if write and not _written(change)]
    if not write:
        destination.write(_described(fixes, documents.errors, format_name))
    for line in _summary(fixes, documents.errors, write=write):
        write_remark(line)
    if documents.errors or failed:
        return 2
    return int(bool(fixes.changes) and not write)


def _described(fixes: Fixes, errors: list[UnreadableInput], format_name: str) -> str:
    """Render the changes."""
    if format_name == _DIFF:
        return "".join(line for change in fixes.changes for line in change.diff())
    report = Report(findings=fixes.fixed, errors=tuple(map(InputError.of, errors)))
    return render(report, format_name)


def _written(change: FileChange) -> bool:
    """Write a file, unless something else has changed it since it was read; whether that worked."""
    try:
        if Path(change.file).read_bytes() != change.before:
            write_remark(f"Error: {change.file}: has changed since it was read, so it was not written.")
            return False
        replace_file(Path(change.file).resolve(), change.after)
    except OSError as error:
        write_remark(f"Error: {change.file}: {error.strerror or 'cannot be written'}.")
        return False
    return True


def _summary(fixes: Fixes, errors: list[UnreadableInput], *, write: bool) -> list[str]:
    lines: list[str] = []
    refused: dict[tuple[str, str], list[Finding]] = {}
    for entry in fixes.refused:
        refused.setdefault((entry.finding.code, entry.reason), []).append(entry.finding)
    for (code, reason), findings in refused.items():
        source = findings[0].source
        place = f"{source}: " if source is not None else ""
        others = f" and {counted(len(findings) - 1, 'other place')}" if len(findings) > 1 else ""
        lines.append(f"{place}{code} {findings[0].where}{others}: not fixed, because {reason}.")
    verb = "Fixed" if write else "Would fix"
    if fixes.changes:
        lines.append(f"{verb} {counted(len(fixes.fixed), 'finding')} in {counted(len(fixes.changes), 'file')}.")
    elif not errors:
        lines.append("Nothing fixed." if fixes.refused else "Nothing to fix.")
    if fixes.remaining:
        lines.append(f"Left for you to decide: {counted(fixes.remaining, 'finding')}; `probes audit` shows them.")
    return lines
