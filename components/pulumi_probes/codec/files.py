"""Reads files, directories and standard input to documents.

Directories are searched for `.yaml`, `.yml` and `.json`; hidden directories, what `.gitignore` excludes, and files
without Kubernetes objects are skipped. A file that is named explicitly must contain a manifest. Only regular files and
pipes of the shell are opened.
"""

# A path stays a string, so that messages show it as it was typed.
# ruff: noqa: PTH112, PTH116, PTH118, PTH119, PTH120

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, BinaryIO, Final, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from pulumi_probes.codec.documents import DocumentReader, Documents, FileLines
from pulumi_probes.codec.folders import KUSTOMIZATIONS, Search, search_folder
from pulumi_probes.codec.foreign import ENCRYPTED, check_archive, is_encrypted, may_be_encrypted
from pulumi_probes.codec.gitops import GitOpsObjects, find_gitops_objects, follow, notes_of
from pulumi_probes.codec.open_file import PIPES_OF_THE_SHELL, read_bytes, read_stream
from pulumi_probes.codec.owners import mark_owned
from pulumi_probes.codec.scalars import resolve_modern_scalar
from pulumi_probes.codec.yaml_document import read_chunk
from pulumi_probes.codec.yaml_stream import Chunk, MalformedYaml, split_stream
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.note import InputNote

_KUSTOMIZATION: Final = (
    "a kustomization, not a manifest; audit its directory with --render, or with "
    "`kubectl kustomize {folder} | probes audit -`"
)
_NO_MANIFEST: Final = "contains no Kubernetes manifest (no document with apiVersion and kind)"

FileIdentity = tuple[int, int]
"""The device and the inode of a file, which are the same for all of its names."""

Progress = Callable[[str], None]
"""Called with the name of each file before it is read."""


class Rendering(Protocol):
    """A chart or a kustomization."""

    @property
    def folder(self) -> str:
        """Its directory."""
        ...

    def render(self, reader: DocumentReader) -> Documents:
        """Its objects; a failure is one of the errors."""
        ...


class Source(Struct):
    """A path that a user named, and the files that are read for it.

    Attributes:
        path: the path, as typed.
        files: the file itself, those in a directory, or `-` for standard input.
        errors: what went wrong while a directory was searched.
        excluded: the number of files and directories in it that `.gitignore` files exclude.
        charts: the Helm charts in it, if charts are rendered.
        renderings: what is rendered.
    """

    path: str
    files: list[str]
    errors: list[UnreadableInput] = field(default_factory=list[UnreadableInput])
    excluded: int = 0
    charts: list[str] = field(default_factory=list[str])
    renderings: list[Rendering] = field(default_factory=list["Rendering"])


class FileDocuments(Struct):
    """The documents in a file.

    Attributes:
        file: the name of the file.
        documents: its documents.
        patches: the real paths of the files that it lists as patches, if it is a kustomization.
        gitops: the objects of Argo CD and Flux in it.
    """

    file: str
    documents: Documents
    patches: set[str]
    gitops: GitOpsObjects


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
    objects = GitOpsObjects()
    reader = DocumentReader(for_rules=True)
    seen: set[FileIdentity] = set()
    covered: list[str] = []
    waiting = list(paths)
    while waiting:
        for source in find_sources(waiting, search, seen):
            documents, found = _read_source(source, reader, standard_input, progress)
            result.extend(documents)
            objects.extend(found)
        covered += waiting
        # With rendering, also the directories that objects in what was just read deploy.
        waiting = [*follow(objects, covered).folders] if search is not None and search.render and objects else []
    result.notes += notes_of(objects, covered)
    return result


def _read_source(
    source: Source, reader: DocumentReader, standard_input: BinaryIO | None, progress: Progress | None
) -> tuple[Documents, GitOpsObjects]:
    """The documents of a source, and the objects of Argo CD and Flux in it."""
    result = Documents(errors=list(source.errors))
    objects = GitOpsObjects()
    read: list[FileDocuments] = []
    for file in source.files:
        if progress is not None:
            progress(file)
        read.append(read_source_file(file, reader, standard_input))
    # The patches of a kustomization are partial objects, in which an absent field means nothing.
    patches = {path for one in read for path in one.patches}
    for one in read:
        result.extend(one.documents.as_patches() if is_patch_file(one.file, patches) else one.documents)
        objects.extend(one.gitops)
    for rendering in source.renderings:
        if progress is not None:
            progress(rendering.folder)
        rendered = rendering.render(reader)
        result.extend(rendered)
        objects.extend(find_gitops_objects(rendered.manifests, rendering.folder))
    if result.is_empty:
        result.errors.append(no_manifest(source))
    return result, objects


def find_sources(
    paths: Iterable[str], search: Search | None = None, seen: set[FileIdentity] | None = None
) -> list[Source]:
    """The files to read for each path; a file that is named twice is left out the second time.

    Args:
        paths: the paths, as typed by the user.
        search: the files of directories that are read; None for the default.
        seen: the files that have been found before, to which those found now are added.
    """
    result: list[Source] = []
    seen = set() if seen is None else seen
    for path in paths:
        if path == "-":
            result.append(Source(_source_name(path), [path]))
        elif os.path.isdir(path):
            found = search_folder(path, search)
            files = [file for file in found.files if not _is_repeated(file, seen)]
            result.append(Source(path, files, found.errors, found.excluded, found.charts))
        elif path.startswith(PIPES_OF_THE_SHELL) or not _is_repeated(path, seen):
            result.append(Source(path, [path]))
    if search is not None and search.render:
        _plan_renderings(result)
    return result


def read_source_file(file: str, reader: DocumentReader, standard_input: BinaryIO | None = None) -> FileDocuments:
    """Read a file of a source."""
    name = _source_name(file)
    try:
        data = read_stream(_standard_input(standard_input), name) if file == "-" else read_bytes(file)
        check_archive(name, data)
        documents = reader.read_bytes(data, name)
        if may_be_encrypted(data):
            documents = _without_encrypted(documents, name)
        documents.manifests = mark_owned(documents.manifests)
    except UnreadableInput as error:
        documents = Documents(errors=[error])
    is_kustomization = os.path.basename(file) in KUSTOMIZATIONS
    patches = _patches_of(file, documents) if is_kustomization else set[str]()
    return FileDocuments(file, documents, patches, find_gitops_objects(documents.manifests, name))


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
    data = read_bytes(path)
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
    import json  # imported late, audits read YAML

    data = read_bytes(path)
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UnreadableInput(path, "not valid JSON", getattr(error, "lineno", None)) from error


def _plan_renderings(sources: Iterable[Source]) -> None:
    """Decide what is rendered for sources, and take its parts from the files to read."""
    from pulumi_probes.codec.rendering import ChartToRender, find_overlays  # imported late: it is rarely needed

    overlays = find_overlays(file for source in sources for file in source.files)
    tops = {top.file: top for top in overlays.tops}
    rendered: set[str] = set()
    for source in sources:
        new = [chart for chart in source.charts if os.path.realpath(chart) not in rendered]
        rendered |= {os.path.realpath(chart) for chart in new}
        source.renderings += [ChartToRender(folder=chart) for chart in new]
        source.renderings += [tops[file] for file in source.files if file in tops]
        is_named = source.files == [source.path] and os.path.basename(source.path) not in KUSTOMIZATIONS
        if not is_named:
            source.files = [file for file in source.files if os.path.realpath(file) not in overlays.parts]


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


def _is_repeated(path: str, seen: set[FileIdentity]) -> bool:
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
