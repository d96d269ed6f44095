"""The project file: `.probes.yaml`, or `[tool.probes]` in `pyproject.toml`.

It is only imported if there is one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from pulumi_probes.codec.files import read_yaml_file
from pulumi_probes.codec.toml_file import read_toml_file
from pulumi_probes.model.characters import visible
from pulumi_probes.model.errors import ProbesError, UnreadableInput
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.manifest import SourceMap
from pulumi_probes.report.policy import Policy
from pulumi_probes.report.project_keys import KEYS, Mistake, section_mistakes
from pulumi_probes.rules import load_rules, select_rules

SECTION: Final = FieldPath(("tool", "probes"))
"""The place of the project file in `pyproject.toml`."""


class InvalidProjectFile(ProbesError, ValueError):  # noqa: N818 - named after the condition
    """A project file is invalid; every mistake is listed.

    Attributes:
        mistakes: the mistakes, one line each, with file and line.
    """

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


class Choice(Struct, frozen=True, kw_only=True):
    """The rules that apply, with levels and parameters.

    Attributes:
        select: codes, prefixes or names; None for every rule.
        ignore: the same for rules to leave out; None for none.
        rules: levels and parameters, in the format of `--policy-config`.
    """

    select: Sequence[str] | None = None
    ignore: Sequence[str] | None = None
    rules: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def updated(self, inner: Choice) -> Choice:
        """The choice for a folder that has values of its own."""
        return Choice(
            select=self.select if inner.select is None else inner.select,
            ignore=self.ignore if inner.ignore is None else inner.ignore,
            rules={**self.rules, **inner.rules},
        )


class ProjectFile(Struct, frozen=True, kw_only=True):
    """The content of a project file; paths are relative to the current directory.

    Attributes:
        file: its name.
        choice: the rules that apply.
        folders: the choices of folders, by their real paths.
        fail_on: one of `FAIL_ON`; None if it is absent.
        baseline: a file with known findings; None if it is absent.
        waivers: files with waivers.
        kubernetes_version: the version of the oldest cluster; None if it is absent.
        feature_gates: the feature gates that every cluster has enabled although they are off by default.
        include: patterns of the files to read in directories; empty for all.
        exclude: patterns of files and directories to skip.
    """

    file: str
    choice: Choice
    folders: Mapping[str, Choice]
    fail_on: str | None
    baseline: str | None
    waivers: tuple[str, ...]
    kubernetes_version: str | None
    feature_gates: tuple[str, ...]
    include: tuple[str, ...]
    exclude: tuple[str, ...]

    def policy(
        self, select: Sequence[str] | None, ignore: Sequence[str] | None, rules: Mapping[str, Any] | None
    ) -> Policy:
        """The policy of the file.

        Args:
            select: what replaces `select` in the file and its folders; None for nothing.
            ignore: the same for `ignore`.
            rules: the same for `rules`.
        """

        def given(choice: Choice) -> Choice:
            return Choice(
                select=choice.select if select is None else select,
                ignore=choice.ignore if ignore is None else ignore,
                rules=choice.rules if rules is None else rules,
            )

        outer = given(self.choice)
        chosen: dict[str, Choice] = {}
        # An outer folder comes before those in it, which start from its values.
        for folder in sorted(self.folders):
            above = next((chosen[str(path)] for path in Path(folder).parents if str(path) in chosen), outer)
            chosen[folder] = above.updated(given(self.folders[folder]))
        folders = {folder: self._policy(choice) for folder, choice in chosen.items()}
        return replace(self._policy(outer), folders=folders)

    @property
    def _cluster(self) -> dict[str, tuple[str, Any]]:
        """The parameters that describe the oldest cluster: their names in rules, and in the file with their values."""
        found: dict[str, tuple[str, Any]] = {}
        if self.kubernetes_version is not None:
            found["kubernetes_version"] = ("kubernetesVersion", self.kubernetes_version)
        if self.feature_gates:
            found["feature_gates"] = ("featureGates", list(self.feature_gates))
        return found

    def _policy(self, choice: Choice) -> Policy:
        policy = Policy(rules=select_rules(choice.select, choice.ignore or ()))
        config = dict(choice.rules)
        cluster = self._cluster
        for rule in load_rules() if cluster else ():
            wanted = {key: value for parameter, (key, value) in cluster.items() if parameter in rule.parameters}
            if wanted:
                section = config.get(rule.name, {})
                given = {"enforcementLevel": section} if isinstance(section, str) else section
                config[rule.name] = {**wanted, **given}
        return policy.configured(config, self.file) if config else policy


def read_project_file(file: str) -> ProjectFile:
    """Read a project file.

    Args:
        file: a YAML file, or a TOML file with a table `tool.probes`.

    Raises:
        UnreadableInput: the file cannot be read, or has no such table.
        InvalidProjectFile: the file has unknown keys or values of the wrong type.
    """
    content, source, place = _read(file)
    mistakes = list(section_mistakes(content, KEYS, FieldPath()))
    if not mistakes:
        mistakes += _repeated_folders(content, file)
    if mistakes:
        raise InvalidProjectFile([f"{source.locate(place.joined(path))}: {visible(text)}" for path, text in mistakes])
    return _project_file(content or {}, file)


def section_of(content: Mapping[str, Any]) -> Any:
    """The table `tool.probes` of a TOML file; None if there is none."""
    value: Any = content
    for segment in SECTION.segments:
        value = value.get(segment) if isinstance(value, dict) else None
    return value


def _read(file: str) -> tuple[Any, SourceMap, FieldPath]:
    if not file.endswith(".toml"):
        return *read_yaml_file(file), FieldPath()
    content, lines = read_toml_file(file)
    section = section_of(content)
    if section is None:
        raise UnreadableInput(file, f"has no table [{SECTION}]")
    return section, lines, SECTION


def _project_file(content: Mapping[str, Any], file: str) -> ProjectFile:
    def path(written: str) -> str:
        return os.path.normpath(Path(file).parent / written)

    folders = content.get("folders") or {}
    return ProjectFile(
        file=file,
        choice=_choice(content),
        folders={os.path.realpath(path(name)): _choice(section) for name, section in folders.items()},
        fail_on=content.get("fail-on"),
        baseline=path(content["baseline"]) if "baseline" in content else None,
        waivers=tuple(path(written) for written in content.get("waivers", ())),
        kubernetes_version=content.get("kubernetes-version"),
        feature_gates=tuple(content.get("feature-gates", ())),
        include=tuple(content.get("include", ())),
        exclude=tuple(content.get("exclude", ())),
    )


def _choice(section: Mapping[str, Any]) -> Choice:
    return Choice(select=section.get("select"), ignore=section.get("ignore"), rules=section.get("rules", {}))


def _repeated_folders(content: Any, file: str) -> Iterator[Mistake]:
    """Two names of one folder, of which the second would replace the first."""
    seen: dict[str, str] = {}
    for name in (content or {}).get("folders", {}):
        other = seen.setdefault(os.path.realpath(Path(file).parent / name), name)
        if other != name:
            yield FieldPath(("folders", name)), f"`{FieldPath(('folders', name))}` is the same folder as {other!r}."
