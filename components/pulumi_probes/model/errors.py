"""Every exception of the project, drawn as a tree.

ProbesError
 ├─ ValueNotAvailable          a value that a rule needs cannot be read
 │   ├─ UnknownValue           it is not known before deployment
 │   └─ MalformedValue         it has the wrong type
 ├─ UnreadableInput            a file, a program or a configuration cannot be read at all
 ├─ UnsatisfiableIntent        an intent contradicts a bound (also a ValueError)
 ├─ InvalidContract            a contract or a component's arguments are wrong, all problems at once (also a ValueError)
 │   └─ InvalidArguments       the latter, in `pulumi_probes.components` (also errors that Pulumi shows well)
 └─ InvalidScenario            a scenario makes no sense, in `pulumi_probes.timeline.model.scenario` (also a ValueError)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_probes.model.field_path import FieldPath


class ProbesError(Exception):
    """The base of every exception that this project raises on purpose."""


class ValueNotAvailable(ProbesError):  # noqa: N818 - says what is the case, as LookupError does
    """A value that somebody asked for cannot be read.

    Attributes:
        path: where the value stands in its Kubernetes object.
        reason: why it cannot be read, as half a sentence ("not known before deployment").
    """

    def __init__(self, path: FieldPath, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class UnknownValue(ValueNotAvailable):
    """A value is not known before deployment, so a rule that needs it is not evaluated.

    Args:
        path: where the value stands.
        of: the object it stands in, when that is not the one that is looked at.
    """

    def __init__(self, path: FieldPath, *, of: str = "") -> None:
        super().__init__(path, f"not known before deployment, in {of}" if of else "not known before deployment")


class MalformedValue(ValueNotAvailable):
    """A value has a type that the Kubernetes API refuses at this place."""


class UnreadableInput(ProbesError):  # noqa: N818 - says what is the case
    """A file, a program or a configuration cannot be read.

    Attributes:
        file: what could not be read, as the user named it.
        line: the line in it, counted from 1, or None.
        reason: why.
    """

    def __init__(self, file: str, reason: str, line: int | None = None) -> None:
        where = file if line is None else f"{file}:{line}"
        super().__init__(f"{where}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason


class UnsatisfiableIntent(ProbesError, ValueError):  # noqa: N818 - says what is the case
    """An intent cannot be met by any probe the API allows.

    Attributes:
        intent: the argument's name, such as ``detects_within``.
        reason: which bound stands in the way, with its numbers in seconds.
    """

    def __init__(self, intent: str, reason: str) -> None:
        super().__init__(f"{intent}: {reason}")
        self.intent = intent
        self.reason = reason


class InvalidContract(ProbesError, ValueError):  # noqa: N818 - says what is the case
    """A health contract is impossible; every problem is listed.

    Attributes:
        problems: one line each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
