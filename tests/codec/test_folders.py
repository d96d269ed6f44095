"""The files of a directory that are read: hidden ones, `.gitignore` files, and the options for patterns."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pulumi_probes.codec.files import read_paths
from pulumi_probes.codec.folders import Search, search_folder

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files, given by their paths."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def found(folder: Path, search: Search | None = None) -> list[str]:
    """The files in a directory that are read, relative to it."""
    return [Path(file).relative_to(folder).as_posix() for file in search_folder(str(folder), search).files]


CASES = {
    "a file": ({".gitignore": "no.yaml\n", "no.yaml": "", "a/no.yaml": "", "yes.yaml": ""}, ["yes.yaml"]),
    "anchored": ({".gitignore": "/no.yaml\n", "no.yaml": "", "a/no.yaml": ""}, ["a/no.yaml"]),
    "a directory": ({".gitignore": "no/\n", "no/a.yaml": "", "a/no/b.yaml": "", "a/no.yaml": ""}, ["a/no.yaml"]),
    "negation": ({".gitignore": "*.yaml\n!yes.yaml\n", "no.yaml": "", "a/yes.yaml": ""}, ["a/yes.yaml"]),
    "negation below": (
        {".gitignore": "*.yaml\n", "a/.gitignore": "!yes.yaml\n", "a/no.yaml": "", "a/yes.yaml": "", "yes.yaml": ""},
        ["a/yes.yaml"],
    ),
    "negation in an excluded directory": (
        {".gitignore": "a/\n!a/yes.yaml\n", "a/.gitignore": "!yes.yaml\n", "a/yes.yaml": ""},
        [],
    ),
    "anchored below": ({"a/.gitignore": "/no.yaml\n", "a/no.yaml": "", "a/b/no.yaml": "", "no.yaml": ""}, 2),
    "double star": ({".gitignore": "a/**/no.yaml\n", "a/no.yaml": "", "a/b/c/no.yaml": "", "no.yaml": ""}, ["no.yaml"]),
    "comments and escapes": (
        {".gitignore": "# *.yaml\n\\#no.yaml\n\\!no.yaml\n", "#no.yaml": "", "!no.yaml": "", "yes.yaml": ""},
        ["yes.yaml"],
    ),
    "line ends of Windows": ({".gitignore": "no.yaml\r\n*.yml\r\n", "no.yaml": "", "no.yml": "", "yes.yaml": ""}, 1),
    "spaces at the end": ({".gitignore": "no.yaml  \nwith\\ \n", "no.yaml": "", "yes.yaml": ""}, ["yes.yaml"]),
}


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=CASES.keys())
def test_gitignore(tmp_path: Path, files: dict[str, str], expected: list[str] | int) -> None:
    """The files that are found are those that Git would add."""
    write(tmp_path, files)
    actual = found(tmp_path)
    assert expected == (actual if isinstance(expected, list) else len(actual))
    if shutil.which("git") is None:
        pytest.skip("git is not installed, so the result is not compared with it")
    subprocess.run(["git", "init", "--quiet", "."], cwd=tmp_path, check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "-z", "*.yaml", "*.yml"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert sorted(filter(None, listed.stdout.split("\0"))) == sorted(found(tmp_path))


def test_gitignore_above(tmp_path: Path) -> None:
    """Files above the searched directory apply up to the top of the work tree, and no farther."""
    write(
        tmp_path,
        {
            ".gitignore": "*.yaml\n",
            "tree/.git": "gitdir: elsewhere\n",
            "tree/.gitignore": "one.yaml\n/deploy/two.yaml\n/three.yaml\n",
            "tree/deploy/one.yaml": "",
            "tree/deploy/two.yaml": "",
            "tree/deploy/three.yaml": "",
        },
    )
    assert ["three.yaml"] == found(tmp_path / "tree" / "deploy")


def test_a_directory_that_is_named_is_searched(tmp_path: Path) -> None:
    """Even if `.gitignore` excludes it, as for rendered manifests."""
    write(tmp_path, {".gitignore": "build/\n", "build/out/one.yaml": "", "build/out/.gitignore": "no.yaml"})
    write(tmp_path, {"build/out/no.yaml": ""})
    (tmp_path / ".git").mkdir()
    assert [] == found(tmp_path)
    assert ["out/one.yaml"] == found(tmp_path / "build")
    assert ["one.yaml"] == found(tmp_path / "build" / "out")


def test_a_file_that_is_named_is_read(tmp_path: Path) -> None:
    """No pattern applies to it."""
    write(tmp_path, {".gitignore": "*\n", "one.yaml": POD})
    search = Search(include=("two.yaml",), exclude=("*.yaml",))
    assert 1 == len(read_paths([str(tmp_path / "one.yaml")], search=search).manifests)


def test_nothing_but_excluded_files(tmp_path: Path) -> None:
    """The error says that files were excluded."""
    write(tmp_path, {".gitignore": "*.yaml\nbuild\n", "one.yaml": POD, "build/two.yaml": POD})
    (error,) = read_paths([str(tmp_path)]).errors
    assert "; .gitignore excludes 2 of the files and directories in it" in error.reason
    assert 2 == len(read_paths([str(tmp_path)], search=Search(respect_gitignore=False)).manifests)


def test_a_gitignore_that_is_not_a_file(tmp_path: Path) -> None:
    """It has no effect, as in Git."""
    write(tmp_path, {"one.yaml": "", "a/.gitignore/one.yaml": "", "a/two.yaml": "", "patterns": "*"})
    (tmp_path / ".gitignore").symlink_to("patterns")
    assert ["one.yaml", "a/two.yaml"] == found(tmp_path)


def test_patterns_without_meaning(tmp_path: Path) -> None:
    """They match nothing, and do not affect other lines."""
    write(tmp_path, {"one.yaml": "", "two.yaml": ""})
    (tmp_path / ".gitignore").write_bytes(b"!\n\xff.yaml\n[\n\none.yaml\n")
    assert ["two.yaml"] == found(tmp_path)


FILES = dict.fromkeys(["a.yaml", "b.json", "deploy/a.yaml", "deploy/test/a.yaml", "test/b.yaml"], "")


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ((), ("test",), ["a.yaml", "b.json", "deploy/a.yaml"]),
        ((), ("/test/",), ["a.yaml", "b.json", "deploy/a.yaml", "deploy/test/a.yaml"]),
        ((), ("*.json", "deploy/test"), ["a.yaml", "deploy/a.yaml", "test/b.yaml"]),
        (("deploy",), (), ["deploy/a.yaml", "deploy/test/a.yaml"]),
        (("deploy/*.yaml",), (), ["deploy/a.yaml"]),
        (("b.*",), (), ["b.json", "test/b.yaml"]),
        (("a.yaml",), ("test",), ["a.yaml", "deploy/a.yaml"]),
        (("*.md",), (), []),
    ],
)
def test_include_and_exclude(
    tmp_path: Path, include: tuple[str, ...], exclude: tuple[str, ...], expected: list[str]
) -> None:
    """A file must match a pattern of the first, if there are any, and none of the second."""
    write(tmp_path, FILES)
    assert expected == found(tmp_path, Search(include=include, exclude=exclude))


def test_include_does_not_override_gitignore(tmp_path: Path) -> None:
    """Every option can only leave out files."""
    write(tmp_path, {**FILES, ".gitignore": "deploy\n", ".hidden/a.yaml": ""})
    assert ["a.yaml"] == found(tmp_path, Search(include=("a.yaml",)))
    assert ["a.yaml", "deploy/a.yaml", "deploy/test/a.yaml"] == found(
        tmp_path, Search(include=("a.yaml",), respect_gitignore=False)
    )


def test_an_oci_layout(tmp_path: Path) -> None:
    """An image on disk is an error that says what to do; its files are not read."""
    write(tmp_path, {"one.yaml": POD, "image/oci-layout": "{}", "image/index.json": "{}"})
    documents = read_paths([str(tmp_path)])
    assert 1 == len(documents.manifests)
    (error,) = documents.errors
    assert str(tmp_path / "image") == error.file
    assert "an OCI image layout, whose content is not read; unpack it" in error.reason
    assert [] == read_paths([str(tmp_path)], search=Search(exclude=("image",))).errors


def test_patterns_are_imported_late(tmp_path: Path) -> None:
    """A directory without patterns does not take the time to import the package that evaluates them."""
    write(tmp_path, {"one.yaml": POD})
    program = (
        "import sys; from pulumi_probes.codec.files import read_paths; read_paths([sys.argv[1]]); "
        "print('pathspec' in sys.modules)"
    )
    for expected in ("False", "True"):
        done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)
        assert expected == done.stdout.strip()
        (tmp_path / ".gitignore").write_text("two.yaml\n")
