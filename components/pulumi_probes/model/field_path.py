"""The path of a value in a Kubernetes object."""

from __future__ import annotations

import re

from msgspec import Struct

Segment = str | int

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


class FieldPath(Struct, frozen=True):
    """The path of a field, such as ``spec.template.spec.containers[0].livenessProbe``.

    FieldPath(("spec", "containers", 0))   # spec.containers[0]
    FieldPath(("metadata", "annotations", "pulumi.com/skipAwait"))   # metadata.annotations["pulumi.com/skipAwait"]
    """

    segments: tuple[Segment, ...] = ()

    def __truediv__(self, segment: Segment) -> FieldPath:
        """The path of a field or an entry of this one."""
        return FieldPath((*self.segments, segment))

    def joined(self, other: FieldPath) -> FieldPath:
        """The path of `other`, which is relative to this one."""
        return FieldPath(self.segments + other.segments)

    def __str__(self) -> str:
        text = ""
        for segment in self.segments:
            if isinstance(segment, int):
                text += f"[{segment}]"
            elif _PLAIN_KEY.match(segment):
                text += f".{segment}" if text else segment
            else:
                text += f'["{segment}"]'
        return text


def parse_field_path(text: str) -> FieldPath:
    """Parse a dotted path of keys; every step is a key, so ``items[]`` has no special meaning.

    >>> parse_field_path("spec.template.spec").segments
    ('spec', 'template', 'spec')
    """
    return FieldPath(tuple(text.split("."))) if text else FieldPath()
