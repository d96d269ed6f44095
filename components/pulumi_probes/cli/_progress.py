"""The current step of long work, on one line of a terminal; nothing if standard error is a pipe."""

from __future__ import annotations

import sys
import time
from types import TracebackType

_PATIENCE_SECONDS = 0.5
_INTERVAL_SECONDS = 0.1
_WIDTH = 79


class Progress:
    """Shows one changing line on standard error, once the work has taken half a second.

    with Progress() as progress:
        progress("reading cart.yaml")
    """

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._next = time.monotonic() + _PATIENCE_SECONDS
        self._is_dirty = False

    def __enter__(self) -> Progress:  # noqa: PYI034 - typing.Self is younger than Python 3.10
        return self

    def __call__(self, text: str) -> None:
        """Show the current step."""
        if not self._is_shown or (now := time.monotonic()) < self._next:
            return
        self._next = now + _INTERVAL_SECONDS
        self._is_dirty = True
        printable = "".join(character if character.isprintable() else "?" for character in text)
        sys.stderr.write(f"\r\x1b[2K{printable[:_WIDTH]}")
        sys.stderr.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clear the line."""
        if self._is_dirty:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
