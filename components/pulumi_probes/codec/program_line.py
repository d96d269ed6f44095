"""The line of a program that created a resource."""

from __future__ import annotations

from typing import Any

from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import SourceLocation
from pulumi_probes.model.written_number import whole_number


class ProgramLine:
    """Locates every field of a resource at the line that created the resource."""

    def __init__(self, source: SourceLocation) -> None:
        self._source = source

    @property
    def unit(self) -> str:
        """Empty, because a program is deployed as a whole."""
        return ""

    def locate(self, _path: FieldPath) -> SourceLocation:
        """The line that created the resource."""
        return self._source


def read_source_position(position: Any) -> SourceLocation | None:
    """The location in a source position of the engine; None if it has another form.

    read_source_position("project:///shop/__main__.py#12,4")   # shop/__main__.py:12
    """
    if not isinstance(position, str):
        return None
    from urllib.parse import unquote, urlsplit  # imported late: few inputs are states

    try:
        address = urlsplit(position)
    except ValueError:
        return None
    line = whole_number(address.fragment.partition(",")[0])
    file = unquote(address.path).lstrip("/") if address.scheme == "project" else unquote(address.path)
    if address.scheme not in ("project", "file") or not file or line is None:
        return None
    return SourceLocation(file=file, line=line)
