"""The control groups of a node: created, measured and removed, for version 1 and version 2."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path
from typing import Final

from harness.process import wait_until

_ROOT: Final = Path("/sys/fs/cgroup")


def is_version_2() -> bool:
    """Whether the machine has the unified hierarchy of version 2."""
    return (_ROOT / "cgroup.controllers").exists()


def make_group(name: str) -> None:
    """Create the group of a node, with every controller of the machine."""
    for hierarchy in _hierarchies():
        group = hierarchy / name
        group.mkdir(exist_ok=True)
        if is_version_2():
            for parent in (hierarchy, group):
                controllers = (parent / "cgroup.controllers").read_text().split()
                (parent / "cgroup.subtree_control").write_text(" ".join(f"+{item}" for item in controllers))
        elif (group / "cpuset.cpus").exists():
            # A new cpuset is empty, and no process may run in an empty one.
            for item in ("cpuset.cpus", "cpuset.mems"):
                (group / item).write_text((hierarchy / item).read_text())


def make_measured_group(path: str) -> Path:
    """Create a group below that of a node, whose CPU time is counted; returns the file that receives its processes.

    Args:
        path: the group, such as `pulumi-probes-3-0/kubelet`.
    """
    group = _counted(path)
    group.mkdir(exist_ok=True)
    return group / "cgroup.procs"


def remove_group(name: str) -> None:
    """Remove the groups of a node; their processes must have exited."""
    # If versions 1 and 2 are both mounted, runc creates groups in both.
    for hierarchy in _mounts("cgroup", "cgroup2"):
        wait_until(partial(_removed, hierarchy / name), 5)


def processor_seconds(path: str) -> float:
    """The CPU time of a group and all groups below it so far.

    Args:
        path: the group, such as `pulumi-probes-3/kubepods`.
    """
    if is_version_2():
        lines = (_counted(path) / "cpu.stat").read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("usage_usec"))) / 1e6
    return int((_counted(path) / "cpuacct.usage").read_text()) / 1e9


def processes(path: str) -> list[int]:
    """The processes in a group and below it."""
    return [int(pid) for file in sorted(_counted(path).rglob("cgroup.procs")) for pid in file.read_text().split()]


def find_group(top: str, fragment: str) -> str | None:
    """The group below `top` whose own name contains `fragment`, such as the ID of a container."""
    base = _counted("")
    found = next((path for path in (base / top).rglob("*") if path.is_dir() and fragment in path.name), None)
    return None if found is None else str(found.relative_to(base))


def _counted(path: str) -> Path:
    """The directory of a group in the hierarchy that counts CPU time."""
    return _ROOT / path if is_version_2() else _ROOT / "cpuacct" / path


def _hierarchies() -> list[Path]:
    return [_ROOT] if is_version_2() else _mounts("cgroup")


def _mounts(*types: str) -> list[Path]:
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    # Some controllers share a mount and have a link each.
    return sorted({Path(fields[1]).resolve() for fields in mounts if fields[2] in types})


def _removed(group: Path) -> bool:
    if not group.exists():
        return True
    for folder in sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True):
        with contextlib.suppress(OSError):
            folder.rmdir()
    with contextlib.suppress(OSError):
        group.rmdir()
    return not group.exists()
