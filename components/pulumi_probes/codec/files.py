"""Reads files, directories and standard input to documents.

Directories are searched for `.yaml`, `.yml` and `.json`; hidden directories, what `.gitignore` excludes, and files
without Kubernetes objects are skipped. A file that is named explicitly must contain a manifest. Only regular files and
pipes of the shell are opened.
"""

# A path stays a string, so that messages show it as it was typed.
# ruff: noqa: PTH112, PTH116, PTH118, PTH119, PTH120, PTH123

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, Final

from pulumi_probes.codec.documents import DocumentReader, Documents, FileLines
from pulumi_probes.codec.folders import KUSTOMIZATIONS, Search, search_folder, unreadable
from pulumi_probes.codec.foreign import ENCRYPTED, check_archive, is_encrypted, may_be_encrypted
from pulumi_probes.codec.scalars import resolve_modern_scalar
from pulumi_probes.codec.yaml_stream import Chunk, MalformedYaml, read_chunk, split_stream
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.note import InputNote

MAXIMUM_BYTES: Final = 256 * 1024 * 1024
"""The maximum size of a file."""

_PIPES_OF_THE_SHELL: Final = ("/dev/fd/", "/proc/self/fd/", "/dev/stdin")
_KUSTOMIZATION: Final = (
    "a kustomization, not a manifest; audit its directory with --render, or with "
    "`kubectl kustomize {folder} | probes audit -`"
)
_NO_MANIFEST: Final = "contains no Kubernetes manifest (no document with apiVersion and kind)"

Progress = Callable[[str], None]
"""Called with the name of each file before it is read."""


@dataclass(slots=True)
class Source:
    """A path that a user named, and the files that are read for it.

    Attributes:
        path: the path, as typed.
        files: the file itself, those in a directory, or `-` for standard input.
        errors: what went wrong while a directory was searched.
        excluded: the number of files and directories in it that `.gitignore` files exclude.
    """

    path: str
    files: list[str]
    errors: list[UnreadableInput] = field(default_factory=list[UnreadableInput])
    excluded: int = 0


@dataclass(slots=True)
class FileDocuments:
    """The documents in a file.

    Attributes:
        file: the name of the file.
        documents: its documents.
        patches: the real paths of the files that it lists as patches, if it is a kustomization.
    """

    file: str
    documents: Documents
    patches: set[str]


def read_paths(
    paths: Iterable[str],
    *,
    search: Search | None = None,
    standard_input: BinaryIO | None = None,
    progress: Progress | None = None,
) -> Documents:
    """Read files, directories and `-`, in the given order; a file that is named twice is read once.

    Args:
        paths: the paths, as typed by the user.
        search: the files of directories that are read; None for the default.
        standard_input: the stream that `-` reads; that of the process if None.
        progress: called with the name of each file before it is read.
    """
    result = Documents()
    reader = DocumentReader(for_rules=True)
    for source in find_sources(paths, search):
        read: list[FileDocuments] = []
        for file in source.files:
            if progress is not None:
                progress(file)
            read.append(read_source_file(file, reader, standard_input))
        # The patches of a kustomization are partial objects, in which an absent field means nothing.
        patches = {path for one in read for path in one.patches}
        result.errors += source.errors
        for one in read:
            result.extend(one.documents.as_patches() if is_patch_file(one.file, patches) else one.documents)
        if not source.errors and all(one.documents.is_empty for one in read):
            result.errors.append(no_manifest(source))
    return result


def find_sources(paths: Iterable[str], search: Search | None = None) -> list[Source]:
    """The files to read for each path; a file that is named twice is left out the second time."""
    result: list[Source] = []
    seen: set[tuple[int, int]] = set()
    for path in paths:
        if path == "-":
            result.append(Source(_source_name(path), [path]))
        elif os.path.isdir(path):
            found = search_folder(path, search)
            files = [file for file in found.files if not _is_repeated(file, seen)]
            result.append(Source(path, files, found.errors, found.excluded))
        elif path.startswith(_PIPES_OF_THE_SHELL) or not _is_repeated(path, seen):
            result.append(Source(path, [path]))
    return result


def read_source_file(file: str, reader: DocumentReader, standard_input: BinaryIO | None = None) -> FileDocuments:
    """Read a file of a source."""
    name = _source_name(file)
    try:
        data = _bounded(_standard_input(standard_input), name) if file == "-" else _open(file)
        check_archive(name, data)
        documents = reader.read_bytes(data, name)
        if may_be_encrypted(data):
            documents = _without_encrypted(documents, name)
    except UnreadableInput as error:
        documents = Documents(errors=[error])
    is_kustomization = os.path.basename(file) in KUSTOMIZATIONS
    return FileDocuments(file, documents, _patches_of(file, documents) if is_kustomization else set())


