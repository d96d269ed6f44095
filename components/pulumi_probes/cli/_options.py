"""The options that `preview` and `audit` share, and what follows from them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import click

from pulumi_probes.cli._output import Destination
from pulumi_probes.codec.files import read_yaml_file
from pulumi_probes.codec.waivers import read_waivers
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.finding import Severity
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.waiver import WrittenWaiver
from pulumi_probes.report import FORMATS, InputError, Policy, Report, audit, read_policy_config, render
from pulumi_probes.report.baseline import Fingerprint, read_baseline
from pulumi_probes.rules import Rule, select_rules

_F = TypeVar("_F", bound=Callable[..., Any])
_T = TypeVar("_T")
_NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What somebody asked for.

    Attributes:
        format_name: one of the names in `FORMATS`.
        destination: where the report goes.
        fail_on: the least severity that gives exit status 1; None for none.
        policy: which rules apply.
        waivers: those from files.
        baseline: fingerprints of findings that were there before.
    """

    format_name: str
    destination: Destination
    fail_on: Severity | None
    policy: Policy
    waivers: tuple[WrittenWaiver, ...]
    baseline: frozenset[Fingerprint]

    def audit(self, manifests: Iterable[Manifest], errors: Iterable[InputError]) -> Report:
        """Judge manifests as it was asked for."""
        return audit(manifests, self.policy, errors=errors, waivers=self.waivers, baseline=self.baseline)

    def finish(self, report: Report) -> int:
        """Write a report and say the exit status."""
        self.write(render(report, self.format_name, replace(self.destination.style, fail_on=self.fail_on)))
        return report.exit_status(self.fail_on)

    def write(self, text: str) -> None:
        """Write the text of a report where it was asked for."""
        self.destination.write(text)


def report_options(function: _F) -> _F:
    """Give a verb the common options; it receives them as the argument `options`, a `ReportOptions`."""

    @click.option(
        "--format",
        "format_name",
        type=click.Choice(list(FORMATS)),
        default="text",
        show_default=True,
        help="What the report is written as.",
    )
    @click.option(
        "--output", "output", metavar="FILE", help="Write the report to FILE, whole or not at all.", default="-"
    )
    @click.option(
        "--select", metavar="CODE,...", multiple=True, help="Only these rules: codes (PRB2 for all 2xx) or names."
    )
    @click.option("--ignore", metavar="CODE,...", multiple=True, help="Not these rules; wins over --select.")
    @click.option(
        "--fail-on",
        type=click.Choice([*(severity.value for severity in sorted(Severity, reverse=True)), _NEVER]),
        default=Severity.ERROR.value,
        show_default=True,
        help="The least severity that gives exit status 1.",
    )
    @click.option(
        "--policy-config",
        metavar="FILE",
        help="Levels and parameters of rules: the file of `pulumi preview --policy-pack-config`.",
    )
    @click.option("--waivers", metavar="FILE", multiple=True, help="Waivers of findings, beside those in annotations.")
    @click.option("--baseline", metavar="FILE", help="A JSON report; the findings in it count as waived.")
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
        **arguments: Any,
    ) -> Any:
        options = ReportOptions(
            format_name=format_name,
            destination=Destination(output),
            fail_on=None if fail_on == _NEVER else Severity(fail_on),
            policy=_policy(select, ignore, policy_config),
            waivers=tuple(waiver for file in waivers for waiver in _read(_read_waivers, file, "--waivers")),
            baseline=_read(read_baseline, baseline, "--baseline") if baseline is not None else frozenset(),
        )
        return function(options=options, **arguments)

    return wrapper  # type: ignore[return-value] # click hands over what the decorators above declare


def _policy(select: tuple[str, ...], ignore: tuple[str, ...], config_file: str | None) -> Policy:
    policy = Policy(rules=_selected(select, ignore))
    if config_file is None:
        return policy
    config = _read(read_policy_config, config_file, "--policy-config")
    return _read(lambda file: policy.configured(config, file), config_file, "--policy-config")


def _selected(select: tuple[str, ...], ignore: tuple[str, ...]) -> tuple[Rule, ...]:
    if select and not _entries(select):
        # `--select "$RULES"` with nothing in the variable would pass every manifest.
        raise click.BadParameter("it is empty, so no rule would judge", param_hint="--select")
    # Each list is tried alone, so that the message names the option that has the mistake.
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
