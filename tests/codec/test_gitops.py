"""Objects of Argo CD and Flux: the directories that they deploy from the same repository."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_probes.codec import tools
from pulumi_probes.codec.files import read_paths
from pulumi_probes.codec.folders import Search

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"
CONFIG = '[remote "origin"]\n\turl = git@git.example:acme/shop.git\n'
ADDRESS = "https://git.example/acme/shop"


def argo(path: str = "apps/cart", url: str = ADDRESS, kind: str = "Application") -> str:
    """An object of Argo CD."""
    spec = {"source": {"repoURL": url, "path": path}}
    content = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": "cart"},
        "spec": spec if kind == "Application" else {"template": {"spec": spec}},
    }
    return json.dumps(content)


def flux(kind: str, spec: str, name: str = "cart") -> str:
    """An object of Flux."""
    group = {"Kustomization": "kustomize", "HelmRelease": "helm", "GitRepository": "source"}[kind]
    return (
        f"---\napiVersion: {group}.toolkit.fluxcd.io/v1\nkind: {kind}\n"
        f"metadata: {{name: {name}, namespace: flux-system}}\nspec: {spec}\n"
    )


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A work tree with a directory that is deployed, as the current directory."""
    for name, content in {".git/config": CONFIG, "apps/cart/web.yaml": POD, "clusters/a.yaml": ""}.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def notes(repository: Path, text: str, *paths: str) -> list[str]:
    """The notes about an object, without rendering."""
    (repository / "clusters" / "a.yaml").write_text(text)
    return [str(note) for note in read_paths(paths or ("clusters",)).notes]


DEPLOYS = "deploys apps/cart, which is not audited; add it to the paths, or use --render"
OUTSIDE = "from outside of this repository, which is not audited"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (argo(), f"Application cart {DEPLOYS}"),
        (argo(kind="ApplicationSet"), f"ApplicationSet cart {DEPLOYS}"),
        (argo(url="ssh://git@GIT.example/acme/shop.git/"), f"Application cart {DEPLOYS}"),
        (argo(url="https://user:CANARY@git.example/acme/other"), f"Application cart deploys {OUTSIDE}"),
        (argo(path="{{path}}"), "Application cart is not followed, because its path is a template"),
        (argo(path="../CANARY"), "Application cart is not followed, because its path leads out of the repository"),
        (
            argo(path="CANARY"),
            "Application cart is not followed, because its path is not a directory in the repository",
        ),
        (
            flux("Kustomization", "{path: ./apps/cart, sourceRef: {kind: GitRepository, name: flux-system}}"),
            f"Kustomization cart {DEPLOYS}",
        ),
        (
            flux("Kustomization", "{path: ./apps/cart, sourceRef: {kind: GitRepository, name: shop}}")
            + flux("GitRepository", f"{{url: {ADDRESS}}}", "shop"),
            f"Kustomization cart {DEPLOYS}",
        ),
        (
            flux("Kustomization", "{path: ./apps/cart, sourceRef: {kind: GitRepository, name: other}}"),
            f"Kustomization cart deploys {OUTSIDE}",
        ),
        (
            flux(
                "HelmRelease",
                "{chart: {spec: {chart: apps/cart, sourceRef: {kind: GitRepository, name: flux-system}}}}",
            ),
            f"HelmRelease cart {DEPLOYS}",
        ),
        (
            flux("HelmRelease", "{chart: {spec: {chart: cart, sourceRef: {kind: HelmRepository, name: a}}}}")
            + flux("HelmRelease", "{chartRef: {kind: OCIRepository, name: a}}", "b"),
            f"HelmRelease cart and 1 other object deploy {OUTSIDE}",
        ),
    ],
)
def test_notes(repository: Path, text: str, expected: str) -> None:
    """A local directory is named, and others are counted; neither addresses nor other paths are shown."""
    assert [f"clusters/a.yaml: {expected}"] == notes(repository, text)


def test_a_directory_that_is_read_anyway(repository: Path) -> None:
    """There is no note about it."""
    assert [] == notes(repository, argo(), ".")
    assert [] == notes(repository, argo(), "clusters", "apps")


def test_standard_input(repository: Path) -> None:
    """Paths are those in the work tree with the current directory; hostile paths are reported like others."""
    documents = read_paths(["-"], standard_input=io.BytesIO(argo().encode()))
    assert [f"<stdin>: Application cart {DEPLOYS}"] == [str(note) for note in documents.notes]
    (note,) = notes(repository, argo(path="a\0b"), "clusters", "a\0b")
    assert note.endswith("its path leads out of the repository")


def test_objects_of_other_groups(repository: Path) -> None:
    """Only the kinds of Argo CD and Flux are looked at."""
    text = argo().replace("argoproj.io", "acme.io")
    assert [] == notes(repository, text)


def test_a_link_out_of_the_repository(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """It is not followed."""
    (repository / "apps" / "link").symlink_to(tmp_path_factory.mktemp("other"))
    (note,) = notes(repository, argo(path="apps/link"))
    assert note.endswith("its path leads out of the repository")


def test_other_work_trees(repository: Path) -> None:
    """A work tree that `git worktree` has added has the remotes of the first one; without remotes, nothing is local."""
    (repository / ".git" / "worktrees" / "b").mkdir(parents=True)
    (repository / ".git" / "worktrees" / "b" / "commondir").write_text("../..\n")
    for name, git in (("b", f"gitdir: {repository}/.git/worktrees/b\n"), ("c", "gitdir: nowhere\n")):
        (repository / name / "apps" / "cart").mkdir(parents=True)
        (repository / name / ".git").write_text(git)
        (repository / name / "a.yaml").write_text(argo())
    assert "deploys b/apps/cart, " in read_paths(["b/a.yaml"]).notes[0].message
    assert OUTSIDE in read_paths(["c/a.yaml"]).notes[0].message


def test_directories_are_followed_with_render(repository: Path) -> None:
    """Also what objects in them deploy, and each directory once."""
    (repository / "apps" / "cart" / "more.yaml").write_text(argo(path="apps/more"))
    (repository / "apps" / "more").mkdir()
    (repository / "apps" / "more" / "a.yaml").write_text(f"{POD}---\n{argo()}\n---\n{argo(path='clusters')}")
    (repository / "clusters" / "a.yaml").write_text(argo())
    documents = read_paths(["clusters"], search=Search(render=True))
    assert ([], []) == (documents.errors, documents.notes)
    kinds = [manifest.content["kind"] for manifest in documents.manifests]
    assert (2, 4) == (kinds.count("Pod"), kinds.count("Application"))


def test_the_same_notes_in_several_processes(repository: Path, probes: Callable[..., tuple[int, str, str]]) -> None:
    """Each process knows what the files of the others deploy."""
    (repository / "clusters" / "a.yaml").write_text(argo())
    (repository / "clusters" / "b.yaml").write_text(argo(url="https://git.example/other"))
    one, two = (probes("audit", "clusters", "--format", "json", "--jobs", jobs) for jobs in ("1", "2"))
    assert one == two
    assert 2 == len(json.loads(one[1])["notes"])


def test_a_chart_is_rendered_if_it_is_deployed(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Like a chart in a path."""
    (repository / "apps" / "cart" / "Chart.yaml").write_text("name: cart\n")
    (repository / "apps" / "cart" / "templates").mkdir()
    (repository / "clusters" / "a.yaml").write_text(argo())
    monkeypatch.setattr(tools, "_run", lambda *_, **__: POD)
    documents = read_paths(["clusters"], search=Search(render=True))
    assert ["Application", "Pod", "Pod"] == [manifest.content["kind"] for manifest in documents.manifests]
