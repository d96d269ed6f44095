"""Recognizes files whose content cannot be audited as it is: archives, and files that SOPS has encrypted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pulumi_probes.model.errors import UnreadableInput

_ARCHIVE_SUFFIXES: Final = (".tgz", ".tar.gz", ".tar", ".zip")
_ARCHIVE_STARTS: Final = (b"\x1f\x8b", b"PK\x03\x04")
_ARCHIVE: Final = (
    "an archive, whose content is not read; unpack it, or if it is a chart, audit it with "
    "`helm template {file} | probes audit -`"
)
_SOPS_KEY: Final = rb"(?m)^sops:|\"sops\""
ENCRYPTED: Final = "skipped, because it is encrypted with SOPS"
"""The note about an encrypted document."""


def check_archive(file: str, data: bytes) -> None:
    """Check that a file is not an archive.

    Raises:
        UnreadableInput: it is one; the reason says what to do.
    """
    if data.startswith(_ARCHIVE_STARTS) or file.lower().endswith(_ARCHIVE_SUFFIXES):
        raise UnreadableInput(file, _ARCHIVE.format(file="CHART" if file.startswith("<") else file))


def may_be_encrypted(data: bytes) -> bool:
    """Whether a file may contain a document that is encrypted with SOPS; a fast check of its bytes."""
    return b"lastmodified" in data and re.search(_SOPS_KEY, data) is not None


def is_encrypted(content: Any) -> bool:
    """Whether a document is encrypted with SOPS, which adds its metadata as `sops`."""
    metadata = content.get("sops") if isinstance(content, Mapping) else None
    return isinstance(metadata, Mapping) and "mac" in metadata and "lastmodified" in metadata
