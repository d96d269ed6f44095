"""Files, directories and standard input: which documents are found, and which are rejected with a reason."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pulumi_probes.codec import documents, open_file
from pulumi_probes.codec.documents import Documents, read_text
from pulumi_probes.codec.files import read_json_file, read_paths, read_yaml_file
from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import SourceLocation

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"


def read(*paths: Path | str) -> Documents:
    """Read paths."""
    return read_paths([str(path) for path in paths])


def reasons(documents: Documents) -> list[str]:
    """The reasons why inputs could not be read."""
    return [error.reason for error in documents.errors]


def test_a_folder_is_searched(tmp_path: Path) -> None:
    """YAML and JSON files of all levels are read in order; hidden directories and other files are skipped."""
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("b/two.yml", "one.yaml", "three.JSON", ".git/no.yaml", "readme.md"):
        (tmp_path / name).write_text(POD if not name.endswith("JSON") else '{"apiVersion": "v1", "kind": "Pod"}')
    seen: list[str] = []
    documents = read_paths([str(tmp_path)], progress=seen.append)
    assert ["one.yaml", "three.JSON", "b/two.yml"] == [str(Path(name).relative_to(tmp_path)) for name in seen]
    assert (3, []) == (len(documents.manifests), documents.errors)


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    """Overlapping paths do not duplicate findings."""
    (tmp_path / "one.yaml").write_text(POD)
    assert 1 == len(read(tmp_path / "one.yaml", tmp_path, tmp_path / "one.yaml").manifests)


def test_other_yaml_in_a_folder_is_passed_over(tmp_path: Path) -> None:
    """Configuration files of other tools are counted, not reported."""
    (tmp_path / "one.yaml").write_text(POD)
    (tmp_path / "values.yaml").write_text("replicas: 1\n")
    documents = read(tmp_path)
    assert (1, 1, []) == (len(documents.manifests), len(documents.others), documents.errors)


@pytest.mark.parametrize("content", ["", "# only a comment\n", "replicas: 1\n"])
def test_a_named_file_must_hold_a_manifest(tmp_path: Path, content: str) -> None:
    """A named file without a manifest is an error."""
    (tmp_path / "values.yaml").write_text(content)
    expected = ["contains no Kubernetes manifest (no document with apiVersion and kind)"]
    assert expected == reasons(read(tmp_path / "values.yaml"))
    assert expected == reasons(read(tmp_path))


def test_what_an_audit_only_counts_is_built_when_it_is_read(tmp_path: Path) -> None:
    """A definition of a custom resource is long, and no rule reads it."""
    text = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: carts\n"
    (tmp_path / "one.yaml").write_text(f"{POD}spec: {{}}\n---\n{text}")
    (tmp_path / "two.yaml").write_text(f"# the same\n---\n{text}")
    documents = read(tmp_path)
    stack = read_stack(documents.manifests)
    assert (1, 2) == (len(stack.workloads), len(stack.others))
    for manifest in stack.others:
        assert "CustomResourceDefinition" == manifest.content["kind"]
        assert {"name": "carts"} == manifest.content["metadata"]
        assert yaml.safe_load(text) == dict(manifest.content)
    assert documents.manifests[-1].source is not None
    assert SourceLocation(file=str(tmp_path / "two.yaml"), line=6) == documents.manifests[-1].source.locate(
        FieldPath(("metadata", "name"))
    )


@pytest.mark.parametrize(
    ("addition", "reason"),
    [
        ("spec:\n  a: 1\n  a: 2\n", 'duplicate key "a"; the last one applies'),
        ("spec: !Ref a\n", "Kubernetes does not support this tag; a text that begins with ! needs quotes"),
        ("spec: {\n", "not valid YAML: while parsing a flow node, did not find expected node content"),
        ("1: *a\n", "an alias refers to no earlier anchor; a text that begins with * needs quotes"),
    ],
)
def test_what_an_audit_only_counts_is_checked(tmp_path: Path, addition: str, reason: str) -> None:
    """Its mistakes are reported, although nothing reads it."""
    text = f"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n{addition}"
    (tmp_path / "one.yaml").write_text(text)
    assert [reason] == reasons(read(tmp_path))


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: acme.io/v1\nkind: Widget\nspec:\n  template:\n    containers: [{name: a, image: b}]\n",
        "data: |\n kind: ConfigMap\nkind: Pod\napiVersion: v1\nspec: {containers: []}\n",
        "data: '\nkind: ConfigMap\napiVersion: v1'\nkind: Pod\napiVersion: v1\nspec: {containers: []}\n",
        "kind: ConfigMap\n---\napiVersion: v1\nkind: Pod\nspec: {containers: []}\n",
        "apiVersion: v1\nkind: ConfigMap\nkind: Pod\nspec: {containers: []}\n",
    ],
)
def test_a_workload_is_never_only_counted(tmp_path: Path, text: str) -> None:
    """Not even if it is of an unknown kind, or a text in it looks like another kind."""
    (tmp_path / "one.yaml").write_text(text)
    assert 1 == len(read_stack(read(tmp_path).manifests).workloads)


def test_standard_input() -> None:
    """A dash reads standard input, and empty input is an error."""
    documents = read_paths(["-"], standard_input=io.BytesIO(POD.encode()))
    assert (1, []) == (len(documents.manifests), documents.errors)
    assert ["<stdin>"] == [error.file for error in read_paths(["-"], standard_input=io.BytesIO()).errors]


def test_a_missing_file(tmp_path: Path) -> None:
    """A path that does not exist is an error, and the other paths are read."""
    (tmp_path / "one.yaml").write_text(POD)
    documents = read(tmp_path / "no.yaml", tmp_path / "one.yaml", "a\0b")
    assert 1 == len(documents.manifests)
    assert "no such file or directory" == reasons(documents)[0]
    assert 2 == len(documents.errors)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads every file")
def test_an_unreadable_file(tmp_path: Path) -> None:
    """A file without read permission is an error with the reason."""
    (tmp_path / "one.yaml").write_text(POD)
    (tmp_path / "one.yaml").chmod(0)
    assert ["permission denied"] == reasons(read(tmp_path))


def test_links_that_lead_in_a_circle(tmp_path: Path) -> None:
    """A link to a parent directory is followed once, and a link to itself is an error."""
    (tmp_path / "one.yaml").write_text(POD)
    (tmp_path / "up").symlink_to(tmp_path)
    (tmp_path / "self.yaml").symlink_to(tmp_path / "self.yaml")
    documents = read(tmp_path)
    assert (1, 1) == (len(documents.manifests), len(documents.errors))


def test_a_folder_as_deep_as_paths_go(tmp_path: Path) -> None:
    """Directories can be nested as deeply as paths allow."""
    folder = tmp_path
    for _ in range(500):
        folder = folder / "a"
    folder.mkdir(parents=True)
    (folder / "one.yaml").write_text(POD)
    assert 1 == len(read(tmp_path).manifests)


def test_pipes_and_devices_are_not_opened(tmp_path: Path) -> None:
    """A pipe without a writer does not block the audit, and a device is not read."""
    os.mkfifo(tmp_path / "pipe.yaml")
    assert ["a pipe, not a file"] == reasons(read(tmp_path))
    assert ["a pipe, not a file"] == reasons(read(tmp_path / "pipe.yaml"))
    assert ["a device, not a file"] == reasons(read("/dev/zero"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/dev/fd of Linux")
@pytest.mark.parametrize("read_file", [read_json_file, lambda path: read_yaml_file(path)[0]], ids=["json", "yaml"])
def test_process_substitution_of_a_setting(read_file: Callable[[str], Any]) -> None:
    """`--baseline <(git show main:report.json)` works, and the same for waivers."""
    reader, writer = os.pipe()
    try:
        os.write(writer, b'\xef\xbb\xbf{"version": 1}')
        os.close(writer)
        assert {"version": 1} == read_file(f"/dev/fd/{reader}")
    finally:
        os.close(reader)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/dev/fd of Linux")
def test_process_substitution() -> None:
    """`probes audit <(helm template .)` works, where the shell passes a pipe."""
    reader, writer = os.pipe()
    try:
        os.write(writer, POD.encode())
        os.close(writer)
        documents = read(f"/dev/fd/{reader}")
    finally:
        os.close(reader)
    assert (1, []) == (len(documents.manifests), documents.errors)


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file above the size limit is rejected before it is read into memory."""
    monkeypatch.setattr(open_file, "MAXIMUM_BYTES", 1024**2)
    (tmp_path / "one.yaml").write_text(POD + "#" * 1024**2)
    assert ["larger than 1 MiB"] == reasons(read(tmp_path / "one.yaml"))


