"""Fixes findings of files: makes the changes that rules propose, and keeps those that another audit confirms."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from pulumi_probes.codec.yaml_edit import NotEditable
from pulumi_probes.fixes.document import Document, DocumentLocation, SourceFile, numbered, open_document
from pulumi_probes.fixes.result import FileChange, Fixes, UnfixedFinding
from pulumi_probes.model.edit import Edit, MoveField, RemoveField, RenameField, SetField, below, is_in_conflict
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Finding, Severity
from pulumi_probes.model.manifest import Manifest

MAXIMUM_ROUNDS: Final = 20
"""A fix may bring about another finding with a fix; two rules that contradict each other would go on without end."""

Audit = Callable[[Iterable[Manifest]], Iterable[Finding]]
"""Audits objects that are deployed together; returns the findings, waived ones included."""


def fix_files(manifests: Iterable[Manifest], audit: Audit) -> Fixes:
    """Compute how to fix the findings of objects from files; nothing is written.

    A fix is kept if the document still reads as the same object except for the changed fields, if the finding is gone,
    and if no warning or error has taken its place.

    Args:
        manifests: the objects, as `read_paths` returns them.
        audit: how they are audited.
    """
    return _Session(manifests, audit).run()


class _Key(Struct, frozen=True):
    """The identity of a finding from one audit to the next."""

    code: str
    document: int
    path: FieldPath
    container: str | None


class _Fix(Struct, frozen=True):
    key: _Key
    finding: Finding
    edits: tuple[Edit, ...]


class _Session:
    def __init__(self, manifests: Iterable[Manifest], audit: Audit) -> None:
        self._audit = audit
        self._manifests = numbered(manifests)
        self._files: dict[str, SourceFile | NotEditable] = {}
        self._documents: dict[int, Document | NotEditable] = {}
        self._refused: dict[_Key, UnfixedFinding] = {}
        self._fixed: dict[_Key, _Fix] = {}
        self._one_by_one: set[int] = set()
        self._strict: set[int] = set()

    def run(self) -> Fixes:
        first = findings = self._findings()
        while True:
            for _ in range(MAXIMUM_ROUNDS):
                made = self._make(self._chosen(findings))
                if not made:
                    break
                findings = self._confirmed(made, findings)
            # A finding that a fix has brought about was expected to be fixed in turn.
            unpaid = {key.document for key in _worse(findings, first)} - self._strict
            if not unpaid:
                break
            self._undo(unpaid)
            self._strict |= unpaid
            findings = self._findings()
        left = {key for key, finding in findings.items() if finding.waiver is None}
        return Fixes(
            changes=tuple(self._changes()),
            fixed=tuple(self._with_replacement(fix) for fix in self._fixed.values()),
            refused=tuple(entry for key, entry in self._refused.items() if key in left),
            remaining=len(left - self._refused.keys()),
        )

    def _findings(self) -> dict[_Key, Finding]:
        return {_key(finding): finding for finding in self._audit(self._manifests)}

    def _chosen(self, findings: dict[_Key, Finding]) -> dict[int, list[_Fix]]:
        """The fixes of the next round, by document; what conflicts with another one waits for a later round."""
        chosen: dict[int, list[_Fix]] = {}
        # Renamed and moved fields first: the other fixes are computed with their values from the next round on.
        for key, finding in sorted(findings.items(), key=lambda item: not _is_restored(item[1])):
            location = finding.source
            if not finding.edits or finding.waiver is not None or key in self._refused:
                continue
            if not isinstance(location, DocumentLocation):
                self._refused[key] = UnfixedFinding(finding, "its place in a file is not known")
                continue
            prefix = location.path.segments[: len(location.path.segments) - len(finding.path.segments)]
            fix = _Fix(key, finding, tuple(below(edit, FieldPath(prefix)) for edit in finding.edits))
            others = chosen.setdefault(key.document, [])
            is_alone = not others or key.document not in self._one_by_one
            if is_alone and not any(_conflict(fix, other) for other in others):
                others.append(fix)
        return chosen

    def _make(self, chosen: dict[int, list[_Fix]]) -> dict[int, tuple[list[_Fix], str, Manifest]]:
        """Make fixes; returns what was made, by document, with the text and the object before."""
        made: dict[int, tuple[list[_Fix], str, Manifest]] = {}
        for number, fixes in chosen.items():
            document = self._document(number)
            for fix in fixes:
                if isinstance(document, NotEditable):
                    self._refused[fix.key] = UnfixedFinding(fix.finding, str(document))
                    continue
                try:
                    text, manifest = document.with_edits(fix.edits)
                except NotEditable as reason:
                    self._refused[fix.key] = UnfixedFinding(fix.finding, str(reason))
                    continue
                made.setdefault(number, ([], document.after, document.manifest))[0].append(fix)
                self._set(document, text, manifest)
        return made

    def _confirmed(
        self, made: dict[int, tuple[list[_Fix], str, Manifest]], before: dict[_Key, Finding]
    ) -> dict[_Key, Finding]:
        """Audit again, undo what is not confirmed, and return the findings that are left."""
        after = self._findings()
        worse: dict[int, set[str]] = {}
        for key, finding in _worse(after, before).items():
            if not finding.edits or key in self._refused or key.document in self._strict:
                worse.setdefault(key.document, set()).add(key.code)
        undone = False
        for number, (fixes, text, manifest) in made.items():
            stayed = [fix for fix in fixes if fix.key in after]
            if not stayed and number not in worse:
                self._fixed |= {fix.key: fix for fix in fixes}
                continue
            document = self._document(number)
            if isinstance(document, NotEditable):
                continue
            self._set(document, text, manifest)
            undone = True
            if len(fixes) > 1 and number not in self._one_by_one:
                # One at a time, to find out which of them it was.
                self._one_by_one.add(number)
                continue
            others = ", ".join(sorted(worse.get(number, ())))
            reason = "the finding would stay" if stayed else f"{others} would take its place"
            self._refused |= {fix.key: UnfixedFinding(fix.finding, reason) for fix in fixes}
        return self._findings() if undone else after

    def _undo(self, numbers: Collection[int]) -> None:
        """Undo all fixes of documents."""
        for number in numbers:
            document = self._document(number)
            if isinstance(document, Document):
                self._set(document, document.before, document.original)
        self._fixed = {key: fix for key, fix in self._fixed.items() if key.document not in numbers}

    def _set(self, document: Document, text: str, manifest: Manifest) -> None:
        document.after, document.manifest = text, manifest
        self._manifests[document.number] = manifest

    def _document(self, number: int) -> Document | NotEditable:
        if number not in self._documents:
            try:
                self._documents[number] = open_document(number, self._manifests[number], self._file)
            except NotEditable as reason:
                self._documents[number] = reason
        return self._documents[number]

    def _file(self, path: str) -> SourceFile:
        if path not in self._files:
            try:
                self._files[path] = SourceFile(path)
            except NotEditable as reason:
                self._files[path] = reason
        found = self._files[path]
        if isinstance(found, NotEditable):
            raise found
        return found

    def _with_replacement(self, fix: _Fix) -> Finding:
        document = self._document(fix.key.document)
        found = document.replacement(fix.edits) if isinstance(document, Document) else None
        return replace(fix.finding, replacement=found)

    def _changes(self) -> Iterable[FileChange]:
        changed: dict[str, list[Document]] = {}
        for document in self._documents.values():
            if isinstance(document, Document) and document.after != document.before:
                changed.setdefault(document.file.path, []).append(document)
        for path, documents in changed.items():
            file = documents[0].file
            text = file.text
            for document in sorted(documents, key=lambda document: -document.offset):
                end = document.offset + len(document.before)
                text = text[: document.offset] + document.after + text[end:]
            yield FileChange(path, file.data, text.encode("utf-8"))


def _worse(after: dict[_Key, Finding], before: dict[_Key, Finding]) -> dict[_Key, Finding]:
    """The warnings and errors that were not there before."""
    return {
        key: finding
        for key, finding in after.items()
        if key not in before and finding.severity > Severity.ADVICE and finding.waiver is None
    }


def _key(finding: Finding) -> _Key:
    location = finding.source
    document = location.document if isinstance(location, DocumentLocation) else -1
    path = location.path if isinstance(location, DocumentLocation) else finding.path
    return _Key(finding.code, document, path, finding.container)


def _is_restored(finding: Finding) -> bool:
    """Whether a fix gives a field, which the API server drops, a name or a place that has a meaning."""
    removed = any(isinstance(edit, RemoveField) for edit in finding.edits)
    return any(
        isinstance(edit, (RenameField, MoveField)) or (removed and isinstance(edit, SetField)) for edit in finding.edits
    )


def _conflict(one: _Fix, other: _Fix) -> bool:
    return any(is_in_conflict(edit, second) for edit in one.edits for second in other.edits)
