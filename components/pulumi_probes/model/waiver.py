"""A waiver as somebody wrote it, and what became of it: the view that the rules about waivers look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timezone
from fnmatch import fnmatchcase

from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Finding, ResourceReference, SourceLocation, Waiver
from pulumi_probes.model.located import Located
from pulumi_probes.model.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenWaiver:
    """A waiver before anybody looked at its rule and its day.

    Attributes:
        waiver: what could be read of it; the code is as written, the reason may be empty.
        path: where it stands: an annotation of the object, or an entry of the file.
        mistake: what could not be read, as a sentence.
        source: the line, if it is known.
    """

    waiver: Waiver
    path: FieldPath
    mistake: str | None = None
    source: SourceLocation | None = None


def today_utc() -> date:
    """The day by which waivers expire: today in UTC, whatever the time zone of the machine.

    A laptop, a CI job and the policy pack then agree about the same waiver.
    """
    return datetime.now(tz=timezone.utc).date()


class WaiverUse(Located):
    """A waiver and what became of it in one evaluation.

    Attributes:
        written: the waiver as written.
        resource: the object that has the annotation, or the file.
        code: the code of the rule it names, None when there is no such rule.
        today: the day of the evaluation.
        is_evaluated: whether its rule was evaluated for every object that the waiver might match.
        is_used: whether it fits a finding.
    """

    def __init__(self, written: WrittenWaiver, resource: ResourceReference, code: str | None, today: date) -> None:
        super().__init__(Node(None, written.path))
        self.written = written
        self.resource = resource
        self.code = code
        self.today = today
        self.is_evaluated = True
        self.is_used = False

    @property
    def waiver(self) -> Waiver:
        """What could be read of it."""
        return self.written.waiver

    @property
    def expired_days(self) -> int:
        """For how many days it has not counted any more; 0 while it does."""
        until = self.waiver.until
        return max(0, (self.today - until).days) if until is not None else 0

    @property
    def counts(self) -> bool:
        """Whether it waives what it fits: it is readable, names a rule and a reason, and its last day is not over."""
        understood = self.written.mistake is None and self.code is not None
        return understood and bool(self.waiver.reason) and self.expired_days == 0

    def fits(self, finding: Finding) -> bool:
        """Whether it is about this finding, wherever the waiver was written."""
        waiver, resource = self.waiver, finding.resource
        return (
            finding.code == self.code
            and _fits(waiver.kind, resource.kind)
            and _fits(waiver.namespace, resource.namespace or "default")
            and _fits(waiver.name, resource.name)
            and _fits(waiver.container, finding.container)
        )


def is_pattern(text: str) -> bool:
    """Whether a name in a waiver has wildcards."""
    return any(character in text for character in "*?[")


def _fits(pattern: str | None, text: str | None) -> bool:
    if pattern is None or text is None:
        return pattern is None
    # Compiling a pattern costs more than all else about a waiver, and most names are names.
    return fnmatchcase(text, pattern) if is_pattern(pattern) else text == pattern
