"""Project and stack files are found and read in the same way as by Pulumi; mistakes in them are reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.preview import load_project, load_stack


def write(folder: Path, **files: str) -> Path:
    """Write files; an underscore in a name is a dot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "not a project: it must be an object with name and runtime"),
        ("runtime: python", "not a project: it has no name"),
        ("name: a\nruntime: nodejs", "the runtime of the program is nodejs; only python is supported"),
        ("name: a\nruntime: {name: go}", "the runtime of the program is go; only python is supported"),
        ("name: a", "the runtime of the program is None; only python is supported"),
        ("name: a\nruntime: python\nmain: ../b", "main must be a path inside the project"),
        ("name: a\nruntime: python\nmain: b", "main is b, which does not exist"),
        ("name: a\nruntime: python\nname: b", 'duplicate key "name"; the last one applies'),
        ("a: [", "not valid YAML: "),
        ("name: a\n---\nname: b", "contains more than one document"),
    ],
)
def test_broken_projects(tmp_path: Path, text: str, reason: str) -> None:
    """Mistakes in a project file are reported."""
    folder = write(tmp_path, Pulumi_yaml=text)
    with pytest.raises(UnreadableInput) as caught:
        load_project(str(folder))
    assert caught.value.reason.startswith(reason)


def test_no_project(tmp_path: Path) -> None:
    """A directory without a project file, and a missing directory."""
    with pytest.raises(UnreadableInput, match=r"it contains no Pulumi\.yaml"):
        load_project(str(tmp_path))
    with pytest.raises(UnreadableInput, match="no such directory"):
        load_project(str(tmp_path / "no"))


def test_projects_are_found_above(tmp_path: Path) -> None:
    """Without a directory, the parent directories are searched."""
    write(tmp_path, Pulumi_yaml="name: a\nruntime: python")
    below = write(tmp_path / "b" / "c")
    assert tmp_path.resolve() == load_project(str(below), search_above=True).root


def test_main_and_stack_folder(tmp_path: Path) -> None:
    """`main` may be a directory or a file, and stack files may be in another directory."""
    text = "name: a\nruntime: {{name: python, options: {{virtualenv: venv}}}}\nmain: {main}\nstackConfigDir: conf\n"
    folder = write(tmp_path, Pulumi_yaml=text.format(main="app/"))
    write(tmp_path / "app", program_py="")
    write(tmp_path / "conf", Pulumi_prod_yaml="config: {a:b: c}")
    project = load_project(str(folder))
    root = tmp_path.resolve()
    assert (root / "app", root / "app", root / "venv") == (project.program, project.working_folder, project.virtualenv)
    assert {"a:b": "c"} == load_stack(project, "prod").config
    write(tmp_path, Pulumi_yaml=text.format(main="app/program.py"))
    project = load_project(str(folder))
    assert (root / "app" / "program.py", root / "app") == (project.program, project.working_folder)


def test_which_stack(tmp_path: Path) -> None:
    """The named stack, otherwise the only one, otherwise dev."""
    folder = write(tmp_path, Pulumi_yaml="name: a\nruntime: python")
    project = load_project(str(folder))
    assert "dev" == load_stack(project).name
    assert "new" == load_stack(project, "new").name
    write(tmp_path, Pulumi_prod_yaml="config: {x: y}")
    stack = load_stack(project, "acme/a/prod")
    assert ("prod", "acme", {"a:x": "y"}) == (stack.name, stack.organization, stack.config)
    assert "prod" == load_stack(project).name
    write(tmp_path, Pulumi_edge_yaml="")
    assert "dev" == load_stack(project).name
    with pytest.raises(UnreadableInput, match="Did you mean 'prod'"):
        load_stack(project, "prd")


def test_configuration(tmp_path: Path) -> None:
    """Values have the form of Pulumi's runtime; encrypted ones stay unknown."""
    folder = write(
        tmp_path,
        Pulumi_yaml="""
name: a
runtime: python
config:
  size: {type: integer, default: 2}
  needed: {type: string}
  token: {type: string, default: x, secret: true}
  short: text
  aws:region: {value: eu-west-1}
""",
        Pulumi_dev_yaml="""
encryptionsalt: v1:abc
config:
  a:flag: true
  a:port: 8080
  a:object: {list: [1, {secure: v1:AAA}]}
  a:password: {secure: v1:BBB}
""",
    )
    project = load_project(str(folder))
    stack = load_stack(project)
    assert {
        "a:size": "2",
        "a:token": "x",
        "a:short": "text",
        "aws:region": "eu-west-1",
        "a:flag": "true",
        "a:port": "8080",
        "a:object": json.dumps({"list": [1, "04da6b54-80e4-46f7-96ec-b56ff0331ba9"]}),
        "a:password": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    } == stack.config
    assert {"a:token", "a:object", "a:password"} == stack.secret_keys
    assert {"a:password"} == stack.encrypted_keys
    assert ("a:needed",) == stack.missing


def test_overrides_win(tmp_path: Path) -> None:
    """A value on the command line overrides the file, even an encrypted value; it stays secret."""
    folder = write(
        tmp_path,
        Pulumi_yaml="name: a\nruntime: python\nconfig: {n: {type: string}}",
        Pulumi_dev_yaml="config: {a:p: {secure: x}}",
    )
    stack = load_stack(load_project(str(folder)), None, [("p", "new"), ("b:q", "1"), ("n", "2")])
    assert {"a:p": "new", "b:q": "1", "a:n": "2"} == stack.config
    assert ([], ["a:p"], []) == (list(stack.encrypted_keys), list(stack.secret_keys), list(stack.missing))


@pytest.mark.parametrize("text", ["environment: [a/b]", "environment: {imports: [a/b], values: {}}"])
def test_environments(tmp_path: Path, text: str) -> None:
    """Environments of Pulumi ESC are listed, in both forms."""
    folder = write(tmp_path, Pulumi_yaml="name: a\nruntime: python", Pulumi_dev_yaml=text)
    assert ("a/b",) == load_stack(load_project(str(folder))).environments


@pytest.mark.parametrize(("text", "reason"), [("[]", "not a stack file"), ("config: 1", "config must be an object")])
def test_broken_stacks(tmp_path: Path, text: str, reason: str) -> None:
    """Mistakes in a stack file are reported."""
    folder = write(tmp_path, Pulumi_yaml="name: a\nruntime: python", Pulumi_dev_yaml=text)
    with pytest.raises(UnreadableInput, match=reason):
        load_stack(load_project(str(folder)))
