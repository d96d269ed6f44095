"""The resources that a program registered, and diagnostics about what could not be previewed."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from google.protobuf import struct_pb2
from msgspec import Struct, field
from msgspec.structs import replace

from pulumi_probes.model.finding import SourceLocation

STACK_TYPE: Final = "pulumi:pulumi:Stack"
"""The type of the stack, the root of all resources."""


class Registration(Struct, frozen=True, kw_only=True):
    """A resource that a program registered or read.

    Attributes:
        urn: the URN that the engine would assign.
        type_token: the type, such as `kubernetes:apps/v1:Deployment`.
        name: the name in the program, not in the cluster.
        parent: the URN of the parent; None for the stack itself.
        properties: the inputs as protocol messages, as a policy pack would receive them.
        inputs: the inputs as a plain dictionary with the leaves `UNKNOWN` and `Secret`.
        is_custom: whether a provider manages it; False for components.
        is_remote: whether a provider creates it and its children.
        is_read: whether it already exists and is only read.
        is_derived: whether it was added here, from a chart or a file that a provider would expand.
        provider: the URN of its provider; None for the default provider.
        dependencies: the URNs of its dependencies.
        create_timeout_seconds: `custom_timeouts.create`; None if unset.
        update_timeout_seconds: `custom_timeouts.update`; None if unset.
        lines: the lines of the program that created it, outermost first; empty if the program did not create it.
    """

    urn: str
    type_token: str
    name: str
    parent: str | None
    properties: struct_pb2.Struct
    inputs: Mapping[str, Any]
    is_custom: bool = True
    is_remote: bool = False
    is_read: bool = False
    is_derived: bool = False
    provider: str | None = None
    dependencies: tuple[str, ...] = ()
    create_timeout_seconds: float | None = None
    update_timeout_seconds: float | None = None
    lines: tuple[SourceLocation, ...] = ()

    @property
    def source(self) -> SourceLocation | None:
        """The innermost line of the program that created it."""
        return self.lines[-1] if self.lines else None

    @property
    def place_in_program(self) -> tuple[Any, ...]:
        """A key that sorts siblings by their order in the program; registrations arrive in random order."""
        return (
            [(location.file, location.line or 0) for location in self.lines],
            self.type_token,
            [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", self.name)],
        )


class Diagnostic(Struct, frozen=True):
    """Something that a preview without engine and providers cannot see or do.

    Attributes:
        subject: the resource, function or setting.
        message: what was not seen, and how to change that, as a sentence.
        unaudited_type: the type of the resource or function whose objects are missing from the audit; None if no
            object is missing.
        source: the line of the program that it belongs to, if there is one.
    """

    subject: str
    message: str
    unaudited_type: str | None = None
    source: SourceLocation | None = None


class ProgramFailure(Struct, frozen=True, kw_only=True):
    """The reason why a program ended early.

    Attributes:
        message: the text of the exception; it may have several lines.
        frames: the lines of the traceback that belong to the program, outermost first.
        source: the innermost of these lines.
        is_time_limit: whether the program exceeded its time limit.
    """

    message: str
    frames: tuple[str, ...] = ()
    source: SourceLocation | None = None
    is_time_limit: bool = False


class Recording(Struct):
    """The result of a preview.

    Attributes:
        project: the name of the project.
        stack: the name of the stack.
        registrations: the resources, parents before their children.
        diagnostics: what was not seen.
        failures: why the program ended early.
    """

    project: str
    stack: str
    registrations: list[Registration] = field(default_factory=list[Registration])
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    failures: list[ProgramFailure] = field(default_factory=list[ProgramFailure])
    _by_urn: dict[str, Registration] = field(default_factory=dict[str, Registration])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, registration: Registration) -> None:
        """Add a resource; called from several threads."""
        with self._lock:
            if registration.urn in self._by_urn:
                message = f"Duplicate resource URN {registration.urn!r}; try giving it a unique name"
                self.failures.append(ProgramFailure(message=message, source=registration.source))
            self._by_urn.setdefault(registration.urn, registration)
            self.registrations.append(registration)

    def diagnose(
        self, subject: str, message: str, *, unaudited_type: str | None = None, source: SourceLocation | None = None
    ) -> None:
        """Add a diagnostic, unless it has already been added; the arguments are the fields of `Diagnostic`."""
        with self._lock:
            if (entry := Diagnostic(subject, message, unaudited_type, source)) not in self.diagnostics:
                self.diagnostics.append(entry)

    def diagnose_unaudited(self, registration: Registration, message: str) -> None:
        """Add a diagnostic that objects inside a resource are missing from the audit."""
        self.diagnose(
            f"{registration.type_token} {registration.name}",
            message,
            unaudited_type=registration.type_token,
            source=registration.source,
        )

    def unaudited(self, allowed: Iterable[str] = ()) -> list[Diagnostic]:
        """The diagnostics about objects that are missing from the audit.

        Args:
            allowed: types that may be missing; `*` stands for any characters.
        """
        allowed = list(allowed)
        return [
            diagnostic
            for diagnostic in self.diagnostics
            if (missing := diagnostic.unaudited_type) is not None
            and not any(fnmatchcase(missing, pattern) for pattern in allowed)
        ]

    def sort(self) -> None:
        """Sort resources: parents before children, siblings by their order in the program."""
        lines = {registration.urn: registration.lines for registration in self.registrations}
        # A resource created in a callback of an Output has no line of the program; it gets those of its parent.
        self.registrations = [
            item if item.lines else replace(item, lines=lines.get(item.parent or "", ())) for item in self.registrations
        ]
        children: dict[str | None, list[Registration]] = {}
        for registration in sorted(self.registrations, key=lambda item: item.place_in_program):
            children.setdefault(registration.parent, []).append(registration)
        known = {registration.urn for registration in self.registrations}
        tops = [item for parent, items in children.items() if parent not in known for item in items]
        self.registrations = list(_families(tops, children))
        self.diagnostics.sort(key=lambda diagnostic: diagnostic.subject)

    def find(self, urn: str | None) -> Registration | None:
        """The resource with this URN."""
        return self._by_urn.get(urn or "")


def _families(tops: list[Registration], children: dict[str | None, list[Registration]]) -> Iterator[Registration]:
    waiting = list(reversed(tops))
    while waiting:
        registration = waiting.pop()
        yield registration
        # A URN that was registered twice yields its children only once.
        waiting += reversed(children.pop(registration.urn, []))


def resource_urn(stack: str, project: str, parent: str | None, type_token: str, name: str) -> str:
    """The URN that the engine assigns to a resource."""
    parent_type = "" if parent is None else parent.split("::")[2]
    qualified = type_token if parent_type in ("", STACK_TYPE) else f"{parent_type}${type_token}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"
