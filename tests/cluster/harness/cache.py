"""A cache for files that take long to create; each is created once, even by concurrent processes."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path


def cache_folder() -> Path:
    """`$PULUMI_PROBES_CACHE`, else `pulumi-probes` in `$XDG_CACHE_HOME`, else in `~/.cache`."""
    named = os.environ.get("PULUMI_PROBES_CACHE")
    if named:
        return Path(named).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pulumi-probes"


def made_once(target: Path, make: Callable[[Path], None]) -> Path:
    """`target`, created by `make` in a temporary directory and moved into place when complete.

    A second process waits for the first one. The remains of an interrupted process are removed.

    Args:
        target: a directory that either exists completely or not at all.
        make: fills an empty directory.
    """
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target.with_name(target.name + ".lock")):
            if not target.exists():
                partial = target.with_name(target.name + ".partial")
                shutil.rmtree(partial, ignore_errors=True)
                partial.mkdir()
                make(partial)
                partial.rename(target)
    return target


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold the lock of this file; the kernel releases it if the process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
