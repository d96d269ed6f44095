"""Processes of the harness, which only it stops: each with its own session and its own file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness.requirements import command


@dataclass(frozen=True, slots=True)
class Identity:
    """A process that cannot be mistaken for a later one with the same number.

    Attributes:
        pid: its number.
        started: its start time in clock ticks since boot.
    """

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Identity:
        """The process that has this number now.

        Raises:
            ProcessLookupError: no such process exists.
        """
        started = _started(pid)
        if started is None:
            raise ProcessLookupError(f"no process {pid}")
        return cls(pid, started)

    @property
    def is_alive(self) -> bool:
        """Whether it is still running; a zombie is not."""
        return _started(self.pid) == self.started

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has exited."""
        if self.is_alive:
            os.kill(self.pid, number)

    def end(self, patience_seconds: float) -> None:
        """Ask it to exit, and kill it if it has not done so in time."""
        self.signal(signal.SIGTERM)
        if not wait_until(lambda: not self.is_alive, patience_seconds):
            self.signal(signal.SIGKILL)
            wait_until(lambda: not self.is_alive, 5)


def spawn(
    name: str,
    arguments: Sequence[str],
    folder: Path,
    *,
    dies_with_us: bool,
    environment: Mapping[str, str] | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a service: output in `folder/NAME.log`, identity in `folder/NAME.json`.

    Args:
        name: the name of its files.
        arguments: the command line.
        folder: the directory of the cluster, also the working directory.
        dies_with_us: whether the kernel kills it when this process dies for any reason.
        environment: variables in addition to those of this process.
        stdin: as for `subprocess.Popen`.
    """
    guarded = [command("setpriv"), "--pdeathsig", "KILL", "--", *arguments] if dies_with_us else list(arguments)
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            guarded,
            cwd=folder,
            stdin=stdin,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
        )
    identity = Identity.of(process.pid)
    (folder / f"{name}.json").write_text(json.dumps({"pid": identity.pid, "started": identity.started}))
    return process


def recorded(folder: Path, name: str) -> Identity | None:
    """The process of this name that was started in this directory, running or not."""
    try:
        content = json.loads((folder / f"{name}.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return Identity(content["pid"], content["started"])


def wait_until(condition: Callable[[], object], seconds: float, every: float = 0.05) -> bool:
    """Whether the condition became true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log, for an error message."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:]) if log.exists() else "(no output)"


def _started(pid: int) -> int | None:
    try:
        # The command in parentheses may itself contain spaces and parentheses.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])
