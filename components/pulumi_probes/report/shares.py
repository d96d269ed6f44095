"""The part of an audit that one process does: it reads and audits its share of the files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from pulumi_probes.codec.documents import DocumentReader
from pulumi_probes.codec.files import FileDocuments, is_patch_file, read_source_file
from pulumi_probes.codec.gitops import GitOpsObjects
from pulumi_probes.codec.manifest import built, read_shared, shared_objects
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import SourceLocation
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.note import InputNote
from pulumi_probes.model.waiver import WrittenWaiver
from pulumi_probes.report.evaluation import Auditor, PartialAudit
from pulumi_probes.report.policy import Policy
from pulumi_probes.report.report import InputError


class SharedSource(Struct, frozen=True):
    """Locates the values of a Service from another process by reading its file again, if there is a finding.

    Attributes:
        file: the file.
        number: the position of the object among the shared ones of the file.
    """

    file: str
    number: int

    @property
    def unit(self) -> str:
        """The file."""
        return self.file

    def locate(self, path: FieldPath) -> SourceLocation | None:
        """The line of a value; only the file for the object itself, or if the file has changed."""
        if path.segments:
            documents = read_source_file(self.file, DocumentReader(for_rules=True)).documents
            found = next(islice(shared_objects(documents.manifests), self.number, None), None)
            if found is not None and found.source is not None:
                return found.source.locate(path)
        return SourceLocation(file=self.file)


class AuditedFile(Struct, frozen=True):
    """The content of a file that all processes must know.

    Attributes:
        source: the position of its source.
        file: its name.
        errors: what could not be read.
        notes: remarks about what was skipped.
        has_manifests: whether it contains objects.
        patches: the real paths of the files that it lists as patches.
        shared: the objects in it that rules look at in addition to a workload.
        gitops: the objects of Argo CD and Flux in it.
    """

    source: int
    file: str
    errors: tuple[InputError, ...]
    notes: tuple[InputNote, ...]
    has_manifests: bool
    patches: frozenset[str]
    shared: tuple[Manifest, ...]
    gitops: GitOpsObjects


class Exchange(Struct, frozen=True):
    """The content of all files that a process must know to audit its own.

    Attributes:
        patches: for each source, the real paths of the files that are patches.
        shared: the objects in all files that rules look at in addition to a workload.
    """

    patches: tuple[frozenset[str], ...]
    shared: tuple[Manifest, ...]


class Share:
    """The files that one process audits.

    Args:
        files: their names, each with the position of its source.
        policy: the rules, their levels and their parameters.
        waivers: waivers from files.
        today: the date that decides which waivers have expired.
    """

    def __init__(
        self, files: Sequence[tuple[int, str]], policy: Policy, waivers: Sequence[WrittenWaiver], today: date
    ) -> None:
        self.files = files
        self._auditor = Auditor(policy, waivers=waivers, today=today)
        self._read: list[tuple[int, FileDocuments]] = []

    def read(self, progress: Callable[[str], None] | None = None) -> list[AuditedFile]:
        """Read the files."""
        reader = DocumentReader(for_rules=True)
        result: list[AuditedFile] = []
        for source, file in self.files:
            if progress is not None:
                progress(file)
            read = read_source_file(file, reader)
            self._read.append((source, read))
            result.append(_summary(source, read))
        return result

    def audit(self, exchange: Exchange) -> PartialAudit:
        """Audit the objects in the files."""
        shared = read_shared(exchange.shared)
        result = PartialAudit()
        for source, read in self._read:
            is_patch = is_patch_file(read.file, exchange.patches[source])
            documents = read.documents.as_patches() if is_patch else read.documents
            result.extend(self._auditor.audit_part(documents.manifests, shared))
        return result


def _summary(source: int, read: FileDocuments) -> AuditedFile:
    documents = read.documents
    shared = (
        _sendable(manifest, SharedSource(read.file, number))
        for number, manifest in enumerate(shared_objects(documents.manifests))
    )
    return AuditedFile(
        source=source,
        file=read.file,
        errors=tuple(InputError.of(error) for error in documents.errors),
        notes=tuple(documents.notes),
        has_manifests=bool(documents.manifests),
        patches=frozenset(read.patches),
        shared=tuple(shared),
        gitops=read.gitops,
    )


def _sendable(manifest: Manifest, source: SharedSource) -> Manifest:
    """A manifest that can be sent to another process."""
    return replace(built(manifest), source=source)
