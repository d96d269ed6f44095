"""Archives and files that SOPS has encrypted."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from pulumi_probes.codec.files import read_paths
from pulumi_probes.model.note import InputNote

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"
METADATA = "sops:\n  lastmodified: '2026-01-01T00:00:00Z'\n  mac: ENC[AES256_GCM,data:CANARY]\n  version: 3.9.0\n"
SEALED = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: 'ENC[AES256_GCM,data:CANARY]'}\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("secret.yaml", SEALED + METADATA),
        ("values.yaml", "password: ENC[AES256_GCM,data:CANARY]\n" + METADATA),
        ("whole.yaml", "apiVersion: ENC[AES256_GCM,data:C]\nkind: ENC[AES256_GCM,data:C]\n" + METADATA),
        ("secret.json", '{"data": "ENC[CANARY]", "sops": {"lastmodified": "2026", "mac": "ENC[CANARY]"}}'),
    ],
)
def test_an_encrypted_file(tmp_path: Path, name: str, text: str) -> None:
    """It is skipped with a note, which has nothing of its content, even if it is the only file."""
    file = tmp_path / name
    file.write_text(text)
    documents = read_paths([str(file)])
    assert ([], [], []) == (documents.manifests, documents.others, documents.errors)
    assert [InputNote(str(file), "skipped, because it is encrypted with SOPS")] == documents.notes


def test_an_encrypted_document_among_others(tmp_path: Path) -> None:
    """The others are read."""
    (tmp_path / "all.yaml").write_text(f"{POD}---\n{SEALED}{METADATA}")
    documents = read_paths([str(tmp_path)])
    assert (["Pod"], 1) == ([manifest.content["kind"] for manifest in documents.manifests], len(documents.notes))


@pytest.mark.parametrize(
    "text",
    [
        "sops: {lastmodified: 1}\n",
        "sops: [mac, lastmodified]\n",
        "spec:\n  sops: {lastmodified: 1, mac: 1}\n",
        'metadata: {annotations: {"sops": "mac lastmodified"}}\n',
    ],
)
def test_an_object_that_only_mentions_sops(tmp_path: Path, text: str) -> None:
    """It is read like any other."""
    (tmp_path / "one.yaml").write_text(f"apiVersion: v1\nkind: Pod\n{text}")
    documents = read_paths([str(tmp_path)])
    assert (1, []) == (len(documents.manifests), documents.notes)


def archive(name: str) -> bytes:
    """The bytes of an archive with a manifest."""
    if name.endswith(".zip"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as content:
            content.writestr("one.yaml", POD)
        return buffer.getvalue()
    return gzip.compress(POD.encode())


@pytest.mark.parametrize("name", ["cart-1.0.tgz", "cart.tar.gz", "cart.zip", "cart.yaml"])
def test_an_archive(tmp_path: Path, name: str) -> None:
    """An archive is an error that says what to do, whatever its name is."""
    file = tmp_path / name
    file.write_bytes(archive(name))
    (error,) = read_paths([str(file)]).errors
    assert (
        f"an archive, whose content is not read; unpack it, or if it is a chart, audit it with `helm template {file}"
        in error.reason
    )


def test_an_archive_on_standard_input() -> None:
    """The command in the message names no file."""
    (error,) = read_paths(["-"], standard_input=io.BytesIO(archive("a.tgz"))).errors
    assert "`helm template CHART | probes audit -`" in error.reason
