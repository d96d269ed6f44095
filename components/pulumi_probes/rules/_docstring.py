"""Parses the docstrings of rules, which are the source of their pages."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from msgspec import Struct

from pulumi_probes._docstrings import docstring

_HEADINGS = ("Why", "Bad", "Good", "Fix", "References")


class Documentation(Struct, frozen=True):
    """The parts of a rule's docstring.

    Attributes:
        summary: the first line, the pattern that the rule finds.
        why: why the pattern is a problem.
        bad: manifests in YAML, for each of which the rule has a finding.
        good: manifests in YAML, for which it has none.
        fix: how to fix a finding.
        references: one link per line.
    """

    summary: str
    why: str
    bad: tuple[str, ...]
    good: tuple[str, ...]
    fix: str
    references: tuple[str, ...]


@cache
def read_docstring(check: Callable[..., Any]) -> Documentation:
    """The parts of a rule's docstring.

    Raises:
        ValueError: one is missing.
    """
    text = docstring(check)
    if not text:
        # Python has dropped the docstrings and no source is installed. Rules are evaluated all the same.
        return Documentation(summary="", why="", bad=(), good=(), fix="", references=())
    summary, _, rest = text.partition("\n")
    parts = re.split(rf"^({'|'.join(_HEADINGS)}):[ \t]*", rest.strip() + "\n", flags=re.MULTILINE)
    sections = {heading: inspect.cleandoc(body) for heading, body in zip(parts[1::2], parts[2::2], strict=True)}
    missing = [heading for heading in _HEADINGS if not sections.get(heading)]
    if missing:
        raise ValueError(f"{check.__name__}: the docstring has no section {', '.join(missing)}")
    return Documentation(
        summary=summary,
        why=sections["Why"],
        bad=_blocks(sections["Bad"]),
        good=_blocks(sections["Good"]),
        fix=sections["Fix"],
        references=tuple(line.removeprefix("- ") for line in sections["References"].splitlines()),
    )


def _blocks(section: str) -> tuple[str, ...]:
    """The examples of a section, separated by lines `--- another`; `---` alone separates the objects of one example."""
    return tuple(block.strip() + "\n" for block in re.split(r"^--- another.*\n", section, flags=re.MULTILINE))
