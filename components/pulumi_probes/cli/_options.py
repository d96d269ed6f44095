"""The options that `preview` and `audit` share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import click

from pulumi_probes.cli._common_options import format_option, output_option
from pulumi_probes.cli._output import Destination
from pulumi_probes.codec.files import read_yaml_file
from pulumi_probes.codec.waivers import read_waivers
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.finding import Severity
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.waiver import WrittenWaiver
from pulumi_probes.report import FORMATS, InputError, Policy, Report, Style, audit, read_policy_config, render
from pulumi_probes.report.baseline import Fingerprint, read_baseline
from pulumi_probes.report.statistics import statistics_page
from pulumi_probes.rules import Rule, select_rules

_F = TypeVar("_F", bound=Callable[..., Any])
_T = TypeVar("_T")
_NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """The values of the shared options.

    Attributes:
        format_name: one of the names in `FORMATS`.
        destination: where the report is written.
        fail_on: the lowest severity that gives exit status 1; None for none.
        policy: the rules that apply, with levels and parameters.
        waivers: the waivers from files.
        baseline: the fingerprints of known findings.
        statistics: whether to write the number of findings per rule instead of the findings.
        verbose: whether text lists every finding with its object.
        quiet: whether to leave out everything but open findings and errors.
    """

    format_name: str
    destination: Destination
    fail_on: Severity | None
    policy: Policy
    waivers: tuple[WrittenWaiver, ...]
    baseline: frozenset[Fingerprint]
    statistics: bool
    verbose: bool
    quiet: bool

    @property
    def style(self) -> Style:
        """The layout of the report."""
        return replace(self.destination.style, fail_on=self.fail_on, verbose=self.verbose, quiet=self.quiet)

    def audit(self, manifests: Iterable[Manifest], errors: Iterable[InputError]) -> Report:
        """Audit manifests according to the options."""
        return audit(
            manifests,
            self.policy,
            errors=errors,
            waivers=self.waivers,
            baseline=self.baseline,
            keep_stack=FORMATS[self.format_name].needs_stack,
        )

    def finish(self, report: Report) -> int:
        """Write a report and return the exit status."""
        if self.statistics:
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
    @click.option(
        "--select", metavar="CODE,...", multiple=True, help="Evaluate only these rules: codes, prefixes (PRB2), names."
    )
    @click.option("--ignore", metavar="CODE,...", multiple=True, help="Skip these rules; overrides --select.")
    @click.option(
        "--fail-on",
        type=click.Choice([*(severity.value for severity in sorted(Severity, reverse=True)), _NEVER]),
        default=Severity.ERROR.value,
        show_default=True,
        help="Lowest severity that gives exit status 1.",
    )
    @click.option(
        "--policy-config",
        metavar="FILE",
        help="Levels and parameters of rules, in the format of `pulumi preview --policy-pack-config`.",
    )
    @click.option("--waivers", metavar="FILE", multiple=True, help="Waivers, in addition to those in annotations.")
    @click.option("--baseline", metavar="FILE", help="JSON report of an earlier run; its findings count as waived.")
    @click.option("--statistics", is_flag=True, help="Show the number of findings per rule instead of the findings.")
    @click.option(
        "-v",
        "--verbose",
        is_flag=True,
        help="List every finding in text, with repeated ones and those in the baseline.",
    )
    @click.option(
        "-q", "--quiet", is_flag=True, help="Write open findings and errors only; in text, nothing if there are none."
    )
    @functools.wraps(function)
    def wrapper(
        *,
        format_name: str,
        output: str,
        select: tuple[str, ...],
        ignore: tuple[str, ...],
        fail_on: str,
        policy_config: str | None,
        baseline: str | None,
        waivers: tuple[str, ...],
        statistics: bool,
        verbose: bool,
        quiet: bool,
        **arguments: Any,
    ) -> Any:
        if statistics and format_name != "text":
            raise click.BadParameter("needs --format text", param_hint="--statistics")
        options = ReportOptions(
            format_name=format_name,
            destination=Destination(output),
            fail_on=None if fail_on == _NEVER else Severity(fail_on),
            policy=_policy(select, ignore, policy_config),
            waivers=tuple(waiver for file in waivers for waiver in _read(_read_waivers, file, "--waivers")),
            baseline=_read(read_baseline, baseline, "--baseline") if baseline is not None else frozenset(),
            statistics=statistics,
            verbose=verbose,
            quiet=quiet,
        )
        return function(options=options, **arguments)

    return wrapper  # type: ignore[return-value] # click passes the arguments that the decorators above declare


def _policy(select: tuple[str, ...], ignore: tuple[str, ...], config_file: str | None) -> Policy:
    policy = Policy(rules=_selected(select, ignore))
    if config_file is None:
        return policy
    config = _read(read_policy_config, config_file, "--policy-config")
    return _read(lambda file: policy.configured(config, file), config_file, "--policy-config")


def _selected(select: tuple[str, ...], ignore: tuple[str, ...]) -> tuple[Rule, ...]:
    if select and not _entries(select):
        # `--select "$RULES"` with an empty variable would otherwise pass every manifest.
        raise click.BadParameter("must name at least one rule", param_hint="--select")
    # Checked one by one, so that the message names the option with the mistake.
    for option, entries in (("--select", select), ("--ignore", ignore)):
        try:
            select_rules(_entries(entries))
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint=option) from error
    return select_rules(_entries(select) if select else None, _entries(ignore))


def _read_waivers(file: str) -> tuple[WrittenWaiver, ...]:
    content, lines = read_yaml_file(file)
    return read_waivers(content, file, lines)


def _entries(values: tuple[str, ...]) -> list[str]:
    return [entry for value in values for entry in value.replace(" ", ",").split(",") if entry]


def _read(read: Callable[[str], _T], file: str, option: str) -> _T:
    try:
        return read(file)
    except UnreadableInput as error:
        raise click.BadParameter(str(error), param_hint=option) from error
