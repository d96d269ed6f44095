"""The options that `preview` and `audit` share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click
from click.core import ParameterSource
from msgspec import Struct
from msgspec.structs import replace

from pulumi_probes.cli._common_options import format_option, output_option
from pulumi_probes.cli._output import Destination
from pulumi_probes.cli._policy_options import PolicyOptions, policy_options
from pulumi_probes.codec.folders import Search
from pulumi_probes.model.finding import Severity
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.report import FORMATS, InputError, Report, Style, render

_F = TypeVar("_F", bound=Callable[..., Any])
_NEVER = "never"


class ReportOptions(Struct, frozen=True, kw_only=True):
    """The values of the shared options.

    Attributes:
        format_name: one of the names in `FORMATS`.
        destination: where the report is written.
        fail_on: the lowest severity that gives exit status 1; None for none.
        rules: the rules that apply, and what is waived.
        statistics: whether to write the number of findings per rule instead of the findings.
        verbose: whether text lists every finding with its object.
        quiet: whether to leave out everything but open findings and errors.
    """

    format_name: str
    destination: Destination
    fail_on: Severity | None
    rules: PolicyOptions
    statistics: bool
    verbose: bool
    quiet: bool

    @property
    def style(self) -> Style:
        """The layout of the report."""
        return replace(self.destination.style, fail_on=self.fail_on, verbose=self.verbose, quiet=self.quiet)

    def audit(self, manifests: Iterable[Manifest], errors: Iterable[InputError]) -> Report:
        """Audit manifests according to the options."""
        return self.rules.audit(manifests, errors, keep_stack=FORMATS[self.format_name].needs_stack)

    def audit_files(
        self, paths: Iterable[str], search: Search, processes: int | None, progress: Callable[[str], None]
    ) -> Report:
        """Read and audit files according to the options."""
        keep_stack = FORMATS[self.format_name].needs_stack
        return self.rules.audit_files(paths, search, processes, keep_stack=keep_stack, progress=progress)

    def finish(self, report: Report) -> int:
        """Write a report and return the exit status."""
        if self.statistics:
            from pulumi_probes.report.statistics import statistics_page  # imported late, few runs need it

            self.write(statistics_page(report, self.style))
        else:
            self.write(render(report, self.format_name, self.style))
        return report.exit_status(self.fail_on)

    def write(self, text: str) -> None:
        """Write the text of a report to the destination."""
        self.destination.write(text)


def report_options(function: _F) -> _F:
    """Add the shared options to a command, which receives them as `options`, a `ReportOptions`."""

    @format_option(FORMATS)
    @output_option
    @policy_options
    @click.option(
        "--fail-on",
        type=click.Choice([*(severity.value for severity in sorted(Severity, reverse=True)), _NEVER]),
        default=Severity.ERROR.value,
        show_default=True,
        help="Lowest severity that gives exit status 1.",
    )
    @click.option("--statistics", is_flag=True, help="Show the number of findings per rule instead of the findings.")
    @click.option(
        "-v",
        "--verbose",
        is_flag=True,
        help="List every finding in text, with repeated ones and those in the baseline; name the project file.",
    )
    @click.option(
        "-q", "--quiet", is_flag=True, help="Write open findings and errors only; in text, nothing if there are none."
    )
    @functools.wraps(function)
    def wrapper(
        *,
        format_name: str,
        output: str,
        fail_on: str,
        rules: PolicyOptions,
        statistics: bool,
        verbose: bool,
        quiet: bool,
        **arguments: Any,
    ) -> Any:
        if statistics and format_name != "text":
            raise click.BadParameter("needs --format text", param_hint="--statistics")
        is_default = click.get_current_context().get_parameter_source("fail_on") is ParameterSource.DEFAULT
        if is_default and rules.project is not None and rules.project.fail_on is not None:
            fail_on = rules.project.fail_on
        options = ReportOptions(
            format_name=format_name,
            destination=Destination(output, rules.files),
            fail_on=None if fail_on == _NEVER else Severity(fail_on),
            rules=rules,
            statistics=statistics,
            verbose=verbose,
            quiet=quiet,
        )
        if verbose and format_name == "text":
            rules.name_project_file()
        return function(options=options, **arguments)

    return wrapper  # type: ignore[return-value] # click passes the arguments that the decorators above declare
