"""The formats by name; each module is loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol, cast

from pulumi_probes.model.finding import Severity
from pulumi_probes.report.report import Report

FORMATS: Final[Mapping[str, str]] = {
    "text": "text",
    "json": "as_json",
    "sarif": "sarif",
    "junit": "junit",
    "github": "github",
}
"""The name of each format and the module that writes it."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a report is laid out.

    Attributes:
        color: whether to use the colours of a terminal.
        width: the longest line, in columns.
        fail_on: the least severity that counts as failed, where a format tells that; None for none.
    """

    color: bool = False
    width: int = 100
    fail_on: Severity | None = Severity.ERROR


class _Format(Protocol):
    def render(self, report: Report, style: Style) -> str: ...


def render(report: Report, name: str = "text", style: Style | None = None) -> str:
    """A report as text in one of `FORMATS`, with a line break at its end.

    Raises:
        KeyError: there is no such format.
    """
    module = cast("_Format", import_module(f"pulumi_probes.report.{FORMATS[name]}"))
    return module.render(report, style or Style())
