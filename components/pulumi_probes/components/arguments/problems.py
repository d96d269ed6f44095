"""Problems in the arguments of a component, and the exception that lists them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pulumi
from msgspec import Struct

from pulumi_probes.model.errors import InvalidContract
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.plurals import counted


class Problem(Struct, frozen=True, kw_only=True):
    """One problem in the arguments.

    Attributes:
        path: the path of the argument, such as ``liveness_probe.timeout_seconds``.
        what: what is wrong; never contains a value that may be secret.
        consequence: what would happen, with times in seconds; may be empty.
        fix: what to write instead; may be empty.
        code: the code of the rule that reports it, or None if the argument itself is invalid.
        is_waivable: whether a waiver can accept it; False if the API server would reject the object.
    """

    path: FieldPath
    what: str
    consequence: str = ""
    fix: str = ""
    code: str | None = None
    is_waivable: bool = False

    @property
    def reason(self) -> str:
        """Everything but the path, in one line."""
        code = f"[{self.code}]" if self.code else ""
        return " ".join(part for part in (self.what, self.consequence, self.fix, code) if part)

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path.segments else self.reason


class InvalidArguments(InvalidContract, pulumi.InputPropertiesError, pulumi.RunError):
    """The arguments of a component are invalid; every problem is listed.

    It is an `InputPropertiesError`, so that the engine gets the property paths, a `RunError`, so that a program ends
    with the message instead of a traceback, and a `ValueError`.

    Attributes:
        component: the type and name of the component, such as ``WebService "web"``.
        found: the problems.
    """

    def __init__(self, component: str, found: Sequence[Problem]) -> None:
        message = _message(component, found)
        pulumi.InputPropertiesError.__init__(
            self,
            message,
            [{"property_path": str(problem.path), "reason": problem.reason} for problem in found],
        )
        self.component = component
        self.found = tuple(found)
        self.problems = tuple(str(problem) for problem in found)


def _message(component: str, found: Sequence[Problem]) -> str:
    lines = [f"{component} has {counted(len(found), 'problem')}:", *_listed(found)]
    explained = next((problem.code for problem in found if problem.code), None)
    waivable = next((problem.code for problem in found if problem.is_waivable), None)
    hints = [f"Run `probes explain {explained}` for details." if explained else ""]
    hints += [f'To accept it: "waivers": {{"{waivable}": "reason"}}.' if waivable else ""]
    if any(hints):
        lines.append(f"  {' '.join(filter(None, hints))}")
    return "\n".join(lines)


def _listed(found: Iterable[Problem]) -> Iterable[str]:
    for problem in found:
        code = f" [{problem.code}]" if problem.code else ""
        first = " ".join(part for part in (problem.what, problem.consequence) if part)
        place = f"{problem.path}: " if problem.path.segments else ""
        yield f"  - {place}{first}{code}"
        if problem.fix:
            yield f"    {problem.fix}"
