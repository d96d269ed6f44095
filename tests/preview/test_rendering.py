"""Manifests are written as by the provider, without secrets, and never outside of the directory."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.codec.documents import read_text
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.values import UNKNOWN, Secret
from pulumi_probes.preview.manifests import ProgramManifests
from pulumi_probes.preview.recording import Registration
from pulumi_probes.preview.rendering import rendered, to_yaml, write_manifests

CONFIG_MAP: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}


def found(*contents: Mapping[str, Any], is_patch: bool = False) -> ProgramManifests:
    """Objects as in a program."""
    registrations = [
        Registration(
            urn=f"urn:{index}",
            type_token="kubernetes:core/v1:X",  # noqa: S106 - a type
            name=f"x{index}",
            parent=None,
            properties=struct_pb2.Struct(),
            inputs=content,
        )
        for index, content in enumerate(contents)
    ]
    return ProgramManifests([Manifest(content=content, is_patch=is_patch) for content in contents], registrations)


def written(folder: Path) -> dict[str, Any]:
    """The written files: path below the directory -> content."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): yaml.safe_load(path.read_text()) for path in files}


def test_names_and_folders(tmp_path: Path) -> None:
    """Directories, names and permissions are those of the provider."""
    folder = tmp_path / "out"
    crd = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "a.b.c"}}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "system:x"}}
    web = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}}
    write_manifests(found(crd, role, web, CONFIG_MAP), folder)
    assert {
        "0-crd/apiextensions.k8s.io_v1-customresourcedefinition-default-a.b.c.yaml": crd,
        "1-manifest/rbac.authorization.k8s.io_v1-clusterrole-default-system:x.yaml": role,
        "1-manifest/apps_v1-deployment-shop-web.yaml": web,
        "1-manifest/v1-configmap-default-c.yaml": CONFIG_MAP,
    } == written(folder)
    file = folder / "1-manifest" / "v1-configmap-default-c.yaml"
    assert (0o600, 0o700) == (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode))


def test_generated_names(tmp_path: Path) -> None:
    """An object without a name gets that of the program, with eight x, and the provider's annotation."""
    write_manifests(found({"apiVersion": "v1", "kind": "Pod"}), tmp_path)
    metadata = {"name": "x0-xxxxxxxx", "annotations": {"pulumi.com/autonamed": "true"}}
    assert {
        "1-manifest/v1-pod-default-x0-xxxxxxxx.yaml": {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}
    } == written(tmp_path)


def test_secrets_and_unknown_values() -> None:
    """Secrets are hidden unless requested, and so are all values of a Secret."""
    content = {**CONFIG_MAP, "data": {"a": Secret("CANARY"), "b": UNKNOWN, "c": Secret({"d": "CANARY", "e": 1})}}
    assert {"a": "[secret]", "b": "[unknown]", "c": {"d": "[secret]", "e": 1}} == rendered(content, "c")["data"]
    assert {"a": "CANARY", "b": "[unknown]", "c": {"d": "CANARY", "e": 1}} == rendered(content, "c", show_secrets=True)[
        "data"
    ]
    secret = {**CONFIG_MAP, "kind": "Secret", "data": {"x": "Q0FOQVJZ"}, "stringData": {"y": "CANARY", "z": UNKNOWN}}
    assert dict.fromkeys("xyz", "[secret]") == rendered(secret, "s")["data"]
    shown = rendered(secret, "s", show_secrets=True)
    assert {"x": "Q0FOQVJZ", "y": "Q0FOQVJZ", "z": "[unknown]"} == shown["data"]
    assert "stringData" not in shown


def test_what_the_provider_drops() -> None:
    """Null, empty values of variables and read-only metadata are not written; custom resources keep null."""
    content = {
        **CONFIG_MAP,
        "metadata": {"name": "c", "uid": "1", "generation": 2},
        "x": None,
        "env": [{"name": "A", "value": ""}],
    }
    assert {**CONFIG_MAP, "env": [{"name": "A"}]} == rendered(content, "c")
    custom = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "x": None}
    assert custom == rendered(custom, "w")


@given(
    st.text(max_size=40) | st.sampled_from(["1e3", "0o17", "yes", "y", "~", "22:22", "2024-01-31", "a: b", "=", "<<"])
)
def test_text_stays_text(text: str) -> None:
    """Kubernetes reads every string back as the same string."""
    content = {**CONFIG_MAP, "data": {"key": text}}
    documents = read_text(to_yaml(content), "x")
    assert ([], [content]) == (documents.errors, [manifest.content for manifest in documents.manifests])


