"""The documents of files, as text that can be changed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from pulumi_probes.codec.documents import read_text
from pulumi_probes.codec.yaml_edit import NotEditable, edit_document
from pulumi_probes.codec.yaml_stream import Chunk, split_stream
from pulumi_probes.fixes.replacement import replacement_of
from pulumi_probes.model.edit import Edit, edited
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Replacement, SourceLocation
from pulumi_probes.model.manifest import Manifest, SourceMap


class DocumentLocation(SourceLocation, frozen=True, kw_only=True):
    """A location in a document.

    Attributes:
        document: the number of the document among all.
        path: the path from the top of the document; an object in a list is not at the top.
    """

    document: int
    path: FieldPath


class _DocumentSource(Struct, frozen=True):
    """Locates the values of a document in its file, with their paths."""

    inner: SourceMap
    document: int

    @property
    def unit(self) -> str:
        return self.inner.unit

    def locate(self, path: FieldPath) -> SourceLocation | None:
        location = self.inner.locate(path)
        if location is None:
            return None
        return DocumentLocation(
            file=location.file, line=location.line, origin=location.origin, document=self.document, path=path
        )


class SourceFile:
    """A file with documents.

    Raises:
        NotEditable: it is not UTF-8, or no regular file.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        if not Path(path).is_file():
            raise NotEditable(f"{path} is not a file")
        try:
            self.data = Path(path).read_bytes()
            self.text = self.data.decode("utf-8")
        except OSError as error:
            raise NotEditable(f"{path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise NotEditable(f"{path} is not UTF-8") from error
        self._mark = len(self.text) - len(self.text.removeprefix("\ufeff"))
        self._chunks = list(split_stream(self.text[self._mark :]))
        self._lines = [chunk.line for chunk in self._chunks]

    def chunk_at(self, line: int) -> tuple[int, Chunk]:
        """The document that contains a line, and the offset of its first character in the text."""
        chunk = self._chunks[bisect_right(self._lines, line) - 1]
        return self._mark + chunk.offset, chunk


class Document(Struct):
    """A document of a file.

    Attributes:
        number: its number among all.
        original: the object in it.
        manifest: the object with the fixes so far.
        file: its file.
        offset: where it begins in the text of the file.
        first_line: the line on which it begins, counted from 1.
        before: its text.
        after: its text with the fixes so far.
    """

    number: int
    original: Manifest
    manifest: Manifest
    file: SourceFile
    offset: int
    first_line: int
    before: str
    after: str

    def replacement(self, edits: Iterable[Edit]) -> Replacement | None:
        """The change of lines that some changes of fields alone make; None if they build upon others."""
        untouched = replace(self, manifest=self.original, after=self.before)
        try:
            text, _ = untouched.with_edits(edits)
        except NotEditable:
            return None
        return replacement_of(self.before, text, self.first_line)

    def with_edits(self, edits: Iterable[Edit]) -> tuple[str, Manifest]:
        """The text and the object with changes.

        Raises:
            NotEditable: a field cannot be changed alone.
        """
        edits = tuple(edits)
        text = edit_document(self.after, edits)
        try:
            expected = edited(dict(self.manifest.content), edits)
        except LookupError as error:
            raise NotEditable(f"{error} is not in the document") from error
        content = _only_content(text, self.file.path)
        if content is None or content != expected:
            raise NotEditable("the change would alter other fields as well")
        return text, replace(self.manifest, content=content)


def numbered(manifests: Iterable[Manifest]) -> list[Manifest]:
    """The same objects, whose locations tell the number of their document."""
    return [
        manifest if manifest.source is None else replace(manifest, source=_DocumentSource(manifest.source, number))
        for number, manifest in enumerate(manifests)
    ]


def open_document(number: int, manifest: Manifest, open_file: Callable[[str], SourceFile]) -> Document:
    """The text of an object.

    Args:
        number: its number among all.
        manifest: the object.
        open_file: returns the file with a path.

    Raises:
        NotEditable: its place in a file is not known, or the file cannot be changed.
    """
    location = manifest.source.locate(FieldPath()) if manifest.source is not None else None
    if location is not None and location.origin is not None:
        raise NotEditable("the object is rendered; change the files that it is rendered from")
    if location is None or location.line is None:
        raise NotEditable("its place in a file is not known")
    file = open_file(location.file)
    offset, chunk = file.chunk_at(location.line)
    if _only_content(chunk.text, file.path) != manifest.content:
        raise NotEditable(f"{file.path} has changed while it was read")
    return Document(number, manifest, manifest, file, offset, chunk.line, chunk.text, chunk.text)


def _only_content(text: str, file: str) -> Mapping[str, Any] | None:
    """The content of the only object in a text; None if it is something else."""
    documents = read_text(text, file)
    if documents.errors or documents.others or len(documents.manifests) != 1:
        return None
    return documents.manifests[0].content
