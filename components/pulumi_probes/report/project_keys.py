"""The keys of the project file, and the mistakes in a file that differs from them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from msgspec import Struct

from pulumi_probes.codec.versions import GATES
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Severity
from pulumi_probes.model.node import described
from pulumi_probes.model.suggestions import suggestion
from pulumi_probes.model.version import NEWEST, OLDEST, KubernetesVersion
from pulumi_probes.report.policy import configuration_mistakes
from pulumi_probes.rules import PACK_SETTINGS, rule_selectors, suggested_rule

NEVER: Final = "never"
"""The value of `fail-on` with which no finding gives exit status 1."""

FAIL_ON: Final = (*(severity.value for severity in sorted(Severity, reverse=True)), NEVER)
KUBERNETES_VERSIONS: Final = tuple(
    str(KubernetesVersion(OLDEST.major, minor)) for minor in range(OLDEST.minor, NEWEST.minor + 1)
)

Mistake = tuple[FieldPath, str]
"""Where a mistake is in the file, and a sentence about it."""


class OneOf(Struct, frozen=True):
    """A string from a list."""

    values: tuple[str, ...]


class Text(Struct, frozen=True):
    """A string that is not empty."""


class Pattern(Struct, frozen=True):
    """A pattern of file names as in `.gitignore`, but without negation."""

    regular_expression: ClassVar[str] = r"^(?!!)[\s\S]*\S"


class ListOf(Struct, frozen=True):
    """A list of strings."""

    entry: OneOf | Text | Pattern
    may_be_empty: bool = True


class Configuration(Struct, frozen=True):
    """Levels and parameters of rules, in the format of `--policy-config`.

    Attributes:
        with_audit: whether it may configure the policies about the audit itself.
    """

    with_audit: bool


class Folders(Struct, frozen=True):
    """Sections with keys of their own, by folder."""

    keys: tuple[Key, ...]


Kind = OneOf | Text | Pattern | ListOf | Configuration | Folders


class Key(Struct, frozen=True):
    """A key of the project file; the reader, the JSON schema and the table in the documentation use the same entries.

    Attributes:
        name: the key.
        kind: the values that it may have.
        description: the effect, as a sentence in Markdown.
        option: the option of the command line that replaces the value, if there is one.
    """

    name: str
    kind: Kind
    description: str
    option: str = ""


RULES: Final = OneOf(rule_selectors())

_SELECT: Final = Key(
    "select",
    ListOf(RULES, may_be_empty=False),
    "Evaluate only these rules: codes, prefixes (`PRB2`), names.",
    "--select",
)
_IGNORE: Final = Key("ignore", ListOf(RULES), "Skip these rules; overrides `select`.", "--ignore")

FOLDER_KEYS: Final = (
    _SELECT,
    _IGNORE,
    Key(
        "rules",
        Configuration(with_audit=False),
        "Levels and parameters of rules; rules that are absent keep those of the file.",
        "--policy-config",
    ),
)
"""The keys of the section of a folder."""

KEYS: Final = (
    _SELECT,
    _IGNORE,
    Key(
        "rules",
        Configuration(with_audit=True),
        "Levels and parameters of rules, as in [the configuration file](configuration.md).",
        "--policy-config",
    ),
    Key("fail-on", OneOf(FAIL_ON), "Lowest severity that gives exit status 1.", "--fail-on"),
    Key("baseline", Text(), "JSON report of an earlier run; its findings count as waived.", "--baseline"),
    Key("waivers", ListOf(Text()), "Files with waivers, in addition to those in annotations.", "--waivers"),
    Key(
        "kubernetes-version",
        OneOf(KUBERNETES_VERSIONS),
        "The version of the oldest cluster: the parameter `kubernetesVersion` of all rules that have it, such as"
        " [PRB503](rules/PRB503.md), unless `rules` sets it.",
    ),
    Key(
        "feature-gates",
        ListOf(OneOf(GATES)),
        "Feature gates that every cluster has enabled although they are off by default: the parameter `featureGates` of"
        " the same rules.",
    ),
    Key(
        "include",
        ListOf(Pattern()),
        "In directories, read only matching files; patterns as in `.gitignore`, relative to the audited directory.",
        "--include",
    ),
    Key("exclude", ListOf(Pattern()), "Skip matching files and directories.", "--exclude"),
    Key("folders", Folders(FOLDER_KEYS), "Other values for the files in certain folders and those below."),
)
"""The keys of the file."""


def section_mistakes(value: Any, keys: tuple[Key, ...], path: FieldPath) -> Iterator[Mistake]:
    """The mistakes in a section of the file.

    Args:
        value: the section, or the whole file.
        keys: the keys that it may have.
        path: its place in the file; empty for the whole file.
    """
    if value is None and not path.segments:
        return  # an empty file
    if not isinstance(value, dict):
        name = f"`{path}`" if path.segments else "The file"
        yield path, f"{name} must be an object with keys such as `{keys[0].name}`, not {described(value)}."
        return
    known = {key.name: key for key in keys}
    for name, entry in value.items():
        below = path / name
        if name in known:
            yield from _mistakes(entry, known[name].kind, below)
        else:
            hint = suggestion(name, known, otherwise=f"Known keys: {', '.join(known)}.")
            yield below, f"`{below}` is not a key. {hint}"


def _mistakes(value: Any, kind: Kind, path: FieldPath) -> Iterator[Mistake]:
    match kind:
        case OneOf():
            return _mistakes_of_choice(value, kind, path)
        case Text():
            return _mistakes_of_text(value, path)
        case Pattern():
            return _mistakes_of_pattern(value, path)
        case ListOf():
            return _mistakes_of_list(value, kind, path)
        case Configuration():
            return _mistakes_of_configuration(value, kind, path)
        case Folders():
            return _mistakes_of_folders(value, kind, path)


def _mistakes_of_text(value: Any, path: FieldPath) -> Iterator[Mistake]:
    if not isinstance(value, str) or not value:
        yield path, f"`{path}` must be a string, not {described(value) if value != '' else 'an empty one'}."


def _mistakes_of_pattern(value: Any, path: FieldPath) -> Iterator[Mistake]:
    if not isinstance(value, str):
        yield path, f"`{path}` must be a string, not {described(value)}."
    elif re.search(Pattern.regular_expression, value) is None:
        yield path, f"`{path}` must be a pattern that is not empty and does not begin with '!'."


def _mistakes_of_list(value: Any, kind: ListOf, path: FieldPath) -> Iterator[Mistake]:
    if not isinstance(value, list):
        yield path, f"`{path}` must be a list of strings, not {described(value)}."
        return
    if not value and not kind.may_be_empty:
        yield path, f"`{path}` must have at least one entry; remove it to evaluate every rule."
    for number, entry in enumerate(value):
        yield from _mistakes(entry, kind.entry, path / number)


def _mistakes_of_folders(value: Any, kind: Folders, path: FieldPath) -> Iterator[Mistake]:
    if not isinstance(value, dict):
        yield path, f"`{path}` must be an object with the names of folders, not {described(value)}."
        return
    for name, section in value.items():
        yield from section_mistakes(section, kind.keys, path / name)


def _mistakes_of_choice(value: Any, kind: OneOf, path: FieldPath) -> Iterator[Mistake]:
    """Messages do not contain the value, which may be a secret in the wrong place."""
    if isinstance(value, str) and value in kind.values:
        return
    if kind is RULES:
        hint = suggested_rule(value) if isinstance(value, str) else ""
        yield path, f"`{path}` must be the code, the prefix of a code or the name of a rule. {hint}".rstrip()
        return
    hint = suggestion(value, kind.values) if isinstance(value, str) else f"It is {described(value)}."
    if described(value) == described(0):
        hint = "It is a number; write it in quotes."
    yield path, f"`{path}` must be one of {', '.join(kind.values)}. {hint}".rstrip()


def _mistakes_of_configuration(value: Any, kind: Configuration, path: FieldPath) -> Iterator[Mistake]:
    if not isinstance(value, dict):
        yield path, f"`{path}` must be an object with the names of rules, not {described(value)}."
        return
    for name, section in value.items():
        below = path / name
        if not kind.with_audit and name in PACK_SETTINGS:
            yield below, f"`{below}` applies to the whole audit; set it in the `rules` of the file."
            continue
        if not isinstance(section, dict) or not section:
            yield from ((below, f"`{path}`: {text}") for text in configuration_mistakes({name: section}))
            continue
        # One by one, so that each mistake is reported with its line.
        for key, entry in section.items():
            for text in configuration_mistakes({name: {key: entry}}):
                yield below / key, f"`{path}`: {text}"
