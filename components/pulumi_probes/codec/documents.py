"""Reads the text of a file to manifests, with the lines of their values.

Supported are YAML streams and JSON, lists as printed by `kubectl get -o yaml`, and exports of the pulumi command. A
broken document is reported, and the other documents of the file are still read.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from pulumi_probes.codec.late_content import LateContent
from pulumi_probes.codec.manifest import is_only_counted
from pulumi_probes.codec.outline import Outline, outline_of, read_outline
from pulumi_probes.codec.plain_tree import MAXIMUM_DEPTH, PlainTree, read_plain_tree
from pulumi_probes.codec.pulumi_export import is_pulumi_export, read_pulumi_export
from pulumi_probes.codec.scalars import resolve_scalar
from pulumi_probes.codec.yaml_document import TreeLines, document_from_events, document_of, read_chunk
from pulumi_probes.codec.yaml_stream import Chunk, LineIndex, MalformedYaml, Problem, shortened, split_stream
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import SourceLocation
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.note import InputNote

_TEMPLATE_ACTION = re.compile(r"\{\{-?\s*[.$\"`(/A-Za-z]")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BLANKS = re.compile(r"[ \t\r\n]*")
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_TOO_DEEP: Final = f"values are nested more than {MAXIMUM_DEPTH} levels deep"
# At the start of a line, the keys of a document that begins with one of them.
_KIND = re.compile(r"(?:\A|(?<=[\r\n]))kind:[ \t]+[\"']?([A-Za-z0-9]+)")
_API_VERSION = re.compile(r"(?:\A|(?<=[\r\n]))apiVersion:[ \t]+[\"']?([A-Za-z0-9./-]+)")
_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
MAXIMUM_VALUES: Final = 1_200_000
"""The maximum number of values in a file; characters that may separate two values count like values."""

_BEFORE_VALUES: Final = ("\n", "\r", ",", "[", "{", "- ")
_MOST_MISFITS: Final = 100
_HELM_MESSAGE: Final = "a Helm template ({{ … }}), not a manifest: render it with `helm template` and audit the output"


class Documents(Struct):
    """The documents in a file.

    Attributes:
        manifests: the Kubernetes objects, in order; a `List` counts as one object.
        errors: what could not be read.
        others: documents that are not Kubernetes objects, such as values of charts and kustomizations.
        notes: remarks about what was skipped.
    """

    manifests: list[Manifest] = field(default_factory=list[Manifest])
    errors: list[UnreadableInput] = field(default_factory=list[UnreadableInput])
    others: list[Any] = field(default_factory=list[Any])
    notes: list[InputNote] = field(default_factory=list[InputNote])

    @property
    def is_empty(self) -> bool:
        """Whether there are neither objects, nor errors or notes that say why."""
        return not (self.manifests or self.errors or self.notes)

    def extend(self, other: Documents) -> None:
        """Append other documents."""
        self.manifests += other.manifests
        self.errors += other.errors
        self.others += other.others
        self.notes += other.notes

    def as_patches(self) -> Documents:
        """The same documents, with every object marked as a patch."""
        return replace(self, manifests=[replace(manifest, is_patch=True) for manifest in self.manifests])


class FileLines:
    """Locates the values of one document of a file."""

    __slots__ = ("_file", "_lines")

    def __init__(self, file: str, lines: LineIndex) -> None:
        self._file = file
        self._lines = lines

    @property
    def unit(self) -> str:
        """The file."""
        return self._file

    def locate(self, path: FieldPath) -> SourceLocation:
        """The line of the value at `path`, or of its nearest parent in the file."""
        return SourceLocation(file=self._file, line=self._lines.find(path))


class LateLines:
    """Locates the values of a document that was read without its lines; they are read on first use."""

    __slots__ = ("_chunk", "_file", "_lines")

    def __init__(self, file: str, chunk: Chunk) -> None:
        self._file = file
        self._chunk: Chunk | None = chunk
        self._lines: LineIndex | None = None

    @property
    def unit(self) -> str:
        """The file."""
        return self._file

    def locate(self, path: FieldPath) -> SourceLocation:
        """The line of the value at `path`; only the file, if the JSON is not valid YAML."""
        if self._chunk is not None:
            try:
                self._lines = read_chunk(self._chunk).lines
            except MalformedYaml:
                self._lines = None
            self._chunk = None
        return SourceLocation(file=self._file, line=self._lines.find(path) if self._lines is not None else None)


def read_bytes(data: bytes, file: str) -> Documents:
    """Read the documents in a file of UTF-8, or of UTF-16 with a byte order mark; `file` is its name in messages."""
    return DocumentReader().read_bytes(data, file)


def read_text(text: str, file: str) -> Documents:
    """Read the documents in a text; `file` is its name in messages."""
    return DocumentReader().read_text(text, file)


class DocumentReader:
    """Reads the documents of several files.

    Args:
        for_rules: whether the documents are for an audit, so that objects that it only counts are checked, but not
            built before something reads them.
    """

    def __init__(self, *, for_rules: bool = False) -> None:
        self._for_rules = for_rules
        # The same custom resource definitions are often in several files.
        self._checked: dict[str, tuple[str, Outline]] = {}

    def read_bytes(self, data: bytes, file: str) -> Documents:
        """Read the documents in a file of UTF-8, or of UTF-16 with a byte order mark."""
        if data.startswith(_UTF16):
            try:
                return self.read_text(data.decode("utf-16"), file)
            except UnicodeDecodeError as error:
                line = data[: error.start].decode("utf-16", "replace").count("\n") + 1
                return Documents(errors=[UnreadableInput(file, "not valid UTF-16", line)])
        # Bytes that are not UTF-8 become surrogates, so that only the document that contains them is lost.
        return self.read_text(data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape"), file)

    def read_text(self, text: str, file: str) -> Documents:
        """Read the documents in a text."""
        text = text.removeprefix("\ufeff")
        if has_too_many_values(text):
            return Documents(errors=[UnreadableInput(file, f"contains more than {MAXIMUM_VALUES:,} values; split it")])
        start = _next_value(text, 0)
        if text[start : start + 1] in ("{", "[") and not _is_broken(text):
            documents = _read_json(text, start, file)
            if documents is not None:
                return documents
        result = Documents()
        template_line: int | None = None
        for chunk in split_stream(text):
            try:
                self._read_document(chunk, file, result)
            except MalformedYaml as error:
                action = _TEMPLATE_ACTION.search(chunk.text)
                if action is None:
                    result.errors.append(UnreadableInput(file, error.reason, error.line))
                elif template_line is None:
                    # Only once for each file, since every document of a template fails to parse.
                    template_line = chunk.line + chunk.text.count("\n", 0, action.start())
                    result.errors.append(UnreadableInput(file, _HELM_MESSAGE, template_line))
        return result

    def _read_document(self, chunk: Chunk, file: str, result: Documents) -> None:
        if _is_broken(chunk.text):
            broken = _NOT_UTF8.search(chunk.text)
            position = broken.start() if broken is not None else 0
            raise MalformedYaml("not valid UTF-8", chunk.line + chunk.text.count("\n", 0, position))
        if self._for_rules and (late := self._counted(chunk, file)) is not None:
            result.manifests.append(late)
            return
        tree = read_plain_tree(chunk.text)
        if tree is not None and self._for_rules and (late := _from_tree(tree, chunk, file)) is not None:
            result.manifests.append(late)
            return
        document = document_from_events(chunk) if tree is None else document_of(tree, chunk)
        line = document.lines.find(FieldPath())
        _add(document.value, FileLines(file, document.lines), file, document.problems, line, result)

    def _counted(self, chunk: Chunk, file: str) -> Manifest | None:
        """The manifest of an object that an audit only counts; None if it may be anything else."""
        kind, version = _KIND.search(chunk.text), _API_VERSION.search(chunk.text)
        # Only a guess, because these lines can also be a part of a text.
        if kind is None or version is None or not is_only_counted(version[1], kind[1], has_containers=False):
            return None
        known = self._checked.get(chunk.text)
        if known is None:
            outline = read_outline(chunk.text)
            if outline is None:
                return None
            known = self._checked[chunk.text] = chunk.text, outline
        text, outline = known
        is_counted = is_only_counted(outline.api_version, outline.kind, has_containers=outline.has_containers)
        if not is_counted or _is_kustomization(outline.api_version):
            return None
        # The same text only once in memory.
        chunk = Chunk(text, chunk.line)
        content = LateContent(outline, lambda: read_chunk(chunk).value, is_only_counted=True, has_owner=False)
        return Manifest(content=content, source=LateLines(file, chunk))


def _from_tree(tree: PlainTree, chunk: Chunk, file: str) -> Manifest | None:
    """The manifest of an object; None for a list or another document, of which more must be known now."""
    outline = outline_of(tree)
    if outline is None or outline.kind.endswith("List") or _is_kustomization(outline.api_version):
        return None
    has_owner = "ownerReferences" in chunk.text
    content = LateContent(outline, lambda: tree.value(resolve_scalar), is_only_counted=False, has_owner=has_owner)
    return Manifest(content=content, source=FileLines(file, TreeLines(tree, chunk.line)))


def has_too_many_values(text: str) -> bool:
    """Whether the values in a text would take more memory than an audit may use.

    Each value of YAML or JSON but the first follows one of these characters, which strings contain too.
    """
    return sum(map(text.count, _BEFORE_VALUES)) > MAXIMUM_VALUES


def _is_broken(text: str) -> bool:
    """Whether a text comes from bytes that are not UTF-8."""
    return not text.isascii() and _NOT_UTF8.search(text) is not None


def _is_kustomization(api_version: str) -> bool:
    return api_version.startswith("kustomize.config.k8s.io/")


def _add(
    value: Any,
    source: FileLines | LateLines | None,
    file: str,
    problems: Sequence[Problem],
    line: int | None,
    result: Documents,
) -> None:
    """Add a document: a manifest, a list of them, or something else."""
    if value is None:
        return
    if isinstance(value, Mapping):
        has_kind, has_version = (isinstance(value.get(key), str) for key in ("kind", "apiVersion"))
        if has_kind and has_version and not _is_kustomization(value["apiVersion"]):
            result.errors += [UnreadableInput(file, problem.reason, problem.line) for problem in problems]
            result.manifests.append(Manifest(content=value, source=source))
            misfits = _misfits(value)
            for list_path, index, keys in islice(misfits, _MOST_MISFITS):
                place = list_path / "items" / index
                where = source.locate(place).line if source is not None else line
                what = f"a Kubernetes object without {' and '.join(keys)}" if keys else "not a Kubernetes object"
                result.errors.append(UnreadableInput(file, f"{place} of the List is {what}", where))
            if more := sum(1 for _ in misfits):
                result.errors.append(UnreadableInput(file, f"{more} more items of the List are incomplete", line))
            return
        if has_kind is not has_version and isinstance(value.get("metadata"), Mapping):
            missing = "apiVersion" if has_kind else "kind"
            result.errors.append(UnreadableInput(file, f"a Kubernetes object without {missing}", line))
            return
    result.others.append(value)


def _misfits(value: Mapping[Any, Any]) -> Iterator[tuple[FieldPath, int, list[str]]]:
    """The items of a `List`, at any depth, that are not Kubernetes objects and would therefore not be audited.

    Each is given by the path of its list, its index, and the keys that it lacks; no keys if it is not an object at all.
    """
    waiting: list[tuple[FieldPath, Mapping[Any, Any]]] = [(FieldPath(), value)]
    while waiting:
        path, current = waiting.pop()
        items = current.get("items")
        if (current.get("apiVersion"), current.get("kind")) != ("v1", "List") or not isinstance(items, list):
            continue
        for index, item in enumerate(items):
            if not isinstance(item, Mapping):
                yield path, index, []
                continue
            missing = [key for key in ("apiVersion", "kind") if not isinstance(item.get(key), str)]
            if missing:
                yield path, index, missing
            if item.get("kind") == "List":
                waiting.append((path / "items" / index, item))


def _read_json(text: str, start: int, file: str) -> Documents | None:
    """The JSON values in a text, one after another; None if it does not begin with one."""
    import json  # imported late, most files are YAML

    result = Documents()
    repeated = _RepeatedKeys()
    decoder = json.JSONDecoder(object_pairs_hook=repeated.take, parse_constant=_refuse_constant)
    position, line, counted = start, 1, 0
    while position < len(text):
        line, counted = line + text.count("\n", counted, position), position
        try:
            value, end = decoder.raw_decode(text, position)
        except RecursionError:
            result.errors.append(UnreadableInput(file, _TOO_DEEP, line))
            return result
        except ValueError as error:
            if position == start:
                return None
            at = error.lineno if isinstance(error, json.JSONDecodeError) else line
            result.errors.append(UnreadableInput(file, "not valid JSON", at))
            return result
        problems = [Problem(f'duplicate key "{key}"; the last one applies', line) for key in repeated.keys]
        repeated.keys.clear()
        is_too_deep = _is_too_deep(value)
        if not is_too_deep and _HALF_CHARACTER.search(text, position, end) is not None:
            value = _without_half_characters(value)
        if is_too_deep:
            result.errors.append(UnreadableInput(file, _TOO_DEEP, line))
        elif is_pulumi_export(value):
            result.manifests += read_pulumi_export(value)
        else:
            _add(value, LateLines(file, Chunk(text[position:end], line)), file, problems, line, result)
        position = _next_value(text, end)
    return result


class _RepeatedKeys:
    """Builds JSON objects, and collects keys that occur twice in one of them."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def take(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            counts = Counter(key for key, _ in pairs)
            self.keys += [shortened(key) for key, count in counts.items() if count > 1]
        return result


def _without_half_characters(value: Any) -> Any:
    """The value with lone surrogates replaced by the replacement character, as the JSON library of the API does it."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_without_half_characters(key): _without_half_characters(below) for key, below in value.items()}
    return [_without_half_characters(below) for below in value] if isinstance(value, list) else value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _next_value(text: str, position: int) -> int:
    """The position of the next value, or the end of the text."""
    match = _BLANKS.match(text, position)
    return match.end() if match is not None else position


def _is_too_deep(value: Any) -> bool:
    level: list[Any] = [value]
    for _ in range(MAXIMUM_DEPTH + 1):
        level = [
            below
            for entry in level
            for below in (entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ())
            if isinstance(below, (dict, list))
        ]
        if not level:
            return False
    return True
