"""Finds the files in a directory that are read, by their names, `.gitignore` files and patterns."""

# A path stays a string, so that messages show it as it was typed.

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from msgspec import Struct, field

from pulumi_probes.codec.ignore_files import IGNORE_FILE, IgnoreRules, Patterns, rules_above
from pulumi_probes.codec.open_file import unreadable
from pulumi_probes.model.errors import UnreadableInput

SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})
"""The suffixes of the files that are read in a directory."""

KUSTOMIZATIONS: Final = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
"""The names of a kustomization."""

CHART: Final = "Chart.yaml"
"""The name of the file that makes a directory a Helm chart."""

_SKIPPED_FOLDERS: Final = frozenset({"node_modules", "__pycache__"})
_TEMPLATE_PARTS: Final = frozenset({"templates", "charts"})
_RENDERED_PARTS: Final = frozenset({"templates", "charts", "crds"})
_OCI_LAYOUT: Final = "oci-layout"
_CHART_REASON: Final = (
    "a Helm chart, whose templates are not read; audit it with --render, or with "
    "`helm template {folder} | probes audit -`"
)
_OCI_REASON: Final = (
    "an OCI image layout, whose content is not read; unpack it, or pull the chart in it with `helm pull --untar` and "
    "audit that"
)


class Search(Struct, frozen=True, kw_only=True):
    """The files of directories that are read; a file that is named itself is always read.

    A file must pass all of these. Patterns have the syntax of `.gitignore` and are relative to the searched directory.

    Attributes:
        respect_gitignore: whether files that `.gitignore` excludes are skipped.
        include: if there are any, only files that match one of these patterns are read.
        exclude: files and directories that match one of these patterns are skipped.
        render: whether charts and kustomizations are rendered.
    """

    respect_gitignore: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    render: bool = False


class FolderContent(Struct):
    """The files in a directory.

    Attributes:
        files: the files to read, sorted by name in each directory.
        charts: the Helm charts to render.
        excluded: the number of files and directories that `.gitignore` files exclude.
        errors: what went wrong, and what cannot be read.
    """

    files: list[str] = field(default_factory=list[str])
    charts: list[str] = field(default_factory=list[str])
    excluded: int = 0
    errors: list[UnreadableInput] = field(default_factory=list[UnreadableInput])


def search_folder(top: str, search: Search | None = None) -> FolderContent:
    """Find the files in a directory and its subdirectories; each directory once, even if links lead to it."""
    return _Walk(top, search or Search()).run()


class _Walk:
    def __init__(self, top: str, search: Search) -> None:
        self._top = top
        self._search = search
        self._include = Patterns(search.include) if search.include else None
        self._exclude = Patterns(search.exclude) if search.exclude else None
        self._result = FolderContent()

    def run(self) -> FolderContent:
        rules = rules_above(self._top) if self._search.respect_gitignore else IgnoreRules()
        waiting = [(self._top, "", rules)]
        seen: set[tuple[int, int]] = set()
        while waiting:
            folder, relative, rules = waiting.pop()
            try:
                status = os.stat(folder)  # noqa: PTH116 - paths stay as typed
                if (identity := (status.st_dev, status.st_ino)) in seen:
                    continue
                seen.add(identity)
                with os.scandir(folder) as entries:
                    ordered = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                self._result.errors.append(unreadable(folder, error))
                continue
            waiting += reversed(self._visit(folder, relative, ordered, rules))
        return self._result

    def _visit(
        self, folder: str, relative: str, entries: Sequence[os.DirEntry[str]], rules: IgnoreRules
    ) -> list[tuple[str, str, IgnoreRules]]:
        """Take the files of a directory, and return the directories in it to search."""
        names = {entry.name for entry in entries}
        if self._search.respect_gitignore and IGNORE_FILE in names:
            rules = rules.below(folder, relative)
        prefix = f"{relative}/" if relative else ""
        if _OCI_LAYOUT in names and self._is_read(prefix + _OCI_LAYOUT, rules):
            self._result.errors.append(UnreadableInput(folder, _OCI_REASON))
            return []
        below: list[os.DirEntry[str]] = []
        read: set[str] = set()
        for entry in entries:
            if _is_folder(entry):
                if _is_searched(entry.name) and self._is_entered(prefix + entry.name, rules):
                    below.append(entry)
            elif _is_manifest_name(entry.name) and self._is_read(prefix + entry.name, rules):
                self._result.files.append(entry.path)
                read.add(entry.name)
        found = {entry.name for entry in below}
        if CHART in names and self._search.render and found & {"templates", "charts"}:
            below = [entry for entry in below if entry.name not in _RENDERED_PARTS]
            self._result.charts += [folder] if CHART in read else []
        elif CHART in names and "templates" in found:
            below = [entry for entry in below if entry.name not in _TEMPLATE_PARTS]
            if CHART in read:
                self._result.errors.append(UnreadableInput(folder, _CHART_REASON.format(folder=folder)))
        return [(entry.path, prefix + entry.name, rules) for entry in below]

    def _is_entered(self, path: str, rules: IgnoreRules) -> bool:
        """Whether a directory is searched; its path is relative to the top."""
        if rules.levels and rules.excludes(path, is_folder=True):
            self._result.excluded += 1
            return False
        return self._exclude is None or not self._exclude.decision(path, is_folder=True)

    def _is_read(self, path: str, rules: IgnoreRules) -> bool:
        """Whether a file is read; its path is relative to the top."""
        if rules.levels and rules.excludes(path, is_folder=False):
            self._result.excluded += 1
            return False
        if self._exclude is not None and self._exclude.decision(path):
            return False
        return self._include is None or bool(self._include.decision(path))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a cycle; opening it will report that
        return False


def _is_searched(name: str) -> bool:
    return not name.startswith(".") and name not in _SKIPPED_FOLDERS


def _is_manifest_name(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in SUFFIXES or name in KUSTOMIZATIONS  # noqa: PTH122 - as above
