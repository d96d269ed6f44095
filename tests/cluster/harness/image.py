"""Creates container images without Docker: layers from files, and the archive that `ctr images import` reads."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

from harness.cache import cache_folder, made_once
from harness.requirements import command_path
from harness.toolchain import actor_folder

ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64"}

_APPLETS: Final = ("sh", "cat", "false", "ls", "nc", "rm", "sleep", "test", "touch", "true", "wget")


@dataclass(frozen=True, slots=True)
class File:
    """A file of a layer.

    Attributes:
        path: its path in the image, without a leading slash.
        content: its bytes, or the file on this machine that has them; None for a folder.
        mode: its permissions.
        owner: the number of the user and the group.
        link: the target of a symbolic link.
    """

    path: str
    content: bytes | Path | None = None
    mode: int = 0o644
    owner: int = 0
    link: str | None = None


@dataclass(slots=True)
class ImageConfig:
    """The fields of Docker's image format that Kubernetes uses: command, environment, user."""

    environment: dict[str, str] = field(
        default_factory=lambda: {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"}
    )
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    user: str = ""
    working_folder: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    stop_signal: str = ""

    def content(self) -> dict[str, Any]:
        """The configuration of the image."""
        entries: dict[str, Any] = {
            "Env": [f"{name}={value}" for name, value in self.environment.items()],
            "Entrypoint": self.entrypoint,
            "Cmd": self.command,
            "User": self.user,
            "WorkingDir": self.working_folder,
            "Labels": self.labels,
            "StopSignal": self.stop_signal,
        }
        return {name: value for name, value in entries.items() if value}


def write_layer(target: Path, files: Sequence[File]) -> None:
    """Write a layer; the same files give the same bytes."""
    folders = {str(parent) for item in files for parent in Path(item.path).parents if str(parent) != "."}
    listed = {item.path for item in files}
    implied = [File(folder, None, 0o755) for folder in folders if folder not in listed]
    with tarfile.open(target, "w") as layer:
        for item in sorted([*implied, *files], key=lambda item: item.path):
            _add(layer, item)


def tree(source: Path, below: str, *, owner: int = 0, skip: Sequence[str] = ()) -> list[File]:
    """A directory of this machine as files of a layer; links are kept, and names that match `skip` are left out."""
    found: list[File] = []
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if any(fnmatch(part, pattern) for part in relative.parts for pattern in skip):
            continue
        name = str(Path(below) / relative).lstrip("/")
        if path.is_symlink():
            found.append(File(name, link=str(path.readlink()), owner=owner))
        elif path.is_dir():
            found.append(File(name, None, 0o755, owner))
        elif path.is_file():
            executable = path.stat().st_mode & stat.S_IXUSR
            found.append(File(name, path, 0o755 if executable else 0o644, owner))
    return found


def shell() -> list[File]:
    """A shell and small programs, from this machine's busybox; nothing if it is not installed."""
    busybox = command_path("busybox")
    if busybox is None:
        return []
    return [File("bin/busybox", busybox.resolve(), 0o755), *(File(f"bin/{name}", link="busybox") for name in _APPLETS)]


def write_archive(target: Path, reference: str, layers: Sequence[Path], config: ImageConfig) -> None:
    """Write an image in the format of `docker save`."""
    digests = [hashlib.sha256(layer.read_bytes()).hexdigest() for layer in layers]
    content = json.dumps(
        {
            "architecture": ARCHITECTURES[os.uname().machine],
            "os": "linux",
            "config": config.content(),
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
        },
        sort_keys=True,
    ).encode()
    config_name = hashlib.sha256(content).hexdigest() + ".json"
    names = [f"{digest}/layer.tar" for digest in digests]
    manifest = json.dumps([{"Config": config_name, "RepoTags": [reference], "Layers": names}]).encode()
    with tarfile.open(target, "w") as archive:
        _add(archive, File(config_name, content))
        for name, layer in zip(names, layers, strict=True):
            if name not in archive.getnames():
                archive.add(layer, arcname=name, filter=_anonymous)
        _add(archive, File("manifest.json", manifest))


def write_actor_archive(reference: str, command: str = "pause", **environment: str) -> Path:
    """The image of the actor, the program in the tests' pods, with a shell; built once for each version of it.

    Args:
        reference: the image's full name.
        command: the default command; see `tests/cluster/actor/main.go`.
        environment: additional variables.
    """
    program = actor_folder() / "actor"

    def make(folder: Path) -> None:
        files = [File("actor", program, 0o755), File("state", None, 0o777), File("tmp", None, 0o1777), *shell()]
        write_layer(folder / "layer.tar", files)
        variables = {"PATH": "/bin:/", **environment}
        config = ImageConfig(entrypoint=["/actor"], command=[command], user="65532", environment=variables)
        write_archive(folder / "image.tar", reference, [folder / "layer.tar"], config)

    what = f"{reference} {command} {environment} {actor_folder().name} with a shell"
    name = hashlib.sha256(what.encode()).hexdigest()[:12]
    return made_once(cache_folder() / "images" / f"actor-{name}", make) / "image.tar"


def _add(archive: tarfile.TarFile, item: File) -> None:
    info = tarfile.TarInfo(item.path)
    info.mode, info.uid, info.gid = item.mode, item.owner, item.owner
    if item.link is not None:
        info.type, info.linkname = tarfile.SYMTYPE, item.link
        archive.addfile(info)
    elif item.content is None:
        info.type = tarfile.DIRTYPE
        archive.addfile(info)
    elif isinstance(item.content, bytes):
        info.size = len(item.content)
        archive.addfile(info, io.BytesIO(item.content))
    else:
        info.size = item.content.stat().st_size
        with item.content.open("rb") as file:
            archive.addfile(info, file)


def _anonymous(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.mtime = info.uid = info.gid = 0
    info.uname = info.gname = ""
    return info