@given(
    st.fixed_dictionaries(
        {key: st.text(max_size=300) for key in ("name", "namespace")},
    ),
    st.text(min_size=1, max_size=60),
    st.text(min_size=1, max_size=60),
)
def test_nothing_leaves_the_folder(
    tmp_path_factory: pytest.TempPathFactory, metadata: dict[str, str], api_version: str, kind: str
) -> None:
    """No name, namespace, kind or version can be used to write outside of the directory."""
    folder = tmp_path_factory.mktemp("out")
    try:
        result = write_manifests(found({"apiVersion": api_version, "kind": kind, "metadata": metadata}), folder / "out")
    except UnreadableInput:
        return
    assert [folder / "out"] == list(folder.iterdir())
    (file,) = result.files
    assert file.resolve().is_relative_to((folder / "out").resolve())
    assert file.is_file()


@pytest.mark.parametrize("name", ["../../../x", "/etc/passwd", "a/b", "..", "x\0y", "a\nb"])
def test_names_made_to_escape(tmp_path: Path, name: str) -> None:
    """Separators in names become underscores."""
    result = write_manifests(found({**CONFIG_MAP, "metadata": {"name": name, "namespace": name}}), tmp_path / "out")
    assert [tmp_path / "out" / "1-manifest"] == [file.parent for file in result.files]
    assert ["out"] == [path.name for path in tmp_path.iterdir()]


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A link in the directory is not followed to another place."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("kept")
    folder = tmp_path / "out"
    (folder / "1-manifest").mkdir(parents=True)
    (folder / "1-manifest" / "v1-configmap-default-c.yaml").symlink_to(elsewhere / "file")
    second = {**CONFIG_MAP, "metadata": {"name": "d"}}
    result = write_manifests(found(CONFIG_MAP, second), folder)
    assert [folder / "1-manifest" / "v1-configmap-default-d.yaml"] == result.files
    assert [str(folder / "1-manifest" / "v1-configmap-default-c.yaml")] == [error.file for error in result.errors]
    assert [] == result.leftovers
    assert "kept" == (elsewhere / "file").read_text()
    other = tmp_path / "other"
    other.mkdir()
    (other / "1-manifest").symlink_to(elsewhere)
    (error,) = write_manifests(found(CONFIG_MAP), other).errors
    assert "is outside of the output directory, because of a link" == error.reason
    assert ["file"] == [path.name for path in elsewhere.iterdir()]


def test_patches_and_shared_names(tmp_path: Path) -> None:
    """A patch does not overwrite its object, and two objects of one name are both kept; both are reported."""
    result = write_manifests(found(CONFIG_MAP, {**CONFIG_MAP, "data": {"a": "b"}}), tmp_path)
    assert ["v1-configmap-default-c.yaml", "v1-configmap-default-c-2.yaml"] == [file.name for file in result.files]
    assert 1 == len(result.diagnostics)
    patched = write_manifests(found(CONFIG_MAP, is_patch=True), tmp_path / "patched")
    assert ([], 1) == (patched.files, len(patched.diagnostics))


def test_a_directory_that_cannot_be_created(tmp_path: Path) -> None:
    """A file in place of the directory is an error with its name."""
    (tmp_path / "out").write_text("")
    with pytest.raises(UnreadableInput, match="out"):
        write_manifests(found(CONFIG_MAP), tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "is_leftover"),
    [
        ("1-manifest/v1-configmap-default-old.yaml", True),
        ("1-manifest/v1-configmap-other-c.yaml", True),
        ("1-manifest/apps_v1-deployment-default-web.yaml", True),
        ("0-crd/apiextensions.k8s.io_v1-customresourcedefinition-default-x.yaml", True),
        ("1-manifest/v1-configmap-default-c.yaml", False),
        ("1-manifest/kustomization.yml", False),
        ("1-manifest/README.md", False),
        ("kustomization.yaml", False),
        ("2-own/v1-configmap-default-old.yaml", False),
        ("1-manifest/own/v1-configmap-default-old.yaml", False),
    ],
)
def test_leftovers(tmp_path: Path, name: str, *, is_leftover: bool) -> None:
    """Manifests of objects that are no longer in the program are listed, and kept."""
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("old")
    result = write_manifests(found(CONFIG_MAP), tmp_path)
    assert ([file] if is_leftover else []) == result.leftovers
    assert file.exists()


def test_the_command_names_leftovers(tmp_path: Path, probes: Callable[..., tuple[int, str, str]]) -> None:
    """The report has a note about each of them, whatever its format."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("")
    old = tmp_path / "out" / "1-manifest" / "v1-configmap-default-old.yaml"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    for name in ("text", "concise", "json", "sarif", "github", "markdown"):
        status, out, _ = probes("preview", str(tmp_path), "--out", str(tmp_path / "out"), "--format", name)
        assert 0 == status
        assert "belongs to no object of the program any more" in " ".join(out.split())
