"""Finds the project file: `.probes.yaml`, or `[tool.probes]` in `pyproject.toml`.

Only the standard library is imported unless there is one, because most calls have none.
"""

# Importing pathlib takes longer than looking for the file.
# ruff: noqa: PTH109, PTH113, PTH118, PTH120, PTH123

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

import click

from pulumi_probes.model.errors import ProbesError

if TYPE_CHECKING:
    from pulumi_probes.report.project_file import ProjectFile

_OWN_NAME: Final = ".probes.yaml"
_SHARED_NAME: Final = "pyproject.toml"
_REPOSITORY: Final = ".git"

_MENTION: Final = re.compile(rb"""^[\s\[]*["']?tool["']?\s*(?:\.\s*["']?probes\b|\]|=)""", re.MULTILINE)
"""Matches every file with the table, and few others, so that few are parsed."""


def load_project_file(named: str | None) -> ProjectFile | None:
    """Read the project file.

    Args:
        named: the file; None to look for it in the current directory and its parents, up to the root of the repository.

    Returns:
        Its content; None if no file is named and none is found.

    Raises:
        click.UsageError: it cannot be read, has mistakes, or a directory has two.
    """
    try:
        file = _find() if named is None else named
        if file is None:
            return None
        from pulumi_probes.report.project_file import read_project_file

        return read_project_file(file)
    except ProbesError as error:
        raise click.UsageError(str(error)) from error


def _find() -> str | None:
    try:
        start = folder = os.getcwd()
    except OSError:  # the current directory has been deleted
        return None
    while True:
        own, shared = os.path.join(folder, _OWN_NAME), os.path.join(folder, _SHARED_NAME)
        found = [file for file, is_there in ((own, os.path.lexists(own)), (shared, _has_table(shared))) if is_there]
        names = [os.path.relpath(file, start) for file in found]
        if len(names) > 1:
            raise click.UsageError(
                f"{names[0]} and the table [tool.probes] in {names[1]} are both project files. Keep one of them."
            )
        if names:
            return names[0]
        above = os.path.dirname(folder)
        if above == folder or os.path.lexists(os.path.join(folder, _REPOSITORY)):
            return None
        folder = above


def _has_table(file: str) -> bool:
    try:
        if not os.path.isfile(file):
            return False
        with open(file, "rb") as stream:
            if _MENTION.search(stream.read()) is None:
                return False
    except OSError:
        return False
    from pulumi_probes.codec.toml_file import read_toml_file
    from pulumi_probes.report.project_file import section_of

    return section_of(read_toml_file(os.path.relpath(file))[0]) is not None
