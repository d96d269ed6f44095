"""One Kubernetes object on the road to be judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import SourceLocation


class SourceMap(Protocol):
    """Knows where in a file each value of an object was written."""

    def locate(self, path: FieldPath) -> SourceLocation | None:
        """The line of the value at `path`, or of its nearest parent that was written."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PulumiOptions:
    """What Pulumi knows about a resource beyond its inputs.

    Attributes:
        urn: the resource's URN.
        create_timeout_seconds: `custom_timeouts.create`, or None when unset.
        update_timeout_seconds: `custom_timeouts.update`, or None when unset.
    """

    urn: str | None = None
    create_timeout_seconds: float | None = None
    update_timeout_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A Kubernetes object as a plain dictionary; leaves may be `UNKNOWN` or `Secret`.

    Attributes:
        content: the dictionary, with `apiVersion` and `kind`.
        is_patch: whether it is a partial object (a `…Patch` resource), where an absent field says nothing.
        pulumi: what Pulumi knows about it.
        source: where it was written, if it comes from a file.
    """

    content: Mapping[str, Any]
    is_patch: bool = False
    pulumi: PulumiOptions = field(default_factory=PulumiOptions)
    source: SourceMap | None = None
