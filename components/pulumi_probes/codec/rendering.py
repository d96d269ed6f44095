"""Renders the charts and kustomizations in directories, without the network.

A kustomization that another one includes is rendered with that one only, and the files that it lists are not read on
their own.
"""

# A path stays a string, so that messages show it as it was typed.
# ruff: noqa: PTH100, PTH112, PTH113, PTH118, PTH119, PTH120

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from pulumi_probes.codec import documents as text_documents
from pulumi_probes.codec.documents import DocumentReader, Documents
from pulumi_probes.codec.folders import CHART, KUSTOMIZATIONS
from pulumi_probes.codec.open_file import read_bytes
from pulumi_probes.codec.tools import Chart, ToolFailed, render_chart, render_kustomization
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import SourceLocation
from pulumi_probes.model.note import InputNote

_RELEASE: Final = "release-name"
_SOURCE: Final = r"(?:\A|(?<=\n))---[ \t]*\n# Source: (.*)\n"
_REMOTE: Final = re.compile(
    r"://|^[\w.-]+@[\w.-]+:|^(?:git::|gh:|(?:www\.)?(?:github|gitlab)\.com[/:])|\?ref=|\.git(?:/|$)"
)
_FOLDERS: Final = ("resources", "bases", "components")
_FILES: Final = ("patchesStrategicMerge", "crds", "configurations", "generators", "transformers", "validators")
_PATHS_IN_ENTRIES: Final = ("patches", "patchesJson6902", "replacements")
_CHARTS: Final = ("helmCharts", "helmChartInflationGenerator")
_DOWNLOAD: Final = "nothing is downloaded; render it yourself, and audit the output"


class ChartToRender(Struct, frozen=True, kw_only=True):
    """A Helm chart in a directory.

    Attributes:
        folder: the directory.
    """

    folder: str

    def render(self, reader: DocumentReader) -> Documents:
        """The objects of the chart, located in its templates."""
        if _is_library(self.folder):
            return Documents(notes=[InputNote(self.folder, "not rendered, because it is a library chart")])
        chart = Chart(name=os.path.abspath(self.folder), release=_RELEASE)
        try:
            text = render_chart(chart, is_offline=True)
        except ToolFailed as error:
            return _failure(self.folder, error)
        result = Documents()
        for template, content in _templates(text):
            file = os.path.join(self.folder, *template.split("/")[1:])
            origin = f"{self.folder} (template {template})" if template else f"{self.folder} (rendered by helm)"
            place = SourceLocation(file=file if os.path.isfile(file) else self.folder, origin=origin)
            result.extend(_located(reader.read_text(content, origin), place))
        return result


class KustomizationToRender(Struct, frozen=True):
    """A directory with a kustomization that no other one includes.

    Attributes:
        file: the file in it.
        problem: why it is not rendered; None if it is.
    """

    file: str
    problem: str | None = None

    @property
    def folder(self) -> str:
        """The directory."""
        return os.path.dirname(self.file) or "."

    def render(self, reader: DocumentReader) -> Documents:
        """The objects of the kustomization."""
        if self.problem is not None:
            return Documents(errors=[UnreadableInput(self.file, self.problem)])
        try:
            text = render_kustomization(os.path.abspath(self.folder), is_offline=True)
        except ToolFailed as error:
            return _failure(self.folder, error)
        origin = f"{self.folder} (rendered by kustomize)"
        return _located(reader.read_text(text, origin), SourceLocation(file=self.file, origin=origin))


class Overlays(Struct):
    """The kustomizations among files.

    Attributes:
        tops: those that no other one includes.
        parts: the real paths of the files that belong to one of them, and are not read on their own.
    """

    tops: list[KustomizationToRender]
    parts: set[str]


def find_overlays(files: Iterable[str]) -> Overlays:
    """Find the kustomizations among files, and what belongs to them."""
    known: dict[str, _Kustomization] = {}
    found = {os.path.realpath(file): file for file in files if os.path.basename(file) in KUSTOMIZATIONS}
    waiting = list(found.values())
    while waiting:
        file = waiting.pop()
        real = os.path.realpath(file)
        if real not in known:
            known[real] = _read(file)
            waiting += known[real].included
    included = {os.path.realpath(file) for entry in known.values() for file in entry.included}
    tops: list[KustomizationToRender] = []
    for real, file in found.items():
        if real in included and not _includes_itself(real, known):
            continue
        if known[real].is_component:
            continue
        problems = (known[below].problem for below in _closure(real, known))
        tops.append(KustomizationToRender(file, next((problem for problem in problems if problem is not None), None)))
    return Overlays(tops, {*known, *(os.path.realpath(file) for entry in known.values() for file in entry.files)})


