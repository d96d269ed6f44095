"""The state of this process that a program may change, and that is restored after it has run."""

from __future__ import annotations

import functools
import os
import signal
import site
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pulumi_probes.preview.project import Project

DEFAULT_TIME_LIMIT_SECONDS: Final = 60.0
"""The default time limit of a program."""

_REMINDER_SECONDS = 1.0
_ENDING: Final = ("_exit", "abort", "execv", "execve")
_STDOUT = 1
_STDERR = 2


class TimeLimitReached(BaseException):
    """A program exceeded its time limit."""


class TimeLimit:
    """Raises `TimeLimitReached` in the main thread after some seconds, repeatedly until the program ends.

    In other threads, and on platforms without timers, there is no limit.

    Attributes:
        seconds: the limit.
        is_reached: whether the program exceeded it, even if it caught the exception, or turned it into another one, as
            libraries do that are interrupted while they are imported.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.is_reached = False
        self._previous: Any = None
        self._is_possible = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")

    def __enter__(self) -> None:
        if self._is_possible:
            self._previous = signal.signal(signal.SIGALRM, self._raise)
            signal.setitimer(signal.ITIMER_REAL, self.seconds, _REMINDER_SECONDS)

    def __exit__(self, *_exception: object) -> None:
        if self._is_possible:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._previous)

    def _raise(self, _signal: int, _frame: FrameType | None) -> None:
        self.is_reached = True
        raise TimeLimitReached


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
def without_sudden_end(report: Callable[[str], None]) -> Generator[None, None, None]:
    """Replace the functions that end this process without an exception, so that its report is still written.

    Child processes of the program keep the original functions.

    Args:
        report: called with the name of the function in `os`, in the thread that called it, before `SystemExit` is
            raised there.
    """
    process = os.getpid()
    originals = {name: getattr(os, name) for name in _ENDING if hasattr(os, name)}

    def replacement(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def end(*arguments: Any, **keywords: Any) -> Any:
            if os.getpid() != process:
                return original(*arguments, **keywords)
            report(name)
            raise SystemExit(1)

        return end

    try:
        for name, original in originals.items():
            setattr(os, name, replacement(name, original))
        yield
    finally:
        for name, original in originals.items():
            setattr(os, name, original)


def _add_virtualenv(folder: Path | None) -> None:
    """Add the packages of the program's virtual environment to the import path, after those installed here."""
    if folder is None or not folder.is_dir() or folder.resolve() == Path(sys.prefix).resolve():
        return
    packages = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    if packages.is_dir():
        site.addsitedir(str(packages))


def _is_inside(file: object, folder: Path) -> bool:
    return isinstance(file, str) and file.startswith(f"{folder}{os.sep}") and "site-packages" not in file
