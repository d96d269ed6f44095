"""What a rule says, and what a report holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import total_ordering

from pulumi_probes.model.field_path import FieldPath


@total_ordering
class Severity(Enum):
    """How bad a finding is.

    ERROR: the API server refuses it, or it is provably broken.
    WARNING: it works, but not as its author believes.
    ADVICE: it could be better; nothing is wrong.
    """

    ADVICE = "advice"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for advice, 2 for an error."""
        return (Severity.ADVICE, Severity.WARNING, Severity.ERROR).index(self)

    def __lt__(self, other: Severity) -> bool:
        return self.rank < other.rank


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceReference:
    """Which Kubernetes object a finding is about; parts that are unknown or unset are None."""

    kind: str
    api_version: str
    name: str | None = None
    namespace: str | None = None
    urn: str | None = None

    def __str__(self) -> str:
        # What its program calls it, where the provider makes up a name.
        called = (self.urn or "").rpartition("::")[2]
        name = self.name or f"{called} (name set at deployment)".lstrip()
        return f"{self.kind} {self.namespace}/{name}" if self.namespace else f"{self.kind} {name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLocation:
    """A place in a file, lines counted from 1."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Somebody's decision to live with a rule's findings, with a reason, perhaps for a while.

    The last four may hold `*` and `?`; None fits everything.

    Attributes:
        code: the rule's code.
        reason: why, in the author's words.
        until: the last day on which it counts, or None.
        origin: where it was written: an annotation or a file.
        kind: the kind of the objects it is about.
        namespace: their namespace.
        name: their name.
        container: the container it is about.
    """

    code: str
    reason: str
    until: date | None = None
    origin: str = "annotation"
    kind: str | None = None
    namespace: str | None = None
    name: str | None = None
    container: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What a rule yields: the place and the three sentences of the message.

    Never put values of environment variables, commands, arguments or headers into a sentence: they may be secrets.

    Attributes:
        path: where, from the top of the object.
        what: what is wrong, with the numbers as written.
        consequence: what happens because of it, in seconds where time is concerned.
        fix: what to write instead.
        container: the container's name, when it is about one.
        severity: less than the rule's, where the rule is less sure; None for the rule's.
    """

    path: FieldPath
    what: str
    consequence: str
    fix: str
    container: str | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A violation with everything that a report needs to know about it."""

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

    @property
    def message(self) -> str:
        """What is wrong and what follows, as prose."""
        return f"{self.what} {self.consequence}".strip()

    @property
    def where(self) -> str:
        """The path with the container's name in place of its index, as people look for it."""
        return _place(self.path, self.container)

    def __str__(self) -> str:
        return f"{self.where}: {self.message} {self.fix} [{self.code}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEvaluated:
    """A rule that could not be judged, because a value it needs is not known: neither pass nor fail."""

    code: str
    rule: str
    resource: ResourceReference
    path: FieldPath
    reason: str
    container: str | None = None

    @property
    def where(self) -> str:
        """The path with the container's name in place of its index; empty for the whole object."""
        return _place(self.path, self.container)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCrash:
    """A rule that failed by its own fault; never the user's, so it never fails a deployment by itself."""

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
