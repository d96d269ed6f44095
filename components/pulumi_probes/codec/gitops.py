"""Finds the directories that objects of Argo CD and Flux deploy from the repository that they are in.

No repository is downloaded: a directory is found if the address of its repository is a remote of the Git work tree with
the file, and if it exists there.
"""

# A path stays a string, so that messages show it as it was typed.
# ruff: noqa: PTH112, PTH113, PTH118, PTH120, PTH123

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct, field

from pulumi_probes.codec.ignore_files import work_tree_of
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.note import InputNote
from pulumi_probes.model.plurals import counted

_ARGO: Final = "argoproj.io"
_FLUX: Final = {
    "GitRepository": "source.toolkit.fluxcd.io",
    "Kustomization": "kustomize.toolkit.fluxcd.io",
    "HelmRelease": "helm.toolkit.fluxcd.io",
}
_BOOTSTRAPPED: Final = "flux-system"
_REMOTE_URL: Final = r"(?m)^\s*url\s*=\s*(\S+)\s*$"
_ADDRESS: Final = r"(?i)^(?:[a-z+]+://)?(?:[^@/]*@)?(.*?)(?:\.git)?/*$"
_MAXIMUM_BYTES: Final = 1024 * 1024

Name = tuple[str, str]
"""The namespace and the name of an object."""


class Deployed(Struct, frozen=True, kw_only=True):
    """A directory or something else that an object deploys.

    Attributes:
        subject: the kind and the name of the object.
        file: the file with the object.
        namespace: the namespace of the object.
        url: the address of the repository; None if it is that of `repository`, or none.
        repository: the name of the Flux object with the address.
        path: the directory in the repository; None for something that is not in a Git repository.
    """

    subject: str
    file: str
    url: str | None = None
    repository: Name | None = None
    path: str | None = None


class GitOpsObjects(Struct):
    """The objects of Argo CD and Flux in files.

    Attributes:
        deployed: what they deploy.
        repositories: the addresses of Flux's Git repositories, by their names.
    """

    deployed: list[Deployed] = field(default_factory=list[Deployed])
    repositories: dict[Name, str] = field(default_factory=dict["Name", str])

    def extend(self, other: GitOpsObjects) -> None:
        """Add the objects of another file."""
        self.deployed += other.deployed
        self.repositories |= other.repositories

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.deployed or self.repositories)


class Followed(Struct):
    """Directories that are deployed.

    Attributes:
        folders: the directories that no path covers, with what deploys them.
        elsewhere: what is not in the repository.
        notes: sources that are not followed, with the reason.
    """

    folders: dict[str, Deployed] = field(default_factory=dict[str, "Deployed"])
    elsewhere: list[Deployed] = field(default_factory=list["Deployed"])
    notes: list[InputNote] = field(default_factory=list[InputNote])


def find_gitops_objects(manifests: Iterable[Manifest], file: str) -> GitOpsObjects:
    """Find the objects of Argo CD and Flux in a file."""
    result = GitOpsObjects()
    for manifest in manifests:
        content = manifest.content
        kind, group = content.get("kind"), str(content.get("apiVersion")).partition("/")[0]
        spec = _mapping(content.get("spec")) if group == _ARGO or _FLUX.get(str(kind)) == group else {}
        if not spec:
            continue
        metadata = _mapping(content.get("metadata"))
        name = (str(metadata.get("namespace") or ""), str(metadata.get("name")))
        subject = f"{kind} {name[1]}"
        if kind == "ApplicationSet":
            spec = _mapping(_mapping(spec.get("template")).get("spec"))
        if kind in ("Application", "ApplicationSet"):
            result.deployed += (
                Deployed(subject=subject, file=file, url=url, path=path) for url, path in _argo_sources(spec)
            )
        elif kind == "GitRepository" and isinstance(url := spec.get("url"), str):
            result.repositories[name] = url
        elif kind == "Kustomization":
            path = spec.get("path", "")
            result.deployed.append(_flux(subject, file, name[0], spec.get("sourceRef"), path))
        elif kind == "HelmRelease":
            chart = _mapping(_mapping(spec.get("chart")).get("spec"))
            result.deployed.append(_flux(subject, file, name[0], chart.get("sourceRef"), chart.get("chart")))
    return result


