"""The report formats by name; the module of a format is imported when it is used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final, Protocol, cast

from msgspec import Struct

from pulumi_probes.model.finding import Severity
from pulumi_probes.report.report import Report


class Format(Struct, frozen=True):
    """A report format.

    Attributes:
        module: the module of this package that renders it.
        purpose: who reads it, for the documentation; Markdown.
        needs_stack: whether it shows more of the workloads than findings, so that a report must have its `stack`.
    """

    module: str
    purpose: str
    needs_stack: bool = False


FORMATS: Final[Mapping[str, Format]] = {
    "text": Format("text", "people, in a terminal or a log"),
    "concise": Format("concise", "editors and `grep`: one finding per line"),
    "html": Format("html", "people, in a browser: one file with filters, timelines and costs", needs_stack=True),
    "markdown": Format("markdown", "a comment on a pull request"),
    "github": Format("github", "annotations on the lines of a pull request in GitHub Actions"),
    "gitlab": Format("gitlab", "the Code Quality report of GitLab"),
    "sarif": Format("sarif", "code scanning of GitHub and other tools that read SARIF 2.1.0"),
    "rdjson": Format("rdjson", "reviewdog, which comments on pull requests and suggests changes of lines"),
    "junit": Format("junit", "the test reports of GitLab, Jenkins and others"),
    "json": Format("as_json", "programs, and the file for `--baseline`"),
}
"""Each format, by the name that `--format` takes."""


class Style(Struct, frozen=True):
    """The layout of a report.

    Attributes:
        color: whether to use terminal colors.
        width: the maximum line length in columns.
        fail_on: the lowest severity that counts as a failure, in formats that have failures; None for none.
        verbose: whether text lists every finding with its object, also those that are the same or in the baseline.
        quiet: whether formats for people leave out everything but open findings and errors.
    """

    color: bool = False
    width: int = 100
    fail_on: Severity | None = Severity.ERROR
    verbose: bool = False
    quiet: bool = False


class _Format(Protocol):
    def render(self, report: Report, style: Style) -> str: ...


def render(report: Report, name: str = "text", style: Style | None = None) -> str:
    """Render a report in one of `FORMATS`; unless it is empty, the text ends with a line break.

    Raises:
        KeyError: the format does not exist.
    """
    module = cast("_Format", import_module(f"pulumi_probes.report.{FORMATS[name].module}"))
    return module.render(report, style or Style())
