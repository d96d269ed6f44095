"""The exceptions of this project.

ProbesError
 ├─ ValueNotAvailable          a value that a rule needs cannot be read
 │   ├─ UnknownValue           it is not known before deployment
 │   └─ MalformedValue         it has the wrong type
 ├─ UnreadableInput            a file, a program or a configuration cannot be read
 ├─ UnsatisfiableIntent        no probe can satisfy an intent (also a ValueError)
 ├─ InvalidContract            a health contract or the arguments of a component are invalid (also a ValueError)
 │   └─ InvalidArguments       the arguments of a component are invalid, in `pulumi_probes.components`
 ├─ InvalidScenario            a scenario is invalid, in `pulumi_probes.timeline.model.scenario` (also a ValueError)
 └─ InvalidProjectFile         a project file is invalid, in `pulumi_probes.report.project_file` (also a ValueError)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_probes.model.field_path import FieldPath


class ProbesError(Exception):
    """The base class of the exceptions of this project."""


class ValueNotAvailable(ProbesError):  # noqa: N818 - named after the condition, as in LookupError
    """A value cannot be read.

    Attributes:
        path: the path of the value in its Kubernetes object.
        reason: why it cannot be read, as a clause such as "not known before deployment".
    """

    def __init__(self, path: FieldPath, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class UnknownValue(ValueNotAvailable):
    """A value is not known before deployment, so rules that need it are not evaluated.

    Args:
        path: the path of the value.
        of: the object that contains it, if that is not the evaluated workload.
    """

    def __init__(self, path: FieldPath, *, of: str = "") -> None:
        super().__init__(path, f"not known before deployment, in {of}" if of else "not known before deployment")


class MalformedValue(ValueNotAvailable):
    """A value has a type that the Kubernetes API rejects for the field."""


class UnreadableInput(ProbesError):  # noqa: N818 - named after the condition
    """A file, a program or a configuration cannot be read.

    Attributes:
        file: the file, as named by the user.
        line: the line, counted from 1, or None.
        reason: why it cannot be read.
    """

    def __init__(self, file: str, reason: str, line: int | None = None) -> None:
        where = file if line is None else f"{file}:{line}"
        super().__init__(f"{where}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason


class UnsatisfiableIntent(ProbesError, ValueError):  # noqa: N818 - named after the condition
    """No probe that the API allows can satisfy an intent.

    Attributes:
        intent: the name of the argument, such as ``detects_within``.
        reason: the limit that prevents it, with its numbers in seconds.
    """

    def __init__(self, intent: str, reason: str) -> None:
        super().__init__(f"{intent}: {reason}")
        self.intent = intent
        self.reason = reason


class InvalidContract(ProbesError, ValueError):  # noqa: N818 - named after the condition
    """A health contract is invalid; every problem is listed.

    Attributes:
        problems: the problems, one line each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
