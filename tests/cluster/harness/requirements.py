"""The requirements of a cluster, those that are missing on this machine, and how to install them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from harness.toolchain import (
    Say,
    UnobtainableError,
    actor_folder,
    build_actor,
    build_kubernetes,
    kubernetes_folder,
    kubernetes_version,
)

CNI_FOLDERS: Final = (Path("/usr/lib/cni"), Path("/opt/cni/bin"), Path("/usr/libexec/cni"))

_CAP_NET_ADMIN, _CAP_SYS_ADMIN = 12, 21


class Level(Enum):
    """The level of a cluster."""

    API = "api"
    """etcd and the API server: validation, admission, dry runs. Does not need root."""

    NODE = "node"
    """Controllers, scheduler and a kubelet with real containers as well."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A missing requirement.

    Attributes:
        what: the requirement.
        remedy: how to install it.
        package: the Debian package that contains it, or None.
    """

    what: str
    remedy: str
    package: str | None = None

    def __str__(self) -> str:
        return f"{self.what} ({self.remedy})"


@dataclass(frozen=True, slots=True)
class _Command:
    name: str
    package: str
    level: Level


_COMMANDS: Final = (
    _Command("openssl", "openssl", Level.API),
    _Command("etcd", "etcd-server", Level.API),
    _Command("setpriv", "util-linux", Level.API),
    _Command("unshare", "util-linux", Level.NODE),
    _Command("mount", "mount", Level.NODE),
    _Command("ip", "iproute2", Level.NODE),
    _Command("containerd", "containerd", Level.NODE),
    _Command("ctr", "containerd", Level.NODE),
    _Command("runc", "runc", Level.NODE),
    _Command("busybox", "busybox-static", Level.NODE),
)

_INSTALL: Final = "run scripts/cluster up --install, or set PULUMI_PROBES_INSTALL=1"


def command_path(name: str) -> Path | None:
    """A program on PATH or in the directories of system administration, which are often not on a user's PATH."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))
    return Path(found) if found else None


def command(name: str) -> str:
    """The path of a program that must be installed.

    Raises:
        FileNotFoundError: it is not installed.
    """
    path = command_path(name)
    if path is None:
        raise FileNotFoundError(f"{name} is not installed")
    return str(path)


def containerd_version() -> str:
    """The version of the container runtime, such as 1.7.24."""
    said = subprocess.run([command("containerd"), "--version"], check=True, capture_output=True, text=True).stdout
    match = re.search(r"\d+\.\d+\.\d+", said)
    return match[0] if match else "of unknown version"


def cni_folder() -> Path | None:
    """The directory with the container network plugins."""
    return next((folder for folder in CNI_FOLDERS if (folder / "bridge").exists()), None)


def missing_requirements(level: Level) -> list[Missing]:
    """The missing requirements of a cluster of this level; empty if it can be started."""
    missing = [
        Missing(item.name, f"in the package {item.package}; {_INSTALL}", item.package)
        for item in _COMMANDS
        if item.level in (Level.API, level) and command_path(item.name) is None
    ]
    if not kubernetes_folder().exists():
        missing.append(Missing(f"Kubernetes {kubernetes_version()}", f"not built yet; {_INSTALL}"))
    if level is Level.NODE:
        if not _may_make_namespaces():
            missing.append(Missing("root", "with CAP_SYS_ADMIN and CAP_NET_ADMIN; containers need it"))
        if cni_folder() is None:
            package = "containernetworking-plugins"
            missing.append(Missing("CNI plugins", f"in the package {package}; {_INSTALL}", package))
        if not actor_folder().exists():
            missing.append(Missing("the program that acts in pods", f"not built yet; {_INSTALL}"))
    return missing


def install_requirements(level: Level, say: Say) -> None:
    """Install missing requirements: Debian packages with apt, everything else by building it.

    Raises:
        UnobtainableError: it cannot be installed here: no root, no apt, no network.
        subprocess.CalledProcessError: a build failed although all requirements are installed.
    """
    packages = sorted({item.package for item in missing_requirements(level) if item.package is not None})
    if packages:
        apt = command_path("apt-get")
        if apt is None or os.geteuid() != 0:
            raise UnobtainableError(f"needs {', '.join(packages)}, which only root can install, with apt-get")
        say(f"installing {', '.join(packages)}")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = [str(apt), "-qq", "--yes", "--no-install-recommends", "install", *packages]
        for words in ([str(apt), "-qq", "update"], install):
            if subprocess.run(words, env=environment, check=False, stdout=subprocess.DEVNULL).returncode != 0:
                raise UnobtainableError(f"{' '.join(words)} failed")
    build_kubernetes(say)
    if level is Level.NODE:
        build_actor(say)
    still = missing_requirements(level)
    if still:
        raise UnobtainableError("still missing: " + ", ".join(str(item) for item in still))


def _may_make_namespaces() -> bool:
    if os.geteuid() != 0:
        return False
    capabilities = next(
        int(line.split()[1], 16)
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("CapEff:")
    )
    return all(capabilities >> bit & 1 for bit in (_CAP_NET_ADMIN, _CAP_SYS_ADMIN))
