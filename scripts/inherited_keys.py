"""Copies the keys that a `TypedDict` inherits, with their descriptions, into the class itself.

Language servers show the text of a key only where the dictionary's own class declares it, not one of its bases
(https://github.com/microsoft/pylance-release/issues/5006). The base classes stay the source: the keys after `MARK` in a
class are copied from them. Type checkers ensure that both declarations have the same type.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "components" / "pulumi_probes" / "components"

MARK = "    # From here on scripts/docs copies the keys of the bases, because editors do not show inherited texts.\n"
"""The line in the body of a class that is followed by its copied keys."""


def marked_modules() -> list[Path]:
    """The modules with classes that contain copied keys."""
    return [path for path in sorted(FOLDER.rglob("*.py")) if MARK in path.read_text(encoding="utf-8")]


def with_inherited_keys(path: Path) -> str:
    """The text of a module with its copied keys replaced."""
    lines = _lines(path)
    classes = _classes(lines)
    # From the last one to the first, so that the line numbers of those above stay valid.
    for mark in reversed([index for index, line in enumerate(lines) if line == MARK]):
        owner = next(node for node in reversed(classes) if node.lineno <= mark)
        own = _own_keys(owner, lines)
        inherited = [text for name, text in _inherited_keys(owner).items() if name not in own]
        # Comments are not part of the tree, so a class that ends with the mark seems to end before it.
        lines[mark + 1 : max(mark + 1, owner.end_lineno or 0)] = ["".join(inherited).rstrip() + "\n"]
    return "".join(lines)


def _inherited_keys(owner: ast.ClassDef) -> dict[str, str]:
    """The inherited keys with the lines that declare them, in the order in which the class has them at run time."""
    keys: dict[str, str] = {}
    for base in owner.bases:
        if isinstance(base, ast.Name) and base.id != "TypedDict":
            definition, lines = _find_class(base.id)
            keys |= {**_inherited_keys(definition), **_own_keys(definition, lines)}
    return keys


def _own_keys(owner: ast.ClassDef, lines: Sequence[str]) -> dict[str, str]:
    """The keys that a class declares itself, with their lines: annotation, description, and perhaps an empty line."""
    last = owner.end_lineno or 0
    end = lines.index(MARK, owner.lineno, last) if MARK in lines[owner.lineno : last] else last
    declared = [node for node in owner.body if isinstance(node, ast.AnnAssign) and node.lineno <= end]
    starts = [node.lineno - 1 for node in declared]
    return {
        ast.unparse(node.target): "".join(lines[start:stop])
        for node, start, stop in zip(declared, starts, [*starts[1:], end], strict=True)
    }


def _find_class(name: str) -> tuple[ast.ClassDef, list[str]]:
    """The definition of a class of the components, and the lines of its module.

    Raises:
        LookupError: not exactly one module defines it.
    """
    found = [
        (node, lines)
        for path in FOLDER.rglob("*.py")
        for lines in [_lines(path)]
        for node in _classes(lines)
        if node.name == name
    ]
    if len(found) != 1:
        raise LookupError(f"{len(found)} classes named {name} below {FOLDER}")
    return found[0]


def _classes(lines: Sequence[str]) -> list[ast.ClassDef]:
    return [node for node in ast.parse("".join(lines)).body if isinstance(node, ast.ClassDef)]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True)
