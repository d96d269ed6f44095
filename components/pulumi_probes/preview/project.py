"""Project and stack files, `Pulumi.yaml` and `Pulumi.<stack>.yaml`: the location of the program, and its configuration.

Encrypted values are not decrypted: their keys are known, but their values are unknown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from pulumi_probes.codec.files import read_yaml_file
from pulumi_probes.codec.pulumi_values import UNKNOWN_TEXT
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.finding import SourceLocation
from pulumi_probes.model.suggestions import suggestion

PROJECT_FILES: Final = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
"""The names of project files, in the order in which they are tried."""

DEFAULT_STACK: Final = "dev"
"""The stack if none is given, and the project does not have exactly one."""

_LIBRARY: Final = Path(__file__).parents[1]
_STACK_SUFFIXES = (".yaml", ".yml", ".json")


class Project(Struct, frozen=True, kw_only=True):
    """A Pulumi project with a Python program.

    Attributes:
        name: the project's name.
        file: the project file, as shown in messages.
        root: the directory of the project file.
        program: the program: a directory with a `__main__.py`, or a file.
        working_folder: the directory in which the program runs.
        stack_folder: the directory of the stack files.
        virtualenv: the virtual environment of the project; None if the project file names none.
        config: the configuration section of the project file.
    """

    name: str
    file: str
    root: Path
    program: Path
    working_folder: Path
    stack_folder: Path
    virtualenv: Path | None = None
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])


class ProgramFiles:
    """Distinguishes files of a program from those of libraries; paths are shown relative to the current directory."""

    def __init__(self, project: Project) -> None:
        self._root = project.root
        self._start = Path.cwd()
        # Cached, because every resource comes with its whole call stack.
        self._shown: dict[str | None, str | None] = {}

    def locate(self, file: str | None, line: int | None) -> SourceLocation | None:
        """A line of the program; None if the file is not part of it."""
        if file not in self._shown:
            self._shown[file] = self._name(Path(file or ""))
        shown = self._shown[file]
        return None if shown is None else SourceLocation(file=shown, line=line)

    def _name(self, path: Path) -> str | None:
        # In the repository of this library, the library itself is below the project's directory too.
        if not path.is_relative_to(self._root) or path.is_relative_to(_LIBRARY) or "site-packages" in path.parts:
            return None
        return str(path.relative_to(self._start) if path.is_relative_to(self._start) else path)


class StackSettings(Struct, frozen=True, kw_only=True):
    """The configuration of a program.

    Attributes:
        name: the name of the stack, without the organization.
        organization: the organization.
        config: texts by full key, in the form that the runtime expects.
        secret_keys: keys whose values are secret.
        encrypted_keys: keys whose whole value is encrypted, and therefore unknown.
        missing: keys that the project requires and the stack does not set.
        environments: Pulumi ESC environments that the stack imports; they are not opened.
    """

    name: str
    organization: str = "organization"
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    secret_keys: frozenset[str] = frozenset()
    encrypted_keys: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()


def load_project(folder: str = ".", *, search_above: bool = False) -> Project:
    """Read a project file.

    Args:
        folder: the directory of the project file, or the file itself.
        search_above: whether to search parent directories too, as the pulumi command does.

    Raises:
        UnreadableInput: there is no project file, it cannot be read, or its program is not written in Python.
    """
    place = Path(folder)
    file = place if place.is_file() else _find(place, search_above=search_above)
    content, _ = read_yaml_file(str(file))
    if not isinstance(content, Mapping):
        raise UnreadableInput(str(file), "not a project: it must be an object with name and runtime")
    name, runtime = content.get("name"), content.get("runtime")
    options: Any = {}
    if isinstance(runtime, Mapping):
        options, runtime = runtime.get("options") or {}, runtime.get("name")
    if not isinstance(name, str) or not name:
        raise UnreadableInput(str(file), "not a project: it has no name")
    if runtime != "python":
        raise UnreadableInput(str(file), f"the runtime of the program is {runtime}; only python is supported")
    root = file.parent.resolve()
    program, working_folder = _main(content.get("main"), root, str(file))
    stack_folder = content.get("stackConfigDir")
    virtualenv = options.get("virtualenv") if isinstance(options, Mapping) else None
    config = content.get("config")
    return Project(
        name=name,
        file=str(file),
        root=root,
        program=program,
        working_folder=working_folder,
        stack_folder=root / stack_folder if isinstance(stack_folder, str) else root,
        virtualenv=root / virtualenv if isinstance(virtualenv, str) else None,
        config=config if isinstance(config, Mapping) else {},
    )


def load_stack(project: Project, name: str | None = None, overrides: Iterable[tuple[str, str]] = ()) -> StackSettings:
    """Read the configuration of a stack.

    Args:
        project: the project.
        name: the name of the stack, optionally with organization and project; if None, the only stack that has a file,
            or `dev`.
        overrides: keys and values that override those of the file; a key without a colon belongs to the project.

    Raises:
        UnreadableInput: the named stack has no file although others have, or a file cannot be read.
    """
    known = _stacks(project)
    organization, _, short = (name or "").rpartition("/")
    if not short:
        short = next(iter(known)) if len(known) == 1 else DEFAULT_STACK
    elif short not in known and known:
        hint = suggestion(short, known, otherwise=f"Available stacks: {', '.join(sorted(known))}.")
        raise UnreadableInput(str(project.stack_folder / f"Pulumi.{short}.yaml"), f"no such file. {hint}")
    values, environments = _read_stack(str(known[short]), project.name) if short in known else ({}, ())
    settings = _settings(short, organization.partition("/")[0] or "organization", values, project)
    given = {_full_key(key, project.name): value for key, value in overrides}
    return replace(
        settings,
        config={**settings.config, **given},
        encrypted_keys=settings.encrypted_keys - given.keys(),
        missing=tuple(key for key in settings.missing if key not in given),
        environments=environments,
    )


def _read_stack(file: str, project: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The configuration in a stack file, and the environments that it imports."""
    content, _ = read_yaml_file(file)
    if content is None:
        return {}, ()
    if not isinstance(content, Mapping):
        raise UnreadableInput(file, "not a stack file: it must be an object")
    section = content.get("config")
    if section is not None and not isinstance(section, Mapping):
        raise UnreadableInput(file, "config must be an object")
    imported = content.get("environment")
    environments = imported.get("imports") if isinstance(imported, Mapping) else imported
    names = environments if isinstance(environments, list) else []
    return (
        {_full_key(str(key), project): value for key, value in (section or {}).items()},
        tuple(name for name in names if isinstance(name, str)),
    )