def test_a_chart_is_not_read_as_manifests(tmp_path: Path) -> None:
    """The templates of a chart are a single error that explains how to render them; its CRDs are read."""
    for name in ("Chart.yaml", "values.yaml", "templates/web.yaml", "crds/crd.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(
            POD if name.startswith("crds") else "a: {{ .Values.a }}" if "/" in name else "a: 1"
        )
    documents = read(tmp_path)
    assert 1 == len(documents.manifests)
    (error,) = documents.errors
    assert f"`helm template {tmp_path} | probes audit -`" in error.reason


def test_patches_of_a_kustomization_are_partial(tmp_path: Path) -> None:
    """Files that a kustomization lists as patches are audited as partial objects."""
    (tmp_path / "kustomization.yaml").write_text("resources: [base.yaml]\npatches: [{path: patch.yaml}]\n")
    (tmp_path / "base.yaml").write_text(POD)
    (tmp_path / "patch.yaml").write_text(POD)
    documents = read(tmp_path)
    assert {"base.yaml": False, "patch.yaml": True} == {
        Path(location.file).name: manifest.is_patch
        for manifest in documents.manifests
        if manifest.source is not None and (location := manifest.source.locate(FieldPath())) is not None
    }
    (error,) = read(tmp_path / "kustomization.yaml").errors
    assert f"`kubectl kustomize {tmp_path} | probes audit -`" in error.reason


