"""Building blocks of generated pages: tables, and blocks between a marker and `<!-- end -->`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

_BLOCK: Final = re.compile(r"(<!-- made: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [list(head), ["---"] * len(head), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def with_measured(page: str, benchmark: str, text: str) -> str:
    """The page with everything between `<!-- measured: BENCHMARK -->` and `<!-- end -->` replaced by `text`.

    Raises:
        ValueError: the page has no such block.
    """
    place = re.compile(rf"(<!-- measured: {re.escape(benchmark)} -->\n).*?(<!-- end -->)", re.DOTALL)
    written, places = place.subn(lambda match: f"{match[1]}\n{text}\n\n{match[2]}", page)
    if places != 1:
        raise ValueError(f"the page has {places} blocks for {benchmark}, not 1")
    return written


def with_blocks(page: str, made: Mapping[str, str]) -> str:
    """The page with everything between `<!-- made: NAME -->` and `<!-- end -->` replaced by the block of that name.

    Raises:
        ValueError: the blocks of the page are not the same as those in `made`.
    """
    shown = {match[2] for match in _BLOCK.finditer(page)}
    if shown != set(made):
        raise ValueError(f"blocks that are only in the page or only in `made`: {', '.join(sorted(shown ^ set(made)))}")
    return _BLOCK.sub(lambda match: f"{match[1]}\n{made[match[2]]}\n\n{match[3]}", page)