def _find(folder: Path, *, search_above: bool) -> Path:
    if not folder.is_dir():
        raise UnreadableInput(str(folder), "no such directory")
    above = list(folder.resolve().parents) if search_above else []
    for place in (folder, *above):
        for name in PROJECT_FILES:
            if (place / name).is_file():
                return place / name
    raise UnreadableInput(str(folder), "it contains no Pulumi.yaml, so there is no program to preview")


def _main(main: Any, root: Path, file: str) -> tuple[Path, Path]:
    """The program and its working directory, determined as by the engine."""
    if main is None or main == "":
        return root, root
    program = (root / main).resolve() if isinstance(main, str) else None
    if program is None or not program.is_relative_to(root):
        raise UnreadableInput(file, "main must be a path inside the project")
    if not program.exists():
        raise UnreadableInput(file, f"main is {main}, which does not exist")
    return (program, program) if program.is_dir() else (program, program.parent)


def _stacks(project: Project) -> dict[str, Path]:
    """The stacks that have a file, by name."""
    found: dict[str, Path] = {}
    for file in sorted(project.stack_folder.glob("Pulumi.*")) if project.stack_folder.is_dir() else ():
        name = file.name.removeprefix("Pulumi.")
        for suffix in _STACK_SUFFIXES:
            if name.endswith(suffix) and file.is_file():
                found[name.removesuffix(suffix)] = file
    return found


def _settings(name: str, organization: str, values: Mapping[str, Any], project: Project) -> StackSettings:
    merged: dict[str, Any] = {}
    secret: set[str] = set()
    missing: list[str] = []
    for key, declared in project.config.items():
        full = _full_key(str(key), project.name)
        default = declared
        if isinstance(declared, Mapping):
            # Keys of other namespaces have a value; keys of the project have a type and a default.
            default = declared.get("value", declared.get("default"))
            if declared.get("secret") is True:
                secret.add(full)
            if default is None and full not in values and "value" not in declared:
                missing.append(full)
        if default is not None:
            merged[full] = default
    merged.update(values)
    secret |= {key for key, value in merged.items() if _has_secret(value)}
    return StackSettings(
        name=name,
        organization=organization,
        config={key: _text(value) for key, value in merged.items() if value is not None},
        secret_keys=frozenset(secret),
        encrypted_keys=frozenset(key for key, value in merged.items() if _is_secret(value)),
        missing=tuple(missing),
    )


def _full_key(key: str, project: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _is_secret(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"secure"}


def _has_secret(value: Any) -> bool:
    if isinstance(value, Mapping):
        return _is_secret(value) or any(_has_secret(below) for below in value.values())
    return isinstance(value, list) and any(_has_secret(below) for below in value)


def _text(value: Any) -> str:
    """A value as the engine passes it to a program: strings unchanged, everything else as JSON."""
    hidden = _hidden(value)
    return hidden if isinstance(hidden, str) else json.dumps(hidden)


def _hidden(value: Any) -> Any:
    if _is_secret(value):
        return UNKNOWN_TEXT
    if isinstance(value, Mapping):
        return {str(key): _hidden(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_hidden(below) for below in value]
    return value
