"""The options that choose the rules, for every command that audits."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click
from msgspec import Struct

from pulumi_probes.cli._output import write_remark
from pulumi_probes.cli._project_file import load_project_file
from pulumi_probes.codec.files import read_yaml_file
from pulumi_probes.codec.folders import Search
from pulumi_probes.codec.waivers import read_waivers
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.waiver import WrittenWaiver
from pulumi_probes.report import InputError, Policy, Report, audit, audit_files, read_policy_config
from pulumi_probes.report.baseline import Fingerprint, read_baseline
from pulumi_probes.rules import select_rules

if TYPE_CHECKING:
    from pulumi_probes.report.project_file import ProjectFile

_F = TypeVar("_F", bound=Callable[..., Any])
_T = TypeVar("_T")


class PolicyOptions(Struct, frozen=True, kw_only=True):
    """The values of the options.

    Attributes:
        policy: the rules that apply, with levels and parameters.
        waivers: the waivers from files.
        baseline: the fingerprints of known findings.
        project: the project file; None if there is none.
        files: the files that these values come from.
    """

    policy: Policy
    waivers: tuple[WrittenWaiver, ...]
    baseline: frozenset[Fingerprint]
    project: ProjectFile | None
    files: tuple[str, ...]

    def name_project_file(self) -> None:
        """Write to standard error which project file applies, if there is one."""
        if self.project is not None:
            write_remark(f"Project file: {self.project.file}.")

    def audit(
        self, manifests: Iterable[Manifest], errors: Iterable[InputError] = (), *, keep_stack: bool = False
    ) -> Report:
        """Audit manifests according to the options."""
        return audit(
            manifests,
            self.policy,
            errors=errors,
            waivers=self.waivers,
            baseline=self.baseline,
            keep_stack=keep_stack,
        )

    def audit_files(
        self,
        paths: Iterable[str],
        search: Search,
        processes: int | None,
        *,
        keep_stack: bool,
        progress: Callable[[str], None],
    ) -> Report:
        """Read and audit files according to the options."""
        return audit_files(
            paths,
            self.policy,
            search=search,
            processes=processes,
            waivers=self.waivers,
            baseline=self.baseline,
            keep_stack=keep_stack,
            progress=progress,
        )


def policy_options(function: _F) -> _F:
    """Add the options to a command, which receives them as `rules`, a `PolicyOptions`."""

    @click.option(
        "--select", metavar="CODE,...", multiple=True, help="Evaluate only these rules: codes, prefixes (PRB2), names."
    )
    @click.option("--ignore", metavar="CODE,...", multiple=True, help="Skip these rules; overrides --select.")
    @click.option(
        "--policy-config",
        metavar="FILE",
        help="Levels and parameters of rules, in the format of `pulumi preview --policy-pack-config`.",
    )
    @click.option("--waivers", metavar="FILE", multiple=True, help="Waivers, in addition to those in annotations.")
    @click.option("--baseline", metavar="FILE", help="JSON report of an earlier run; its findings count as waived.")
    @click.option(
        "--config-file",
        metavar="FILE",
        help="Project file; by default .probes.yaml or pyproject.toml in this directory or a parent.",
    )
    @click.option("--no-config-file", is_flag=True, help="Do not read a project file.")
    @functools.wraps(function)
    def wrapper(
        *,
        select: tuple[str, ...],
        ignore: tuple[str, ...],
        policy_config: str | None,
        waivers: tuple[str, ...],
        baseline: str | None,
        config_file: str | None,
        no_config_file: bool,
        **arguments: Any,
    ) -> Any:
        if no_config_file and config_file is not None:
            raise click.UsageError("--config-file and --no-config-file exclude each other.")
        project = None if no_config_file else load_project_file(config_file)
        from_waivers, from_baseline = "--waivers", "--baseline"
        if project is not None and not waivers:
            waivers, from_waivers = project.waivers, f"`waivers` in {project.file}"
        if project is not None and baseline is None:
            baseline, from_baseline = project.baseline, f"`baseline` in {project.file}"
        own = project.file if project is not None else None
        rules = PolicyOptions(
            policy=_policy(select, ignore, policy_config, project),
            waivers=tuple(waiver for file in waivers for waiver in _read(_read_waivers, file, from_waivers)),
            baseline=_read(read_baseline, baseline, from_baseline) if baseline is not None else frozenset(),
            project=project,
            files=tuple(file for file in (policy_config, *waivers, baseline, own) if file is not None),
        )
        return function(rules=rules, **arguments)

    return wrapper  # type: ignore[return-value] # click passes the arguments that the decorators above declare


def _policy(
    select: tuple[str, ...], ignore: tuple[str, ...], config_file: str | None, project: ProjectFile | None
) -> Policy:
    _check_selection(select, ignore)
    selected = _entries(select) if select else None
    ignored = _entries(ignore) if ignore else None
    policy = Policy(rules=select_rules(selected, ignored or ()))
    config = None
    if config_file is not None:
        config = _read(read_policy_config, config_file, "--policy-config")
        policy = _read(functools.partial(policy.configured, config), config_file, "--policy-config")
    return policy if project is None else project.policy(selected, ignored, config)


def _check_selection(select: tuple[str, ...], ignore: tuple[str, ...]) -> None:
    if select and not _entries(select):
        # `--select "$RULES"` with an empty variable would otherwise pass every manifest.
        raise click.BadParameter("must name at least one rule", param_hint="--select")
    # Checked one by one, so that the message names the option with the mistake.
    for option, entries in (("--select", select), ("--ignore", ignore)):
        try:
            select_rules(_entries(entries))
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint=option) from error


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