def is_patch_file(file: str, patches: Collection[str]) -> bool:
    """Whether a file is one of the patches of a kustomization, given by their real paths."""
    return bool(patches) and os.path.realpath(file) in patches


def no_manifest(source: Source) -> UnreadableInput:
    """The error about a source without manifests and other errors."""
    # Auditing nothing successfully would hide a wrong path or a broken pipe.
    is_kustomization = os.path.basename(source.path) in KUSTOMIZATIONS
    reason = _KUSTOMIZATION.format(folder=os.path.dirname(source.path) or ".") if is_kustomization else _NO_MANIFEST
    if source.excluded:
        reason += f"; .gitignore excludes {source.excluded} of the files and directories in it"
    return UnreadableInput(source.path, reason)


def read_yaml_file(path: str) -> tuple[Any, FileLines]:
    """The only value of a YAML or JSON file that is not a manifest, and its lines; None for an empty file.

    Raises:
        UnreadableInput: the file cannot be read, is invalid, or contains more than one document.
    """
    data = _open(path)
    text = data.decode("utf-8-sig", "surrogateescape")
    chunks = list(split_stream(text))
    if len(chunks) > 1:
        raise UnreadableInput(path, "contains more than one document", chunks[1].line)
    try:
        document = read_chunk(chunks[0] if chunks else Chunk("", 1), resolve_modern_scalar)
    except (MalformedYaml, UnicodeEncodeError) as error:
        line = error.line if isinstance(error, MalformedYaml) else None
        raise UnreadableInput(path, error.reason, line) from error
    if document.problems:
        raise UnreadableInput(path, document.problems[0].reason, document.problems[0].line)
    return document.value, FileLines(path, document.lines)


def read_json_file(path: str) -> Any:
    """The content of a JSON file that is not a manifest.

    Raises:
        UnreadableInput: the file cannot be read, or is not valid JSON.
    """
    data = _open(path)
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UnreadableInput(path, "not valid JSON", getattr(error, "lineno", None)) from error


def _without_encrypted(documents: Documents, file: str) -> Documents:
    """Without the documents that are encrypted with SOPS, about which there is a note instead."""
    manifests = [manifest for manifest in documents.manifests if not is_encrypted(manifest.content)]
    others = [content for content in documents.others if not is_encrypted(content)]
    found = len(documents.manifests) + len(documents.others) - len(manifests) - len(others)
    notes = [InputNote(file, ENCRYPTED)] if found else []
    return replace(documents, manifests=manifests, others=others, notes=[*documents.notes, *notes])


def _source_name(path: str) -> str:
    return "<stdin>" if path == "-" else path


def _standard_input(stream: BinaryIO | None) -> BinaryIO:
    if stream is None and sys.stdin is None:
        raise UnreadableInput("<stdin>", "standard input is closed")
    return stream or sys.stdin.buffer


def _patches_of(kustomization: str, documents: Documents) -> set[str]:
    """The files that a kustomization lists as patches."""
    folder = os.path.dirname(kustomization)
    found: set[str] = set()
    for content in documents.others:
        for key in ("patches", "patchesStrategicMerge"):
            entries = content.get(key) if isinstance(content, Mapping) else None
            for entry in entries if isinstance(entries, list) else ():
                path = entry.get("path") if isinstance(entry, dict) else entry
                if isinstance(path, str) and not {"\n", "\0"} & set(path):
                    found.add(os.path.realpath(os.path.join(folder, path)))
    return found


def _open(path: str) -> bytes:
    try:
        if path.startswith(_PIPES_OF_THE_SHELL):
            with open(path, "rb") as stream:
                return _bounded(stream, path)
        # Without O_NONBLOCK, opening a pipe that has no writer would block.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as stream:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                raise UnreadableInput(path, f"{_kind_of_file(mode)}, not a file")
            return _bounded(stream, path)
    except (OSError, ValueError) as error:  # ValueError: the name contains a NUL
        raise unreadable(path, error) from error


def _bounded(stream: BinaryIO, file: str) -> bytes:
    data = stream.read(MAXIMUM_BYTES + 1)
    if len(data) > MAXIMUM_BYTES:
        raise UnreadableInput(file, f"larger than {MAXIMUM_BYTES // 1024**2} MiB")
    return data


def _kind_of_file(mode: int) -> str:
    kinds = ((stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISDIR, "a directory"))
    return next((name for test, name in kinds if test(mode)), "a device")


def _is_repeated(path: str, seen: set[tuple[int, int]]) -> bool:
    try:
        identity = _identity(os.stat(path))
    except (OSError, ValueError):
        return False
    if identity in seen:
        return True
    seen.add(identity)
    return False


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
