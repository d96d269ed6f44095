"""What a program registered, and what could not be done for it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from google.protobuf import struct_pb2

from pulumi_probes.model.finding import SourceLocation

STACK_TYPE: Final = "pulumi:pulumi:Stack"
"""The type of the resource that every other one descends from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One resource that a program registered or read.

    Attributes:
        urn: as the engine would name it.
        type_token: such as `kubernetes:apps/v1:Deployment`.
        name: in the program, not in the cluster.
        parent: the parent's URN, None for the stack itself.
        properties: the inputs as they went over the wire; what a policy pack would be sent.
        inputs: the same as a plain dictionary with the leaves `UNKNOWN` and `Secret`.
        is_custom: whether a provider manages it; components are not.
        is_remote: whether a provider builds it and its children.
        is_read: whether it exists already and is only looked at.
        is_derived: whether it was added here, from a chart or a file that a provider would expand.
        provider: the URN of its provider, None for the default one.
        dependencies: the URNs of what it depends on.
        create_timeout_seconds: `custom_timeouts.create`, None when unset.
        update_timeout_seconds: `custom_timeouts.update`, None when unset.
        lines: the lines of the program that made it, outermost first; empty when it was not the program's own.
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
        """The innermost line of the program that made it."""
        return self.lines[-1] if self.lines else None

    @property
    def place_in_program(self) -> tuple[Any, ...]:
        """Sorts siblings as they stand in the program; registrations arrive in another order each time."""
        return (
            [(location.file, location.line or 0) for location in self.lines],
            self.type_token,
            [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", self.name)],
        )


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Something that a run without engine and providers cannot see or do.

    Attributes:
        subject: the resource, function or setting that it is about.
        message: what was not seen, and what would help; a sentence.
    """

    subject: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramFailure:
    """Why a program ended early.

    Attributes:
        message: what the exception says, perhaps on several lines.
        frames: the lines of the traceback that belong to the user's program, outermost first.
        source: the innermost of these lines.
        is_time_limit: whether it was ended because it took too long.
    """

    message: str
    frames: tuple[str, ...] = ()
    source: SourceLocation | None = None
    is_time_limit: bool = False


@dataclass(slots=True)
class Recording:
    """Everything that a run brought to light.

    Attributes:
        project: the project's name.
        stack: the stack's name.
        registrations: the resources, each before its children.
        notes: what was not seen.
        failures: why the program ended early.
    """

    project: str
    stack: str
    registrations: list[Registration] = field(default_factory=list[Registration])
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    failures: list[ProgramFailure] = field(default_factory=list[ProgramFailure])
    _by_urn: dict[str, Registration] = field(default_factory=dict[str, Registration], repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, registration: Registration) -> None:
        """Add a resource; called from the threads that serve the program."""
        with self._lock:
            if registration.urn in self._by_urn:
                message = f"Duplicate resource URN {registration.urn!r}; try giving it a unique name"
                self.failures.append(ProgramFailure(message=message, source=registration.source))
            self._by_urn.setdefault(registration.urn, registration)
            self.registrations.append(registration)

    def diagnose(self, subject: str, message: str) -> None:
        """Add a note, once."""
        with self._lock:
            if (entry := Diagnostic(subject, message)) not in self.diagnostics:
                self.diagnostics.append(entry)

    def sort(self) -> None:
        """Put each resource before its children, siblings as they stand in the program."""
        lines = {registration.urn: registration.lines for registration in self.registrations}
        # What is made when an output is known has lost its way back to the program; its parent has not.
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
        """The resource with a URN."""
        return self._by_urn.get(urn or "")


def _families(tops: list[Registration], children: dict[str | None, list[Registration]]) -> Iterator[Registration]:
    waiting = list(reversed(tops))
    while waiting:
        registration = waiting.pop()
        yield registration
        # A URN that was registered twice has its children once.
        waiting += reversed(children.pop(registration.urn, []))


def resource_urn(stack: str, project: str, parent: str | None, type_token: str, name: str) -> str:
    """The URN that the engine gives to a resource."""
    parent_type = "" if parent is None else parent.split("::")[2]
    qualified = type_token if parent_type in ("", STACK_TYPE) else f"{parent_type}${type_token}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"
