"""The results of an audit, as data that every format renders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.finding import Finding, NotEvaluated, ResourceReference, Severity, SourceLocation
from pulumi_probes.model.note import InputNote
from pulumi_probes.model.stack import Stack


class InputError(Struct, frozen=True, kw_only=True):
    """An input that could not be read; `file` is None if the error has no file."""

    file: str | None
    line: int | None = None
    message: str

    @classmethod
    def of(cls, error: UnreadableInput) -> InputError:
        """Convert an error of the codec."""
        return cls(file=error.file, line=error.line, message=error.reason)

    @classmethod
    def at(cls, source: SourceLocation | None, file: str, message: str) -> InputError:
        """An error at a line of a program, or in a file if the line is not known."""
        if source is None:
            return cls(file=file, message=message)
        return cls(file=source.file, line=source.line, message=message)

    def as_dict(self) -> dict[str, Any]:
        """The error as plain data for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return f"{where}: {self.message}" if where else self.message


class Report(Struct, frozen=True, kw_only=True):
    """The results of an audit.

    Attributes:
        findings: the findings, including waived ones, in the order of the workloads.
        not_evaluated: the rules that could not be evaluated because a value is not known before deployment.
        errors: the inputs that could not be read.
        notes: remarks about inputs, such as files that were skipped.
        resources: the number of Kubernetes objects.
        audited: the audited workloads, one for each pod specification.
        not_evaluated_fails: whether a rule that could not be evaluated gives exit status 1.
        preview: additional data of `probes preview` for JSON; None for an audit.
        stack: what was audited, for formats that show more of it than findings; None if it was not kept.
    """

    findings: tuple[Finding, ...] = ()
    not_evaluated: tuple[NotEvaluated, ...] = ()
    errors: tuple[InputError, ...] = ()
    notes: tuple[InputNote, ...] = ()
    resources: int = 0
    audited: tuple[ResourceReference, ...] = ()
    not_evaluated_fails: bool = False
    preview: Mapping[str, Any] | None = None
    stack: Stack | None = None

    @property
    def workloads(self) -> int:
        """The number of audited workloads."""
        return len(self.audited)

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        """The findings that are not waived."""
        return tuple(finding for finding in self.findings if finding.waiver is None)

    @property
    def waived_findings(self) -> tuple[Finding, ...]:
        """The findings that are waived."""
        return tuple(finding for finding in self.findings if finding.waiver is not None)

    @property
    def baseline_findings(self) -> tuple[Finding, ...]:
        """The waived findings that are in the baseline."""
        return tuple(finding for finding in self.findings if finding.is_in_baseline)

    def count(self, severity: Severity) -> int:
        """The number of findings with a severity that are not waived."""
        return Counter(finding.severity for finding in self.open_findings)[severity]

    def exit_status(self, fail_on: Severity | None) -> int:
        """The exit status of a command that prints this report.

        Args:
            fail_on: the lowest severity that counts; None if no finding counts.

        Returns:
            2 if an input could not be read, otherwise 1 if a finding counts, otherwise 0.
        """
        if self.errors:
            return 2
        if self.not_evaluated_fails and self.not_evaluated:
            return 1
        return int(any(fail_on is not None and finding.severity >= fail_on for finding in self.open_findings))