@pytest.mark.parametrize(
    "value",
    [
        *(
            "!c4n4ry",
            "!!c4n4ry",
            "!<c4n4ry>",
            "!c4n4ry!x 1",
            "!c4n4ry%zz x",
            "*c4n4ry",
            "*c4n4ry: x",
            "&c4n4ry *c4n4ry",
        ),
        *("@c4n4ry", "%c4n4ry", "`c4n4ry", "|c4n4ry", ">-c4n4ry", '"c4n4ry\\q"', "'c4n4ry", "{c4n4ry", "[c4n4ry"),
        *("a: c4n4ry", "!!int c4n4ry", "!!binary c4n4ry", "!c4n4ry {a: 1}", "!c4n4ry [a]"),
    ],
)
def test_no_error_contains_a_value(value: str) -> None:
    """A password that YAML takes for a tag, an alias or a mistake is not repeated in the log of a CI job."""
    documents = read_text(
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\nstringData:\n  password: {value}\n", "s"
    )
    assert documents.errors
    assert "c4n4ry" not in " ".join(str(error) for error in documents.errors)


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("[" + "[]," * 10 + "[]]", False),
        ("- a\n" * 20, False),
        ("a: [" + "x, " * 20 + "]", False),
        ("- - - - - - - - - - - - - - - - - - - - a\n", False),
        ("a: |\n" + "  x\n" * 20, False),
        ("{" + ", ".join(f'"k{i}": 1' for i in range(20)) + "}", False),
        ("- a\n" * 5, True),
        ("a: " + "x" * 10_000 + "\n", True),
        ('{"a": [1, 2, 3]}', True),
        ("a: b c d e f g h i j k l m n o p q r s t\n", True),
    ],
)
def test_the_number_of_values_is_limited(monkeypatch: pytest.MonkeyPatch, text: str, *, is_read: bool) -> None:
    """A small file can contain values that take a hundred times its size in memory."""
    monkeypatch.setattr(documents, "MAXIMUM_VALUES", 16)
    expected = [] if is_read else ["contains more than 16 values; split it"]
    assert expected == [error.reason for error in documents.read_text(text, "x").errors]


@pytest.mark.parametrize("unit", [b"[],", b"- a\n", b"x"])
def test_memory_for_a_hostile_pipe(unit: bytes) -> None:
    """Whatever a pipe contains, an audit takes less than 512 MiB."""
    with subprocess.Popen(
        [sys.executable, "-c", _AUDIT_A_PIPE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(unit * (70 * 1024**2 // len(unit)))
            process.stdin.close()
        out = process.stdout.read().decode()
    assert "larger than 64 MiB" in out
    assert int(out.split()[-1]) < 512 * 1024


def test_many_incomplete_items() -> None:
    """The first hundred are named, and the others are counted."""
    text = "apiVersion: v1\nkind: List\nitems:\n" + "- {kind: Pod}\n" * 130
    errors = documents.read_text(text, "x").errors
    assert 101 == len(errors)
    assert "items[99] of the List is a Kubernetes object without apiVersion" == errors[99].reason
    assert "30 more items of the List are incomplete" == errors[100].reason


_AUDIT_A_PIPE = """
import resource
from pulumi_probes.cli import run
run(["audit", "-"])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
