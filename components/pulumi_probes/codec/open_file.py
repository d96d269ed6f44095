"""Reads the bytes of files: only regular files and pipes of the shell, and only up to a limit."""

# A path stays a string, so that messages show it as it was typed.
# ruff: noqa: PTH123

from __future__ import annotations

import os
import stat
from typing import BinaryIO, Final

from pulumi_probes.model.errors import UnreadableInput

MAXIMUM_BYTES: Final = 64 * 1024 * 1024
"""The maximum size of a file."""

PIPES_OF_THE_SHELL: Final = ("/dev/fd/", "/proc/self/fd/", "/dev/stdin")
"""The names that a shell gives to process substitutions begin with one of these."""


def read_bytes(path: str) -> bytes:
    """The content of a regular file, or of a pipe of the shell.

    Raises:
        UnreadableInput: it cannot be read, is larger than the limit, or is another kind of file.
    """
    try:
        if path.startswith(PIPES_OF_THE_SHELL):
            with open(path, "rb") as stream:
                return read_stream(stream, path)
        # Without O_NONBLOCK, opening a pipe that has no writer would block.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as stream:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                raise UnreadableInput(path, f"{_kind_of_file(mode)}, not a file")
            return read_stream(stream, path)
    except (OSError, ValueError) as error:  # ValueError: the name contains a NUL
        raise unreadable(path, error) from error


def read_stream(stream: BinaryIO, file: str) -> bytes:
    """The content of a stream; `file` is its name in messages.

    Raises:
        UnreadableInput: it is larger than the limit.
    """
    data = stream.read(MAXIMUM_BYTES + 1)
    if len(data) > MAXIMUM_BYTES:
        raise UnreadableInput(file, f"larger than {MAXIMUM_BYTES // 1024**2} MiB")
    return data


def _kind_of_file(mode: int) -> str:
    kinds = ((stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISDIR, "a directory"))
    return next((name for test, name in kinds if test(mode)), "a device")


def unreadable(path: str, error: OSError | ValueError) -> UnreadableInput:
    """The error about a file or a directory that the operating system does not open."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return UnreadableInput(path, reason[:1].lower() + reason[1:])
