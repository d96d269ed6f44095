"""Arguments and options that several commands have."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

_F = TypeVar("_F", bound=Callable[..., Any])


def paths_argument(function: _F) -> _F:
    """Add the paths that `read_paths` reads, as `paths`."""
    return click.argument("paths", metavar="PATH...", nargs=-1, required=True)(function)


def format_option(formats: Iterable[str], *, default: str = "text") -> Callable[[_F], _F]:
    """Add `--format`, as `format_name`."""
    return click.option(
        "--format",
        "format_name",
        type=click.Choice(list(formats)),
        default=default,
        show_default=True,
        help="Format of the output.",
    )


def output_option(function: _F) -> _F:
    """Add `--output`, the file for a `Destination`, as `output`; the default is standard output."""
    return click.option("--output", metavar="FILE", default="-", help="Write to FILE, atomically.")(function)
