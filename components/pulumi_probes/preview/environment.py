"""The state of this process that a program may change, and that is restored after it has run."""

from __future__ import annotations

import os
import signal
import site
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pulumi_probes.preview.project import Project

DEFAULT_TIME_LIMIT_SECONDS: Final = 60.0
"""The default time limit of a program."""

_REMINDER_SECONDS = 1.0
_STDOUT = 1
_STDERR = 2


class TimeLimitReached(BaseException):
    """A program exceeded its time limit."""


@contextmanager
def program_environment(project: Project) -> Generator[None, None, None]:
    """Set working directory, arguments, import path and environment as the language host does; restored afterwards."""
    folder, path, arguments, environment = os.getcwd(), list(sys.path), list(sys.argv), dict(os.environ)  # noqa: PTH109 - as text
    modules, writes_bytecode = set(sys.modules), sys.dont_write_bytecode
    try:
        os.chdir(project.working_folder)
        sys.argv = [str(project.program)]
        sys.dont_write_bytecode = True
        program_folder = project.program if project.program.is_dir() else project.program.parent
        sys.path.insert(0, str(program_folder))
        _add_virtualenv(project.virtualenv)
        yield
    finally:
        os.chdir(folder)
        sys.path[:], sys.argv = path, arguments
        sys.dont_write_bytecode = writes_bytecode
        os.environ.clear()
        os.environ.update(environment)
        # A later program may have a module of the same name.
        for name in set(sys.modules) - modules:
            if _is_inside(getattr(sys.modules[name], "__file__", None), project.root):
                del sys.modules[name]


@contextmanager
def output_to_stderr() -> Generator[None, None, None]:
    """Redirect the output of a program and its child processes to standard error; standard output is for the report."""
    sys.stdout.flush()
    kept: int | None = None
    try:
        kept = os.dup(_STDOUT)
        os.dup2(_STDERR, _STDOUT)
    except OSError:
        kept = None  # one of the streams is closed
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        sys.stderr.flush()
        if kept is not None:
            os.dup2(kept, _STDOUT)
            os.close(kept)


@contextmanager
def time_limit(seconds: float) -> Generator[None, None, None]:
    """Raise `TimeLimitReached` in the main thread after some seconds, repeatedly until the program ends.

    In other threads, and on platforms without timers, there is no limit.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def raise_limit(_signal: int, _frame: FrameType | None) -> None:
        raise TimeLimitReached

    previous = signal.signal(signal.SIGALRM, raise_limit)
    signal.setitimer(signal.ITIMER_REAL, seconds, _REMINDER_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _add_virtualenv(folder: Path | None) -> None:
    """Add the packages of the program's virtual environment to the import path, after those installed here."""
    if folder is None or not folder.is_dir() or folder.resolve() == Path(sys.prefix).resolve():
        return
    packages = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    if packages.is_dir():
        site.addsitedir(str(packages))


def _is_inside(file: object, folder: Path) -> bool:
    return isinstance(file, str) and file.startswith(f"{folder}{os.sep}") and "site-packages" not in file
