"""Decides with `.gitignore` files and patterns which files of a directory are read.

Patterns have the syntax of `.gitignore`. The package that evaluates them is imported only if there are any.
"""

# A path stays a string, so that messages show it as it was typed.
# ruff: noqa: PTH118, PTH120, PTH123, PTH206

from __future__ import annotations

import os
import stat
from codecs import BOM_UTF8
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE: Final = ".gitignore"
"""The name of the files that Git reads in every directory of a work tree."""

_MAXIMUM_BYTES: Final = 1024 * 1024


class Patterns:
    """Patterns in the syntax of `.gitignore`, relative to one directory; invalid ones match nothing, as in Git."""

    __slots__ = ("_spec",)

    def __init__(self, lines: Iterable[str]) -> None:
        self._spec = _compiled(lines)

    def decision(self, path: str, *, is_folder: bool = False) -> bool | None:
        """Whether a path is matched: True, False if a pattern with `!` applies, or None if no pattern does.

        Args:
            path: the path relative to the directory of the patterns, with slashes.
            is_folder: whether it is a directory.
        """
        return self._spec.check_file(f"{path}/" if is_folder else path).include


class IgnoreRules(Struct, frozen=True):
    """The `.gitignore` files that apply to a directory.

    Attributes:
        prefix: the path from the top of the work tree to the directory that is searched; empty or with a slash at the
            end, like the paths below.
        levels: the patterns of each file, from the outermost to the innermost, with the path from the top of the work
            tree to the directory of the file.
    """

    prefix: str = ""
    levels: tuple[tuple[str, Patterns], ...] = ()

    def below(self, folder: str, relative: str) -> IgnoreRules:
        """The rules for a directory whose `.gitignore` file is read.

        Args:
            folder: the directory.
            relative: its path relative to the searched directory; empty for that one itself.
        """
        patterns = _read(folder)
        base = f"{self.prefix}{relative}/" if relative else self.prefix
        return self if patterns is None else IgnoreRules(self.prefix, (*self.levels, (base, patterns)))

    def excludes(self, relative: str, *, is_folder: bool) -> bool:
        """Whether the innermost file that decides about a path excludes it.

        Args:
            relative: the path relative to the searched directory.
            is_folder: whether it is a directory.
        """
        return self._excludes(self.prefix + relative, is_folder=is_folder)

    def excludes_searched_folder(self) -> bool:
        """Whether the searched directory, or one that contains it, is excluded."""
        names = self.prefix.split("/")[:-1]
        return any(self._excludes("/".join(names[: end + 1]), is_folder=True) for end in range(len(names)))

    def _excludes(self, path: str, *, is_folder: bool) -> bool:
        for base, patterns in reversed(self.levels):
            if path.startswith(base) and path != base:
                decision = patterns.decision(path.removeprefix(base), is_folder=is_folder)
                if decision is not None:
                    return decision
        return False


def rules_above(folder: str) -> IgnoreRules:
    """The rules from the directories above a directory, up to the top of its Git work tree.

    There are none outside of a work tree, or if they exclude the directory itself: it was named, so it is searched.
    """
    real = os.path.realpath(folder)
    top = work_tree_of(real)
    if top is None or top == real:
        return IgnoreRules()
    names = os.path.relpath(real, top).split(os.sep)
    levels: list[tuple[str, Patterns]] = []
    for end in range(len(names)):
        patterns = _read(os.path.join(top, *names[:end]))
        if patterns is not None:
            levels.append(("".join(f"{name}/" for name in names[:end]), patterns))
    rules = IgnoreRules("".join(f"{name}/" for name in names), tuple(levels))
    return IgnoreRules() if rules.excludes_searched_folder() else rules


def work_tree_of(folder: str) -> str | None:
    """The directory with `.git` that contains a directory, given by its real path; None if there is none."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder


def _read(folder: str) -> Patterns | None:
    """The patterns of a directory; None if it has no file with patterns that Git would read."""
    file = os.path.join(folder, IGNORE_FILE)
    with suppress(OSError):
        if stat.S_ISREG(os.lstat(file).st_mode):
            with open(file, "rb") as stream:
                return Patterns(
                    stream.read(_MAXIMUM_BYTES).removeprefix(BOM_UTF8).decode("utf-8", "surrogateescape").split("\n")
                )
    return None


def _compiled(lines: Iterable[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec  # imported late: most directories have no patterns

    valid: list[str] = []
    for line in lines:
        with suppress(ValueError):
            GitIgnoreSpec.from_lines([line])
            valid.append(line.removesuffix("\r"))
    return GitIgnoreSpec.from_lines(valid)
