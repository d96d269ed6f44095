"""What an audit found: the data that every format shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.finding import Finding, NotEvaluated, ResourceReference, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class InputError:
    """Something that could not be read; the file is None where there is none."""

    file: str | None
    message: str
    line: int | None = None

    @classmethod
    def of(cls, error: UnreadableInput) -> InputError:
        """An error of the codec as part of a report."""
        return cls(file=error.file, line=error.line, message=error.reason)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"file": self.file, "line": self.line, "message": self.message}

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return f"{where}: {self.message}" if where else self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found.

    Attributes:
        findings: what rules said, waived findings included, in the order of the workloads.
        not_evaluated: what could not be judged, because a value is not known before deployment.
        errors: what could not be read.
        resources: how many Kubernetes objects were looked at.
        judged: the workloads that were judged, one for each of their pod specifications.
        not_evaluated_fails: whether something that could not be judged gives exit status 1.
        preview: what `probes preview` knows beyond an audit, ready for JSON; None for an audit.
    """

    findings: tuple[Finding, ...] = ()
    not_evaluated: tuple[NotEvaluated, ...] = ()
    errors: tuple[InputError, ...] = ()
    resources: int = 0
    judged: tuple[ResourceReference, ...] = ()
    not_evaluated_fails: bool = False
    preview: Mapping[str, Any] | None = None

    @property
    def workloads(self) -> int:
        """How many workloads were judged."""
        return len(self.judged)

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        """The findings that nobody waived."""
        return tuple(finding for finding in self.findings if finding.waiver is None)

    @property
    def waived_findings(self) -> tuple[Finding, ...]:
        """The findings that somebody decided to live with."""
        return tuple(finding for finding in self.findings if finding.waiver is not None)

    def count(self, severity: Severity) -> int:
        """How many findings of a severity nobody waived."""
        return Counter(finding.severity for finding in self.open_findings)[severity]

    def exit_status(self, fail_on: Severity | None) -> int:
        """The exit status of a command that prints this report.

        Args:
            fail_on: the least severity that counts; None for no finding at all.

        Returns:
            2 when something could not be read, else 1 when a finding counts, else 0.
        """
        if self.errors:
            return 2
        if self.not_evaluated_fails and self.not_evaluated:
            return 1
        return int(any(fail_on is not None and finding.severity >= fail_on for finding in self.open_findings))
