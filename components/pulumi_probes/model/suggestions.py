"""Suggestions for misspelt names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_CUTOFF: Final = 0.75
"""The minimum similarity of two names, from 0 to 1: prot matches port, probes does not match pod_labels."""


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most similar to a misspelt one, regardless of case, hyphens and underscores.

    Returns:
        The name as it is known; None if no name is similar enough.
    """
    from difflib import get_close_matches  # imported late, because only mistakes need it

    plain = {_plain(candidate): candidate for candidate in known}
    found = get_close_matches(_plain(name), plain, n=1, cutoff=_CUTOFF)
    return plain[found[0]] if found else None


def did_you_mean(*names: str) -> str:
    """The question whether one of several names was meant."""
    *others, last = names
    return f"Did you mean {', '.join(others)} or {last}?" if others else f"Did you mean {last}?"


def suggestion(name: str, known: Iterable[str], *, otherwise: str = "", quote: str = "'") -> str:
    """The question whether the most similar known name was meant.

    Args:
        name: the misspelt name.
        known: the names that are valid in its place.
        otherwise: the result if no name is similar enough.
        quote: the character around the name in the question.
    """
    close = closest(name, known)
    return did_you_mean(f"{quote}{close}{quote}") if close is not None else otherwise


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")
