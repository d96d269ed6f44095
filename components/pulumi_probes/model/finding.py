"""Findings, and the other results of evaluating rules."""

from __future__ import annotations

from datetime import date
from enum import Enum
from functools import total_ordering
from typing import Final

from msgspec import Struct

from pulumi_probes.model.edit import Edit
from pulumi_probes.model.field_path import FieldPath


@total_ordering
class Severity(Enum):
    """The severity of a finding.

    ERROR: the API server rejects it, or it is provably broken.
    WARNING: it works, but not as its author believes.
    ADVICE: it could be improved, although nothing is wrong.
    """

    ADVICE = "advice"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """The rank, from 0 for advice to 2 for an error."""
        return (Severity.ADVICE, Severity.WARNING, Severity.ERROR).index(self)

    def __lt__(self, other: Severity) -> bool:
        return self.rank < other.rank


def name_in_program(urn: str | None) -> str:
    """The name of a resource in its Pulumi program; empty without a URN."""
    return (urn or "").rpartition("::")[2]


class ResourceReference(Struct, frozen=True, kw_only=True):
    """A reference to a Kubernetes object; parts that are unknown or unset are None."""

    kind: str
    api_version: str
    name: str | None = None
    namespace: str | None = None
    urn: str | None = None

    def __str__(self) -> str:
        # Without a name, the provider generates one, so the name in the program is shown.
        name = self.name or f"{name_in_program(self.urn)} (name set at deployment)".lstrip()
        return f"{self.kind} {self.namespace}/{name}" if self.namespace else f"{self.kind} {name}"


def group_of(api_version: str) -> str:
    """The group of an API version; empty for the core API."""
    return api_version.rpartition("/")[0]


class SourceLocation(Struct, frozen=True, kw_only=True):
    """A location in a file; lines are counted from 1.

    Attributes:
        file: the file.
        line: the line; None if it is not known.
        origin: what was rendered, in texts for people, if the object is not written in the file itself.
    """

    file: str
    line: int | None = None
    origin: str | None = None

    def __str__(self) -> str:
        if self.origin is not None:
            return self.origin
        return self.file if self.line is None else f"{self.file}:{self.line}"


BASELINE: Final = "baseline"
"""The origin of waivers that come from an earlier report."""

BASELINE_REASON: Final = "already in the baseline"
"""The reason of these waivers."""


class Replacement(Struct, frozen=True, kw_only=True):
    """A change of whole lines of the file that a finding is in.

    Attributes:
        first_line: the first line that changes, counted from 1.
        last_line: the last one.
        before: these lines, without the line break at the end.
        after: the lines that take their place.
    """

    first_line: int
    last_line: int
    before: str
    after: str


class Waiver(Struct, frozen=True, kw_only=True):
    """The decision to accept the findings of a rule, with a reason and optionally a last day.

    The last four attributes may contain `*` and `?`; None matches everything.

    Attributes:
        code: the code of the rule.
        reason: the reason, in the words of the author.
        until: the last day on which the waiver is valid, or None.
        origin: where it was written: an annotation, a file or the baseline.
        kind: the kind of the objects that it applies to.
        namespace: the namespace of these objects.
        name: the name of these objects.
        container: the container that it applies to.
    """

    code: str
    reason: str
    until: date | None = None
    origin: str = "annotation"
    kind: str | None = None
    namespace: str | None = None
    name: str | None = None
    container: str | None = None


class Violation(Struct, frozen=True, kw_only=True):
    """A result of a rule: the location, and the three sentences of the message.

    The sentences must not contain values of environment variables, commands, arguments or headers, which may be secret.

    Attributes:
        path: the path of the field in the object.
        what: what is wrong: the field, its value and the limit.
        consequence: what happens because of it, with times in seconds.
        fix: what to write instead.
        container: the name of the container, if the violation concerns one.
        severity: a lower severity than the rule's, if the rule is less certain; None for the rule's.
        edits: the changes that `probes fix` makes; none if the fix is a decision of the author.
    """

    path: FieldPath
    what: str
    consequence: str
    fix: str
    container: str | None = None
    severity: Severity | None = None
    edits: tuple[Edit, ...] = ()


class Finding(Struct, frozen=True, kw_only=True):
    """A violation with everything that a report needs.

    Attributes:
        code: the code of the rule.
        rule: its name.
        severity: how serious the finding is.
        resource: the object.
        path: the path of the field in the object.
        what: what is wrong.
        consequence: what happens because of it.
        fix: what to write instead.
        container: the name of the container, if the finding concerns one.
        source: where the field is written; None if it comes from no file.
        waiver: the waiver that accepts it, or None.
        edits: the changes of fields that fix it.
        replacement: the change of lines that fixes it, once `pulumi_probes.fixes` has tried it.
    """

    code: str
    rule: str
    severity: Severity
    resource: ResourceReference
    path: FieldPath
    what: str
    consequence: str
    fix: str
    container: str | None = None
    source: SourceLocation | None = None
    waiver: Waiver | None = None
    edits: tuple[Edit, ...] = ()
    replacement: Replacement | None = None

    @property
    def message(self) -> str:
        """The problem and its consequence."""
        return f"{self.what} {self.consequence}".strip()

    @property
    def where(self) -> str:
        """The path with the name of the container in place of its index."""
        return _place(self.path, self.container)

    @property
    def is_in_baseline(self) -> bool:
        """Whether it is waived because an earlier report has it."""
        waiver = self.waiver
        # A file of waivers may be called like that, too.
        return waiver is not None and (waiver.origin, waiver.reason) == (BASELINE, BASELINE_REASON)

    def __str__(self) -> str:
        return f"{self.where}: {self.message} {self.fix} [{self.code}]"


class NotEvaluated(Struct, frozen=True, kw_only=True):
    """A rule that could not be evaluated, because a value that it needs is unknown; it neither passes nor fails."""

    code: str
    rule: str
    resource: ResourceReference
    path: FieldPath
    reason: str
    container: str | None = None

    @property
    def where(self) -> str:
        """The path with the name of the container in place of its index; empty for the whole object."""
        return _place(self.path, self.container)


class RuleCrash(Struct, frozen=True, kw_only=True):
    """A rule that failed with an internal error, which by itself never fails a deployment."""

    code: str
    rule: str
    resource: ResourceReference
    error: str


def _place(path: FieldPath, container: str | None) -> str:
    if container is None:
        return str(path)
    segments = path.segments
    text = ""
    for position, segment in enumerate(segments):
        named = isinstance(segment, int) and str(segments[position - 1]).lower().endswith("containers")
        if named:
            text += f"[{container}]"
        else:
            step = str(FieldPath((segment,)))
            text += step if not text or step.startswith("[") else f".{step}"
    return text
