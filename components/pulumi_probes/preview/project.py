"""`Pulumi.yaml` and `Pulumi.<stack>.yaml`: where the program is, and what it is configured with.

Encrypted values are not decrypted: their keys are known, their values are not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pulumi_probes.codec.files import read_yaml_file
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.finding import SourceLocation
from pulumi_probes.preview.wire import UNKNOWN_TEXT

PROJECT_FILES: Final = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
"""The names of a project file, in the order in which they are looked for."""

DEFAULT_STACK: Final = "dev"
"""The stack when nobody names one and the project has none, or several."""

_LIBRARY: Final = Path(__file__).parents[1]
_STACK_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A Pulumi project whose program is written in Python.

    Attributes:
        name: the project's name.
        file: the project file, as it is shown to people.
        root: the folder of the project file.
        program: the program: a folder with a `__main__.py`, or a file.
        working_folder: where the program runs.
        stack_folder: where the stacks' configuration is.
        virtualenv: the virtual environment that the project names, None when it names none.
        config: what the project file says about configuration.
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
    """Tells the files of a program from those of libraries, and shows them as seen from where the command runs."""

    def __init__(self, project: Project) -> None:
        self._root = project.root
        self._start = Path.cwd()
        # Every resource comes with its whole stack of calls.
        self._shown: dict[str | None, str | None] = {}

    def locate(self, file: str | None, line: int | None) -> SourceLocation | None:
        """A line of the program; None for a line of something else."""
        if file not in self._shown:
            self._shown[file] = self._name(Path(file or ""))
        shown = self._shown[file]
        return None if shown is None else SourceLocation(file=shown, line=line)

    def _name(self, path: Path) -> str | None:
        # In its own repository this library lies below the project's folder too.
        if not path.is_relative_to(self._root) or path.is_relative_to(_LIBRARY) or "site-packages" in path.parts:
            return None
        return str(path.relative_to(self._start) if path.is_relative_to(self._start) else path)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSettings:
    """What a program is configured with.

    Attributes:
        name: the stack's name, without organization.
        organization: the organization.
        config: full key -> value as the runtime hands it over, a text.
        secret_keys: keys whose values are secret.
        encrypted_keys: keys whose whole value is encrypted, and so unknown here.
        missing: keys that the project demands and nobody sets.
        environments: Pulumi ESC environments that the stack takes values from; they are not opened here.
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
        folder: where it is, or the file itself.
        search_above: whether to look in the folders above, as the pulumi command does.

    Raises:
        UnreadableInput: there is none, it cannot be read, or its program is not written in Python.
    """
    place = Path(folder)
    file = place if place.is_file() else _find(place, search_above=search_above)
    content, _ = read_yaml_file(str(file))
    if not isinstance(content, Mapping):
        raise UnreadableInput(str(file), "no project: it must be an object with name and runtime")
    name, runtime = content.get("name"), content.get("runtime")
    options: Any = {}
    if isinstance(runtime, Mapping):
        options, runtime = runtime.get("options") or {}, runtime.get("name")
    if not isinstance(name, str) or not name:
        raise UnreadableInput(str(file), "no project: it has no name")
    if runtime != "python":
        raise UnreadableInput(str(file), f"the program's runtime is {runtime}; only python can be run here")
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
    """Read a stack's configuration.

    Args:
        project: its project.
        name: the stack, perhaps with organization and project before it; when None the only one that the project has
            a file for, else `dev`.
        overrides: keys and values that win over the file; a key without a colon belongs to the project.

    Raises:
        UnreadableInput: a stack that was named has no file though others have, or a file cannot be read.
    """
    known = _stacks(project)
    organization, _, short = (name or "").rpartition("/")
    if not short:
        short = next(iter(known)) if len(known) == 1 else DEFAULT_STACK
    elif short not in known and known:
        close = get_close_matches(short, known, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else f" There is {', '.join(sorted(known))}."
        raise UnreadableInput(str(project.stack_folder / f"Pulumi.{short}.yaml"), f"no such file.{hint}")
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
    """The configuration in a stack's file, and the environments that it imports."""
    content, _ = read_yaml_file(file)
    if content is None:
        return {}, ()
    if not isinstance(content, Mapping):
        raise UnreadableInput(file, "no stack: it must be an object")
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
        raise UnreadableInput(str(folder), "no such folder")
    above = list(folder.resolve().parents) if search_above else []
    for place in (folder, *above):
        for name in PROJECT_FILES:
            if (place / name).is_file():
                return place / name
    raise UnreadableInput(str(folder), "no Pulumi.yaml in it, so there is no program to preview")


def _main(main: Any, root: Path, file: str) -> tuple[Path, Path]:
    """The program and the folder in which it runs, as the engine finds them."""
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
            # Keys of other namespaces have a value, those of the project a type and a default.
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
    """A value as the engine hands it to a program: texts as they are, everything else as JSON."""
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
