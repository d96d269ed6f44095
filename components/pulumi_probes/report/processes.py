"""Further processes, to which this one talks by pickled objects through pipes.

Where it is safe they are forked: nothing must be imported again. Elsewhere, as on macOS, where system libraries do not
survive a fork, and in a process with threads, a new interpreter is started.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO, Any, ClassVar, Final, NoReturn, Protocol

_PROGRAM: Final = "import sys; sys.path[:] = {path!r}; from pulumi_probes.report.processes import serve; serve()"


class ProcessFailed(Exception):  # noqa: N818 - named after the condition
    """A process could not be started, or ended before it had answered."""


class Connection:
    """Sends objects to another process and receives objects from it."""

    def __init__(self, incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    def receive(self) -> Any:
        """Wait for the next object.

        Raises:
            ProcessFailed: the other process has ended.
        """
        try:
            return pickle.load(self._incoming)  # noqa: S301 - from a process that this one started, or its parent
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise ProcessFailed from error

    def send(self, content: Any) -> None:
        """Send an object.

        Raises:
            ProcessFailed: the other process has ended, or the object cannot be sent.
        """
        try:
            pickle.dump(content, self._outgoing, pickle.HIGHEST_PROTOCOL)
            self._outgoing.flush()
        except (OSError, pickle.PicklingError, TypeError, AttributeError) as error:
            raise ProcessFailed from error

    def close(self) -> None:
        """Close both pipes."""
        for stream in (self._incoming, self._outgoing):
            try:
                stream.close()
            except OSError:  # what is still buffered has no reader anymore
                continue


class Process(Protocol):
    """A started process."""

    connection: Connection

    def end(self) -> None:
        """End the process, whatever it is doing."""
        ...


Work = Callable[..., None]
"""The work of a process: a function of a module, called with the connection and further arguments."""


def can_fork() -> bool:
    """Whether a process can be forked safely."""
    return sys.platform == "linux" and threading.active_count() == 1


def start_process(work: Work, *arguments: Any) -> Process:
    """Start a process.

    Raises:
        ProcessFailed: it could not be started.
    """
    try:
        return _Forked(work, arguments) if can_fork() else _Spawned(work, arguments)
    except OSError as error:
        raise ProcessFailed from error


class _Forked:
    """A copy of this process."""

    # The ends of pipes to all copies, which a further copy must close.
    _open: ClassVar[set[int]] = set()

    def __init__(self, work: Work, arguments: tuple[Any, ...]) -> None:
        child_in, parent_out = os.pipe()
        parent_in, child_out = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            self._run(work, arguments, child_in, child_out, (parent_in, parent_out))
        os.close(child_in)
        os.close(child_out)
        self._ends = (parent_in, parent_out)
        self._open.update(self._ends)
        self.connection = Connection(os.fdopen(parent_in, "rb"), os.fdopen(parent_out, "wb"))

    def end(self) -> None:
        self.connection.close()
        self._open.difference_update(self._ends)
        os.kill(self._pid, signal.SIGTERM)
        os.waitpid(self._pid, 0)

    def _run(
        self, work: Work, arguments: tuple[Any, ...], incoming: int, outgoing: int, ends: tuple[int, int]
    ) -> NoReturn:
        status = 1
        try:
            # Otherwise a process would not notice that its parent has closed the connection.
            for end in (*self._open, *ends):
                os.close(end)
            work(Connection(os.fdopen(incoming, "rb"), os.fdopen(outgoing, "wb")), *arguments)
            status = 0
        except BaseException:  # noqa: BLE001 - whatever happens, a copy must not go on as if it were this process
            status = 1
        finally:
            os._exit(status)


class _Spawned:
    """A new interpreter with the same path."""

    def __init__(self, work: Work, arguments: tuple[Any, ...]) -> None:
        program = [sys.executable, "-c", _PROGRAM.format(path=sys.path)]
        self._process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - this interpreter
        incoming, outgoing = self._process.stdout, self._process.stdin
        if incoming is None or outgoing is None:
            raise ProcessFailed
        self.connection = Connection(incoming, outgoing)
        try:
            self.connection.send((work, arguments))
        except ProcessFailed:
            self.end()
            raise

    def end(self) -> None:
        self.connection.close()
        self._process.terminate()
        self._process.wait()


def serve() -> None:
    """Do the work that arrives on standard input; the program of a process that was not forked."""
    outgoing = os.fdopen(os.dup(1), "wb")
    # Printed text must not end up among the objects.
    os.dup2(2, 1)
    connection = Connection(sys.stdin.buffer, outgoing)
    try:
        work, arguments = connection.receive()
        work(connection, *arguments)
    except (ProcessFailed, KeyboardInterrupt):
        sys.exit(1)
