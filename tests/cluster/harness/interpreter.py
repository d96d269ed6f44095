"""This machine's Python as the base layer of an image, installed in /usr/local as in the official images."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from harness.cache import cache_folder, made_once
from harness.image import File, shell, tree, write_layer

_VERSION: Final = f"{sys.version_info.major}.{sys.version_info.minor}"

_NOT_NEEDED: Final = (
    *("site-packages", "dist-packages", "test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3"),
    *("config-*", "*.opt-1.pyc", "*.opt-2.pyc"),
)
"""Parts of the standard library that servers do not need, and packages, which an image installs itself."""


def executable() -> Path:
    """The interpreter itself, not the link in the virtual environment."""
    return Path(getattr(sys, "_base_executable", sys.executable)).resolve()


def packages_folder() -> str:
    """The directory of packages in the image; Debian's Python has another name for it."""
    code = "import os, site; print(os.path.basename(site.getsitepackages()[0]))"
    name = subprocess.run([executable(), "-I", "-c", code], check=True, capture_output=True, text=True).stdout.strip()
    return f"usr/local/lib/python{_VERSION}/{name}"


def base_layer() -> Path:
    """The layer: the interpreter, the standard library, their shared libraries, a shell; built once per interpreter."""
    found = executable().stat()
    key = hashlib.sha256(f"{executable()} {sys.version} {found.st_mtime_ns}".encode()).hexdigest()[:12]
    return made_once(cache_folder() / "images" / f"python-{_VERSION}-{key}", _make) / "layer.tar"


def shared_libraries(programs: Iterable[Path]) -> list[File]:
    """The shared libraries of programs and libraries, at the paths where the loader searches for them."""
    listed = subprocess.run(
        ["ldd", *map(str, programs)], check=False, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}
    ).stdout
    paths = set(re.findall(r"(?:=> |^\s+)(/\S+) \(0x", listed, re.MULTILINE))
    return [File(path.lstrip("/"), Path(path).resolve(), 0o755) for path in sorted(paths)]


def _make(folder: Path) -> None:
    library = Path(sysconfig.get_path("stdlib"))
    python = f"usr/local/bin/python{_VERSION}"
    files = [
        File(python, executable(), 0o755),
        File("usr/local/bin/python3", link=f"python{_VERSION}"),
        File("usr/local/bin/python", link=f"python{_VERSION}"),
        *tree(library, f"usr/local/lib/python{_VERSION}", skip=_NOT_NEEDED),
        *shared_libraries([executable(), *library.rglob("*.so")]),
        *shell(),
        File("tmp", None, 0o1777),
        File("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"),
        File("etc/group", b"root:x:0:\nnogroup:x:65534:\n"),
    ]
    write_layer(folder / "layer.tar", files)
