"""Reads docstrings that are part of the output: those of rules, presets, components and subcommands.

`python -OO` drops them when it compiles, so there they are read from the source.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from inspect import cleandoc
from typing import Any


def docstring(documented: Any) -> str:
    """The docstring of a function or a class that a module defines, without its indentation.

    Empty if it has none, and under `python -OO` also if the source is not installed.
    """
    text: str | None = documented.__doc__
    if text is None:
        text = _docstrings(documented.__module__).get(documented.__qualname__)
    return cleandoc(text or "")


@cache
def _docstrings(module: str) -> Mapping[str, str]:
    """Every docstring in the source of a module, by the qualified name of what it is about."""
    import ast  # loads much, for one option of the interpreter
    import inspect

    def found(node: ast.AST, prefix: str) -> Iterator[tuple[str, str]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                if (text := ast.get_docstring(child, clean=False)) is not None:
                    yield prefix + child.name, text
                yield from found(child, f"{prefix}{child.name}.")

    try:
        source = inspect.getsource(sys.modules[module])
    except (KeyError, OSError, TypeError):
        return {}
    return dict(found(ast.parse(source), ""))