def follow(objects: GitOpsObjects, covered: Iterable[str]) -> Followed:
    """Find the directories that objects deploy.

    Args:
        objects: the objects in all files.
        covered: the files and directories that are read; what is in them is not listed again.
    """
    result = Followed()
    known = [os.path.realpath(path) for path in covered if "\0" not in path]
    for deployed in objects.deployed:
        top = work_tree_of(os.path.realpath(os.path.dirname(deployed.file) or "."))
        if top is None or deployed.path is None or not _is_same(deployed, objects.repositories, top):
            result.elsewhere.append(deployed)
            continue
        real = os.path.realpath(os.path.join(top, deployed.path.lstrip("/").replace("\0", "/")))
        reason = _problem(deployed.path, real, top)
        if reason is not None:
            result.notes.append(InputNote(deployed.file, f"{deployed.subject} is not followed, because {reason}"))
        elif not any(real == path or real.startswith(f"{path}{os.sep}") for path in known):
            result.folders.setdefault(os.path.relpath(real), deployed)
    return result


def notes_of(objects: GitOpsObjects, covered: Iterable[str]) -> list[InputNote]:
    """The notes about objects whose directories are not read."""
    found = follow(objects, covered)
    notes = found.notes + [
        InputNote(
            deployed.file,
            f"{deployed.subject} deploys {folder}, which is not audited; add it to the paths, or use --render",
        )
        for folder, deployed in found.folders.items()
    ]
    if found.elsewhere:
        first, *others = found.elsewhere
        subject = first.subject if not others else f"{first.subject} and {counted(len(others), 'other object')}"
        verb = "deploys" if not others else "deploy"
        notes.append(InputNote(first.file, f"{subject} {verb} from outside of this repository, which is not audited"))
    return notes


def _argo_sources(spec: Mapping[Any, Any]) -> Iterator[tuple[str | None, str | None]]:
    sources = spec.get("sources")
    for entry in [spec.get("source"), *(sources if isinstance(sources, list) else [])]:
        source = _mapping(entry)
        url, path = source.get("repoURL"), source.get("path")
        if isinstance(url, str) and (isinstance(path, str) or source.get("chart") is not None):
            yield url, path if isinstance(path, str) else None


def _flux(subject: str, file: str, namespace: str, reference: Any, path: Any) -> Deployed:
    source = _mapping(reference)
    if source.get("kind") != "GitRepository" or not isinstance(path, str):
        return Deployed(subject=subject, file=file)
    name = (str(source.get("namespace") or namespace), str(source.get("name")))
    return Deployed(subject=subject, file=file, repository=name, path=path)


def _is_same(deployed: Deployed, repositories: Mapping[Name, str], top: str) -> bool:
    """Whether something is deployed from the repository of a work tree."""
    url = deployed.url
    if deployed.repository is not None:
        url = repositories.get(deployed.repository)
        # The repository that Flux was set up from, whose object is often not among the files.
        if url is None and deployed.repository[1] == _BOOTSTRAPPED:
            return True
    return url is not None and _plain(url) in _remotes(top)


def _problem(path: str, real: str, top: str) -> str | None:
    if "{{" in path:
        return "its path is a template"
    if "\0" in path or not f"{real}{os.sep}".startswith(f"{os.path.realpath(top)}{os.sep}"):
        return "its path leads out of the repository"
    return None if os.path.isdir(real) else "its path is not a directory in the repository"


@lru_cache(maxsize=64)
def _remotes(top: str) -> frozenset[str]:
    """The addresses of the remotes of a work tree."""
    folder = os.path.join(top, ".git")
    with suppress(OSError, UnicodeDecodeError):
        if os.path.isfile(folder):  # a work tree beside the first one, or a submodule
            folder = os.path.join(top, _text(folder).removeprefix("gitdir:").strip())
            common = os.path.join(folder, "commondir")
            folder = os.path.join(folder, _text(common).strip()) if os.path.isfile(common) else folder
        return frozenset(map(_plain, re.findall(_REMOTE_URL, _text(os.path.join(folder, "config")))))
    return frozenset()


def _plain(url: str) -> str:
    """An address without what differs between the ways to write it."""
    match = re.match(_ADDRESS, url.strip())
    return (match[1] if match is not None else url).replace(":", "/").casefold()


def _text(file: str) -> str:
    with open(file, encoding="utf-8") as stream:
        return stream.read(_MAXIMUM_BYTES)


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}
