"""Remarks about inputs that are not errors."""

from __future__ import annotations

from msgspec import Struct


class InputNote(Struct, frozen=True):
    """A remark about an input, such as why it was skipped; never with content of the file.

    Attributes:
        file: the file or directory, as in error messages.
        message: a clause, without a period.
    """

    file: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"