class _Kustomization(Struct):
    """A kustomization: those that it includes, the files that it lists, and what prevents it from being rendered."""

    included: list[str] = field(default_factory=list[str])
    files: list[str] = field(default_factory=list[str])
    is_component: bool = False
    problem: str | None = None


def _read(file: str) -> _Kustomization:
    result = _Kustomization()
    try:
        read = text_documents.read_bytes(read_bytes(file), file)
    except UnreadableInput:  # kustomize reports it
        return result
    content = next((entry for entry in read.others if isinstance(entry, Mapping)), {})
    folder = os.path.dirname(file)
    result.is_component = content.get("kind") == "Component"
    for place, path, may_be_folder in _references(content):
        local = os.path.join(folder, path)
        if _REMOTE.search(path) or (may_be_folder and not os.path.exists(local)):  # noqa: PTH110 - as above
            result.problem = f"{place} is remote or does not exist; {_DOWNLOAD}"
        elif not os.path.isdir(local):
            result.files.append(local)
        else:
            below = next((name for name in sorted(KUSTOMIZATIONS) if os.path.isfile(os.path.join(local, name))), None)
            result.included += [os.path.join(local, below)] if below is not None else []
    for key in _CHARTS:
        if content.get(key):
            result.problem = f"{key} needs charts that kustomize would download; {_DOWNLOAD}"
    return result


def _references(content: Mapping[Any, Any]) -> Iterator[tuple[str, str, bool]]:
    """The paths in a kustomization, each with its field and whether it may lead to a directory."""
    for key in (*_FOLDERS, *_FILES):
        for index, entry in enumerate(_list(content.get(key))):
            if _is_path(entry):
                yield f"{key}[{index}]", entry, key in _FOLDERS
    for key in _PATHS_IN_ENTRIES:
        for index, entry in enumerate(_list(content.get(key))):
            path = entry.get("path") if isinstance(entry, Mapping) else None
            if isinstance(path, str) and _is_path(path):
                yield f"{key}[{index}].path", path, False
    openapi = content.get("openapi")
    path = openapi.get("path") if isinstance(openapi, Mapping) else None
    if isinstance(path, str) and _is_path(path):
        yield "openapi.path", path, False


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and not {"\n", "\0"} & set(value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _closure(start: str, known: Mapping[str, _Kustomization]) -> list[str]:
    """A kustomization and all that it includes, by their real paths."""
    found, waiting = {start: None}, [start]
    while waiting:
        for file in known[waiting.pop()].included:
            real = os.path.realpath(file)
            if real not in found:
                found[real] = None
                waiting.append(real)
    return list(found)


def _includes_itself(real: str, known: Mapping[str, _Kustomization]) -> bool:
    """Whether a kustomization is in a cycle, which only kustomize reports if it is run."""
    return any(real in _closure(os.path.realpath(file), known) for file in known[real].included)


def _is_library(folder: str) -> bool:
    try:
        read = text_documents.read_bytes(read_bytes(os.path.join(folder, CHART)), CHART)
    except UnreadableInput:  # helm reports it
        return False
    return any(content.get("type") == "library" for content in read.others if isinstance(content, Mapping))


def _templates(text: str) -> Iterator[tuple[str, str]]:
    """The parts of the output of helm, each with the template that it comes from."""
    marks = list(re.finditer(_SOURCE, text))
    first = text[: marks[0].start()] if marks else text
    if first.strip():
        yield "", first
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=False):  # one end too many without marks
        yield mark[1].strip(), text[mark.end() : end]


class _RenderedSource(Struct, frozen=True):
    """The same location for all values of an object, since the lines of rendered text are in no file."""

    location: SourceLocation

    @property
    def unit(self) -> str:
        return self.location.file

    def locate(self, _path: FieldPath) -> SourceLocation:
        return self.location


def _located(documents: Documents, location: SourceLocation) -> Documents:
    source = _RenderedSource(location)
    manifests = [replace(manifest, source=source) for manifest in documents.manifests]
    errors = [UnreadableInput(error.file, error.reason) for error in documents.errors]
    return replace(documents, manifests=manifests, errors=errors)


def _failure(folder: str, error: ToolFailed) -> Documents:
    reason = str(error).replace(os.path.abspath(folder), folder).rstrip(".")
    return Documents(errors=[UnreadableInput(folder, reason)])
