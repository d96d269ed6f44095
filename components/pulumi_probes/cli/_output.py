"""Where output is written: standard output, or a file that is replaced atomically."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from typing import TYPE_CHECKING, Final

import click

from pulumi_probes.model.characters import without_commands
from pulumi_probes.report import Style

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_SOURCES: Final = frozenset({".py", ".toml", ".tpl", ".yaml", ".yml"})
_NARROWEST: Final = 60
_WIDEST: Final = 100
"""In columns: a diagram needs the minimum, and text wider than the maximum is hard to read."""


class Destination:
    """Standard output for `-`, otherwise a file.

    Args:
        name: the name of the file.
        inputs: the files and directories that the command reads; none of their files is replaced.

    Raises:
        click.BadParameter: the file cannot be written; raised before any work is done.
    """

    def __init__(self, name: str, inputs: Iterable[str] = ()) -> None:
        self._file: Path | None = None
        self._name = name
        if name != "-":
            from pathlib import Path  # imported late, as wherever most reports do not need it

            self._file = Path(os.path.realpath(name))
            folder = self._file.parent
            if self._file.is_dir():
                raise click.BadParameter(f"{name} is a directory", param_hint="--output")
            if not folder.is_dir():
                raise click.BadParameter(f"the directory of {name} does not exist", param_hint="--output")
        self.keep(inputs)

    def keep(self, inputs: Iterable[str]) -> None:
        """Refuse to replace an input: a named file, or a source file in a named directory.

        A JSON file in a directory may be replaced unless it contains manifests: it is probably an earlier report.

        Raises:
            click.BadParameter: the destination is an input.
        """
        file = self._file
        if file is None or not file.is_file():
            return
        for name in inputs:
            place = type(file)(name)
            if file.samefile(place) if place.is_file() else place.is_dir() and _is_source(file, place):
                message = f"{self._name} is an input, which the output would replace"
                raise click.BadParameter(message, param_hint="--output")

    @property
    def style(self) -> Style:
        """The layout of the destination: colors only on a terminal without NO_COLOR, and no wider than the terminal."""
        is_terminal = self._file is None and sys.stdout is not None and sys.stdout.isatty()
        color = is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        columns = _WIDEST
        if is_terminal:
            import shutil  # imported late: it loads compression libraries, and most reports go to a file or a pipe

            columns = shutil.get_terminal_size((_WIDEST, 24)).columns
        return Style(color=color, width=min(max(columns, _NARROWEST), _WIDEST))

    def write(self, text: str) -> None:
        """Write a report.

        Raises:
            click.ClickException: the text cannot be written, for example because the disk is full.
            BrokenPipeError: the reader of standard output has exited.
        """
        data = text.encode("utf-8", "backslashreplace")
        if self._file is None:
            _print(data)
            return
        try:
            replace_file(self._file, data)
        except OSError as error:
            raise click.FileError(self._name, error.strerror or "cannot be written") from error


def _is_source(file: Path, folder: Path) -> bool:
    """Whether a file belongs to the sources in a directory."""
    if not file.is_relative_to(folder.resolve()):
        return False
    if file.suffix != ".json":
        return file.suffix in _SOURCES
    # Imported late: most reports are written to standard output.
    from pulumi_probes.codec.documents import DocumentReader
    from pulumi_probes.codec.files import read_source_file

    return bool(read_source_file(str(file), DocumentReader(for_rules=True)).documents.manifests)


def write_remark(text: str) -> None:
    """Write a line to standard error, in which a CI system finds no workflow command."""
    click.echo(without_commands(text), err=True)


def forget_standard_output() -> None:
    """Discard what is buffered for standard output, so that Python does not fail again when it exits."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def unwritable_output(error: OSError) -> click.ClickException:
    """The error that standard output cannot be written; discards what is buffered for it."""
    forget_standard_output()
    return click.ClickException(f"Cannot write to standard output: {error.strerror or 'unknown error'}.")


def _print(data: bytes) -> None:
    if sys.stdout is None:
        raise click.ClickException("Standard output is closed.")
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritable_output(error) from error


def replace_file(file: Path, data: bytes) -> None:
    """Replace the content of a file in one step, keeping its mode; the directory must be writable."""
    if file.exists() and not stat.S_ISREG(file.stat().st_mode):
        # A pipe or a device cannot be replaced, and has no content that could be lost.
        file.write_bytes(data)
        return
    # Imported late: most reports are written to standard output.
    import tempfile
    from pathlib import Path

    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with open(descriptor, "wb") as stream:  # noqa: PTH123 - a descriptor
            stream.write(data)
        Path(temporary).chmod(file.stat().st_mode if file.exists() else 0o666 & ~_umask())
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
