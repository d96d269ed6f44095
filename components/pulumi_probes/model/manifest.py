"""A Kubernetes object before it is converted for rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct, field

from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import SourceLocation


class SourceMap(Protocol):
    """Locates the values of an object in a file."""

    @property
    def unit(self) -> str:
        """The file, or empty for a program: objects of a unit are deployed together."""
        ...

    def locate(self, path: FieldPath) -> SourceLocation | None:
        """The line of the value at `path`, or of its nearest parent in the file."""
        ...


class PulumiOptions(Struct, frozen=True, kw_only=True):
    """The properties of a resource in Pulumi other than its inputs.

    Attributes:
        urn: the URN of the resource.
        create_timeout_seconds: `custom_timeouts.create`; None if unset.
        update_timeout_seconds: `custom_timeouts.update`; None if unset.
    """

    urn: str | None = None
    create_timeout_seconds: float | None = None
    update_timeout_seconds: float | None = None


class Manifest(Struct, frozen=True, kw_only=True):
    """A Kubernetes object as a plain dictionary; leaves may be `UNKNOWN` or `Secret`.

    Attributes:
        content: the dictionary, with `apiVersion` and `kind`.
        is_patch: whether it is a partial object (a `...Patch` resource), in which an absent field means nothing.
        is_owned: whether a controller made it from another object that is audited, so that only that one is audited.
        pulumi: the Pulumi options of the resource.
        source: locates its values, if it comes from a file.
    """

    content: Mapping[str, Any]
    is_patch: bool = False
    is_owned: bool = False
    pulumi: PulumiOptions = field(default_factory=PulumiOptions)
    source: SourceMap | None = None
