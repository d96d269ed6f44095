"""Builds images from the users' Dockerfiles, without Docker.

It supports the instructions that Python programs need. The base image `python:…` is the interpreter of this machine,
whatever the tag, and `RUN` only supports `pip install`.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from harness.cache import cache_folder, made_once
from harness.image import File, ImageConfig, tree, write_archive, write_layer
from harness.interpreter import base_layer, executable, packages_folder, shared_libraries
from harness.toolchain import pip_command


class UnknownInstructionError(ValueError):
    """A Dockerfile contains an unsupported instruction; the message has file and line."""


def build_image(dockerfile: Path, reference: str) -> Path:
    """The archive of an image, as from `docker build` and `docker save`; built once for the same files.

    Args:
        dockerfile: the Dockerfile; its directory is the build context.
        reference: the image's full name, such as `docker.io/library/web:test`.

    Raises:
        UnknownInstructionError: an instruction is not supported.
        subprocess.CalledProcessError: `pip install` failed.
    """
    digest = hashlib.sha256(f"{reference} {base_layer().parent.name}".encode())
    for file in sorted(path for path in dockerfile.parent.rglob("*") if path.is_file()):
        if "__pycache__" not in file.parts:
            digest.update(str(file.relative_to(dockerfile.parent)).encode() + file.read_bytes())
    target = cache_folder() / "images" / f"built-{digest.hexdigest()[:16]}"
    return made_once(target, lambda folder: _Build(dockerfile, folder).run(reference)) / "image.tar"


class _Build:
    """A running build."""

    def __init__(self, dockerfile: Path, folder: Path) -> None:
        self._dockerfile = dockerfile
        self._folder = folder
        self._layers: list[Path] = []
        self._config = ImageConfig()

    def run(self, reference: str) -> None:
        for line, instruction, rest in _instructions(self._dockerfile.read_text()):
            handler = getattr(self, f"_do_{instruction.lower()}", None)
            if handler is None or not handler(rest):
                raise UnknownInstructionError(f"{self._dockerfile}:{line}: cannot do {instruction} {rest}")
        write_archive(self._folder / "image.tar", reference, self._layers, self._config)
        for layer in self._folder.glob("layer*.tar"):
            layer.unlink()  # the archive has a copy

    def _do_from(self, rest: str) -> bool:
        self._layers.append(base_layer())
        return rest.partition(":")[0] == "python"

    def _do_workdir(self, rest: str) -> bool:
        self._config.working_folder = str(Path(self._config.working_folder or "/") / rest)
        return True

    def _do_copy(self, rest: str) -> bool:
        *sources, target = shlex.split(rest)
        if any(item.startswith("--") for item in sources):
            return False
        base = Path(self._config.working_folder or "/") / target
        files: list[File] = []
        for source in sources:
            path = self._dockerfile.parent / source
            if path.is_dir():
                files += tree(path, str(base), skip=("__pycache__",))
            else:
                into_folder = target in (".", "./") or target.endswith("/") or len(sources) > 1
                files.append(File(str(base / path.name if into_folder else base).lstrip("/"), path))
        self._add_layer(files)
        return True

    def _do_run(self, rest: str) -> bool:
        words = shlex.split(rest)
        if words[:2] != ["pip", "install"]:
            return False
        packages = self._folder / "packages"
        arguments = [word for word in words[2:] if word != "--no-cache-dir"]
        subprocess.run(
            [*pip_command(), "install", "--quiet", *arguments, "--target", str(packages)],
            cwd=self._dockerfile.parent,
            check=True,
        )
        programs = packages / "bin"
        files = [
            File(f"usr/local/bin/{program.name}", _with_image_interpreter(program), 0o755)
            for program in (programs.iterdir() if programs.exists() else ())
        ]
        shutil.rmtree(programs, ignore_errors=True)
        # Compile bytecode in advance, so that a start takes as long as with an image from a registry.
        subprocess.run([executable(), "-m", "compileall", "-q", str(packages)], check=True)
        files += tree(packages, packages_folder())
        own = {str(path) for path in packages.rglob("*.so*")}
        files += [item for item in shared_libraries(packages.rglob("*.so*")) if str(item.content) not in own]
        self._add_layer(files)
        shutil.rmtree(packages)
        return True

    def _do_env(self, rest: str) -> bool:
        words = shlex.split(rest)
        if "=" not in words[0]:  # the old form: ENV NAME value
            words = [f"{words[0]}={rest.split(maxsplit=1)[1]}"]
        self._config.environment.update(dict(word.split("=", 1) for word in words))
        return True

    def _do_user(self, rest: str) -> bool:
        self._config.user = rest
        return True

    def _do_expose(self, _rest: str) -> bool:
        return True  # is only documentation

    def _do_label(self, rest: str) -> bool:
        self._config.labels.update(dict(word.split("=", 1) for word in shlex.split(rest)))
        return True

    def _do_stopsignal(self, rest: str) -> bool:
        self._config.stop_signal = rest
        return True

    def _do_cmd(self, rest: str) -> bool:
        self._config.command = _command(rest)
        return True

    def _do_entrypoint(self, rest: str) -> bool:
        self._config.entrypoint = _command(rest)
        return True

    def _add_layer(self, files: list[File]) -> None:
        layer = self._folder / f"layer{len(self._layers)}.tar"
        write_layer(layer, files)
        self._layers.append(layer)


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Line number, instruction, and its argument with continuation lines joined."""
    number, pending = 0, ""
    for index, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        number = number if pending else index
        if line.endswith("\\"):
            pending += line[:-1] + " "
            continue
        instruction, _, rest = (pending + line).partition(" ")
        pending = ""
        yield number, instruction.upper(), rest.strip()


def _command(text: str) -> list[str]:
    if text.startswith("["):
        words: list[str] = json.loads(text)
        return words
    return ["/bin/sh", "-c", text]


def _with_image_interpreter(program: Path) -> bytes:
    """A script of pip refers to the interpreter that installed it."""
    return re.sub(rb"\A#!.*python.*", b"#!/usr/local/bin/python", program.read_bytes())
