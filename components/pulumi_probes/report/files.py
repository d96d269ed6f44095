"""From files to a report, in several processes if there is enough to do.

Each process reads and audits its share of the files. Rules need the Services and disruption budgets of all shares, and
a file can be a patch of a kustomization in another share: this is exchanged in between. The report is the same for any
number of processes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from pulumi_probes.codec.files import (
    Source,
    find_sources,
    is_patch_file,
    no_manifest,
    read_paths,
)
from pulumi_probes.codec.folders import Search
from pulumi_probes.codec.gitops import GitOpsObjects, notes_of
from pulumi_probes.codec.manifest import read_shared
from pulumi_probes.model.waiver import WrittenWaiver, today_utc
from pulumi_probes.report.baseline import Fingerprint
from pulumi_probes.report.evaluation import Auditor, audit
from pulumi_probes.report.policy import Policy
from pulumi_probes.report.report import InputError, Report
from pulumi_probes.report.shares import AuditedFile, Exchange, Share

BYTES_PER_PROCESS: Final = 500_000
"""The size of files that is worth a process: about 400 manifests, or 0.1 seconds."""

BYTES_PER_NEW_PROCESS: Final = 2_000_000
"""The same where a new process must import all modules again."""

MOST_PROCESSES: Final = 8
"""The default maximum; with more, the exchange between them takes longer than they save."""


def audit_files(
    paths: Iterable[str],
    policy: Policy,
    *,
    search: Search | None = None,
    processes: int | None = None,
    waivers: Iterable[WrittenWaiver] = (),
    baseline: Collection[Fingerprint] = (),
    keep_stack: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Read and audit files, directories and `-`.

    Args:
        paths: the paths, as typed by the user; see `pulumi_probes.codec.files.read_paths`.
        policy: the rules, their levels and their parameters.
        search: the files of directories that are read; None for the default.
        processes: the number of processes; None for as many as make it faster, and without effect if charts and
            kustomizations are rendered.
        waivers: waivers from files; annotations are read here.
        baseline: fingerprints of known findings, which count as waived.
        keep_stack: whether the report gets the audited objects, for which one process must read them all.
        progress: called with the name of files before they are read.
    """
    paths, waivers, today = list(paths), list(waivers), today_utc()
    renders = search is not None and search.render
    if keep_stack or renders or processes == 1 or not all(map(_is_readable_anywhere, paths)):
        return _audit_alone(paths, policy, search, waivers, baseline, keep_stack=keep_stack, progress=progress)
    sources = find_sources(paths, search)
    portions = _portions(sources, processes)
    if len(portions) <= 1:
        return _audit_alone(paths, policy, search, waivers, baseline, keep_stack=keep_stack, progress=progress)
    from pulumi_probes.report.remote_share import RemoteShare  # imported late, most audits need one process

    first = Share(portions[0], policy, waivers, today)
    others: list[RemoteShare] = []
    try:
        others += (RemoteShare(portion, policy, waivers, today) for portion in portions[1:])
        files = first.read(progress)
        for share in others:
            files += share.read()
        exchange = _exchange(sources, files)
        for share in others:
            share.send(exchange)
        whole = first.audit(exchange)
        for share in others:
            whole.extend(share.audit(exchange))
        auditor = Auditor(policy, waivers=waivers, today=today)
        auditor.audit_services(read_shared(exchange.shared), whole)
    finally:
        for share in others:
            share.end()
    objects = GitOpsObjects()
    for file in files:
        objects.extend(file.gitops)
    notes = [note for file in files for note in file.notes] + notes_of(objects, paths)
    return auditor.report(whole, errors=_errors(sources, files), notes=notes, baseline=baseline)


def _audit_alone(
    paths: Iterable[str],
    policy: Policy,
    search: Search | None,
    waivers: Iterable[WrittenWaiver],
    baseline: Collection[Fingerprint],
    *,
    keep_stack: bool,
    progress: Callable[[str], None] | None,
) -> Report:
    documents = read_paths(paths, search=search, progress=progress)
    return audit(
        documents.manifests,
        policy,
        errors=[InputError.of(error) for error in documents.errors],
        notes=documents.notes,
        waivers=waivers,
        baseline=baseline,
        keep_stack=keep_stack,
    )


def _exchange(sources: Sequence[Source], files: Sequence[AuditedFile]) -> Exchange:
    patches = tuple(
        frozenset(path for file in files if file.source == number for path in file.patches)
        for number in range(len(sources))
    )
    shared = (
        manifest for file in files if not is_patch_file(file.file, patches[file.source]) for manifest in file.shared
    )
    return Exchange(patches, tuple(shared))


def _errors(sources: Sequence[Source], files: Sequence[AuditedFile]) -> list[InputError]:
    result: list[InputError] = []
    for number, source in enumerate(sources):
        own = [file for file in files if file.source == number]
        found = [InputError.of(error) for error in source.errors]
        found += [error for file in own for error in file.errors]
        if not found and not any(file.has_manifests or file.notes for file in own):
            found.append(InputError.of(no_manifest(source)))
        result += found
    return result


def _portions(sources: Sequence[Source], processes: int | None) -> list[list[tuple[int, str]]]:
    """Files in their order, in portions of about the same size; no portion is empty."""
    files = [(number, file) for number, source in enumerate(sources) for file in source.files]
    sizes = [_size(file) for _, file in files]
    total = sum(sizes)
    if processes is None:
        processes = min(_processors(), MOST_PROCESSES, _most_that_pay(total))
    portions: list[list[tuple[int, str]]] = [[] for _ in range(max(processes, 1))]
    before = 0
    for entry, size in zip(files, sizes, strict=True):
        portions[min(before * len(portions) // max(total, 1), len(portions) - 1)].append(entry)
        before += size
    return [portion for portion in portions if portion]


def _most_that_pay(total: int) -> int:
    if total < 2 * BYTES_PER_PROCESS:
        return 1
    from pulumi_probes.report.processes import can_fork  # imported late, most audits need one process

    return total // (BYTES_PER_PROCESS if can_fork() else BYTES_PER_NEW_PROCESS)


def _size(file: str) -> int:
    try:
        return max(os.path.getsize(file), 1)  # noqa: PTH202 - paths stay as typed
    except (OSError, ValueError):
        return 1


def _is_readable_anywhere(path: str) -> bool:
    """Whether every process can read it, or reports that it does not exist; pipes can be read only once."""
    if path == "-":
        return False
    return os.path.isdir(path) or os.path.isfile(path) or not os.path.lexists(path)  # noqa: PTH112, PTH113 - as typed


def _processors() -> int:
    """The number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
