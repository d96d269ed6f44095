"""A fix as a change of whole lines, which code review and editors offer to accept."""

from __future__ import annotations

import io

from pulumi_probes.model.finding import Replacement


def replacement_of(before: str, after: str, first_line: int) -> Replacement:
    """The lines in which two texts of a document differ.

    A line that stays is part of the replacement where lines are only added or only removed, because not every reader
    can replace nothing, or by nothing.

    Args:
        before: the text of the document.
        after: the changed text.
        first_line: the line of the file on which the document begins, counted from 1.
    """
    old, new = _lines(before), _lines(after)
    same = min(len(old), len(new))
    start = next((index for index in range(same) if old[index] != new[index]), same)
    rest = same - start
    end = next((index for index in range(rest) if old[-1 - index] != new[-1 - index]), rest)
    last_old, last_new = len(old) - end, len(new) - end
    if start in (last_old, last_new):
        if start > 0:
            start -= 1
        else:
            last_old, last_new = last_old + 1, last_new + 1
    return Replacement(
        first_line=first_line + start,
        last_line=first_line + last_old - 1,
        before="".join(old[start:last_old]).rstrip("\r\n"),
        after="".join(new[start:last_new]).rstrip("\r\n"),
    )


def _lines(text: str) -> list[str]:
    return list(io.StringIO(text, newline=""))
