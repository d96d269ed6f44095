"""The page about the command `probes`, with its arguments and options as defined with click."""

from __future__ import annotations

import inspect
import re
from typing import Final

import click

from pulumi_probes._markdown import table
from pulumi_probes.cli import COMMANDS, LazyGroup, probes

_INTRODUCTION: Final = """\
This page has the same content as `probes COMMAND --help`. A PATH is a file, a directory, or `-` for standard input."""
_STATUS: Final = """\
| status | meaning |
| --- | --- |
| 0 | there are no findings at or above `--fail-on` |
| 1 | there are findings at or above `--fail-on` |
| 2 | wrong usage, or input that cannot be read |
| 130 | interrupted with Ctrl-C |"""
_ENVIRONMENT: Final = """\
| variable | effect |
| --- | --- |
| `NO_COLOR` | if not empty, disables colors |
| `COLUMNS` | the width of text on a terminal in columns, from 60 to 100 |
| `PROBES_DEBUG` | if not empty, internal errors are shown with a traceback, which may contain values of manifests |"""


def pages() -> dict[str, str]:
    """The page."""
    return {"command-line.md": _page()}


def _page() -> str:
    assert isinstance(probes, LazyGroup)  # noqa: S101 - a group, whatever click's decorator says
    context = click.Context(probes, info_name="probes")
    rows = [[f"[`{name}`](#probes-{name})", summary] for name, summary in COMMANDS.items()]
    parts = ["# Command line", _INTRODUCTION, table(["command", "does"], rows)]
    for name in COMMANDS:
        command = probes.get_command(context, name)
        assert command is not None  # noqa: S101 - it is one of COMMANDS
        parts += _section(command, click.Context(command, info_name=f"probes {name}"))
    parts += ["## Exit status", _STATUS, "## Environment", _ENVIRONMENT]
    return "\n\n".join(parts) + "\n"


def _section(command: click.Command, context: click.Context) -> list[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    records = [
        record
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option) and "--help" not in parameter.opts
        if (record := parameter.get_help_record(context)) is not None
    ]
    return [
        f"## probes {command.name}",
        f"```text\n{context.command_path} {usage}\n```",
        *_prose(command.help or ""),
        *([table(["option", "default", "does"], [_row(*record) for record in records])] if records else []),
    ]


def _row(names: str, text: str) -> list[str]:
    """The description of an option, and its default, from click's help: `Text.  [default: 1; 1<=x<=9]`."""
    text, _, extra = text.partition("[default: ")
    default, _, limits = extra.removesuffix("]").partition("; ")
    limit = limits.replace("<=x<=", " to ")
    words = f"{text.strip()} {limit}.".strip() if limit else text.strip()
    return [_code(names), default and f"`{default}`", _cell(words)]


def _prose(text: str) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text).split("\n\n")]


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    """A text in a cell of a table, with angle brackets escaped."""
    return re.sub(r"<(\w+)>", r"\\<\1>", text.replace("|", r"\|"))
