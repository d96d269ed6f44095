"""The report formats by name; the module of a format is imported when it is used."""

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
"""The name of each format and the module that renders it."""


@dataclass(frozen=True, slots=True)
class Style:
    """The layout of a report.

    Attributes:
        color: whether to use terminal colors.
        width: the maximum line length in columns.
        fail_on: the lowest severity that counts as a failure, in formats that have failures; None for none.
    """

    color: bool = False
    width: int = 100
    fail_on: Severity | None = Severity.ERROR


class _Format(Protocol):
    def render(self, report: Report, style: Style) -> str: ...


def render(report: Report, name: str = "text", style: Style | None = None) -> str:
    """Render a report in one of `FORMATS`; the text ends with a line break.

    Raises:
        KeyError: the format does not exist.
    """
    module = cast("_Format", import_module(f"pulumi_probes.report.{FORMATS[name]}"))
    return module.render(report, style or Style())
