"""The options that say which files of directories are read."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
from msgspec.structs import replace

from pulumi_probes.codec.folders import Search

if TYPE_CHECKING:
    from pulumi_probes.report.project_file import ProjectFile

_F = TypeVar("_F", bound=Callable[..., Any])


def search_options(function: _F) -> _F:
    """Add the options to a command, which receives them as `search`, a `Search`."""

    @click.option(
        "--render",
        is_flag=True,
        help="Render Helm charts and kustomizations in directories with helm, kustomize or kubectl, without the "
        "network, and follow Argo CD and Flux to directories of the repository. Not for directories that you do not "
        "trust.",
    )
    @click.option(
        "--include",
        metavar="GLOB",
        multiple=True,
        help="In directories, read only matching files; patterns as in .gitignore, relative to PATH.",
    )
    @click.option("--exclude", metavar="GLOB", multiple=True, help="Skip matching files and directories.")
    @click.option(
        "--no-respect-gitignore",
        "respect_gitignore",
        is_flag=True,
        flag_value=False,
        default=True,
        help="Read files that .gitignore excludes.",
    )
    @functools.wraps(function)
    def wrapper(
        *, render: bool, include: tuple[str, ...], exclude: tuple[str, ...], respect_gitignore: bool, **arguments: Any
    ) -> Any:
        search = Search(
            render=render,
            include=_patterns(include, "--include"),
            exclude=_patterns(exclude, "--exclude"),
            respect_gitignore=respect_gitignore,
        )
        return function(search=search, **arguments)

    return wrapper  # type: ignore[return-value] # click passes the arguments that the decorators above declare


def with_project_patterns(search: Search, project: ProjectFile | None) -> Search:
    """The search with the patterns of the project file, unless options replace them."""
    if project is None:
        return search
    return replace(
        search,
        include=search.include or _escaped(project.include),
        exclude=search.exclude or _escaped(project.exclude),
    )


def _patterns(values: tuple[str, ...], option: str) -> tuple[str, ...]:
    for value in values:
        if not value.strip() or value.startswith("!"):
            reason = "must not be empty" if not value.strip() else f"'{value}' must not begin with '!'"
            raise click.BadParameter(reason, param_hint=option)
    return _escaped(values)


def _escaped(values: tuple[str, ...]) -> tuple[str, ...]:
    # Outside a .gitignore file, a number sign does not begin a comment.
    return tuple(f"\\{value}" if value.startswith("#") else value for value in values)
