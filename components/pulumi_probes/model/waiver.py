"""Waivers, and their use in an evaluation: the view for rules about waivers."""

from __future__ import annotations

from datetime import date, datetime, timezone
from fnmatch import fnmatchcase

from msgspec import Struct

from pulumi_probes.model.defaults import DEFAULT_NAMESPACE
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Finding, ResourceReference, SourceLocation, Waiver
from pulumi_probes.model.located import Located
from pulumi_probes.model.node import Node


class WrittenWaiver(Struct, frozen=True, kw_only=True):
    """A waiver as written, before its rule and its last day are checked.

    Attributes:
        waiver: the parts that could be read; the code as written, the reason may be empty.
        path: the path of the annotation in the object, or of the entry in the file.
        mistake: what is malformed, as a sentence.
        source: the line, if it is known.
    """

    waiver: Waiver
    path: FieldPath
    mistake: str | None = None
    source: SourceLocation | None = None


def today_utc() -> date:
    """The date that decides which waivers have expired: today in UTC, whatever the time zone of the machine.

    This way, a laptop, a CI job and the policy pack agree about a waiver.
    """
    return datetime.now(tz=timezone.utc).date()


class WaiverUse(Located):
    """A waiver and its use in one evaluation.

    Attributes:
        written: the waiver as written.
        resource: the object with the annotation, or the file.
        code: the code of its rule; None if the rule does not exist.
        today: the date of the evaluation.
        is_evaluated: whether its rule was evaluated for every object that the waiver might match.
        is_used: whether it matches a finding.
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
        """The parts that could be read."""
        return self.written.waiver

    @property
    def expired_days(self) -> int:
        """The number of days since it expired; 0 if it has not expired."""
        until = self.waiver.until
        return max(0, (self.today - until).days) if until is not None else 0

    @property
    def counts(self) -> bool:
        """Whether it is valid: well-formed, for an existing rule, with a reason, and not expired."""
        understood = self.written.mistake is None and self.code is not None
        return understood and bool(self.waiver.reason) and self.expired_days == 0

    def fits(self, finding: Finding) -> bool:
        """Whether it matches a finding."""
        waiver, resource = self.waiver, finding.resource
        return (
            finding.code == self.code
            and _fits(waiver.kind, resource.kind)
            and _fits(waiver.namespace, resource.namespace or DEFAULT_NAMESPACE)
            and _fits(waiver.name, resource.name)
            and _fits(waiver.container, finding.container)
        )


def is_pattern(text: str) -> bool:
    """Whether a name in a waiver contains wildcards."""
    return any(character in text for character in "*?[")


def _fits(pattern: str | None, text: str | None) -> bool:
    if pattern is None or text is None:
        return pattern is None
    # Compiling a pattern takes longer than everything else about a waiver, and most names have no wildcards.
    return fnmatchcase(text, pattern) if is_pattern(pattern) else text == pattern
