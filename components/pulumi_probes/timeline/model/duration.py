"""Durations as text, such as ``40s``, ``5m``, ``1h30m``, ``250ms``, and as whole milliseconds."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from pulumi_probes.model.go_duration import NANOSECONDS

MILLISECONDS: Final = 1000
"""Milliseconds in a second; the unit of simulated time is the millisecond."""

_UNITS: Final = {**NANOSECONDS, "min": NANOSECONDS["m"], "d": 24 * NANOSECONDS["h"]}
_NUMBER: Final = r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_PART: Final = re.compile(rf"{_NUMBER}\s*({'|'.join(sorted(_UNITS, key=len, reverse=True))})\s*")
_IN_A_MILLISECOND: Final = NANOSECONDS["ms"]
_LONGEST: Final = 100 * 365 * _UNITS["d"]
_LONGEST_TEXT: Final = 1000
_SPELLED_FROM_SECONDS: Final = 180


def parse_duration(text: str | float) -> int:
    """Read a duration; a number without a unit is in seconds.

    Durations in Go's format are accepted if they are whole milliseconds, not negative and at most a century; so are the
    units `d` and `min`, and spaces between the parts.

    parse_duration("1h30m")   # 5_400_000
    parse_duration(2.5)       # 2_500

    Raises:
        ValueError: the text is not a duration, is negative, is longer than a century, or is finer than a millisecond.
    """
    if isinstance(text, bool) or not isinstance(text, (str, int, float)):
        raise ValueError(f"must be a duration such as 40s or 1h30m, not {type(text).__name__}")  # noqa: TRY004 - text of users
    plain = str(text).strip().removeprefix("+")
    if re.fullmatch(_NUMBER, plain):
        plain += "s"
    if len(plain) > _LONGEST_TEXT or not re.fullmatch(rf"(?:{_PART.pattern})+", plain):
        raise ValueError(f"{text!r} is not a duration; write it as 40s, 250ms or 1h30m")
    total = sum(Fraction(number) * _UNITS[unit] for number, unit in _PART.findall(plain))
    if total > _LONGEST:
        raise ValueError(f"{text!r} is longer than a century")
    if total % _IN_A_MILLISECOND:
        raise ValueError(f"{text!r} is finer than a millisecond")
    return int(total // _IN_A_MILLISECOND)


def format_seconds(seconds: int) -> str:
    """Format whole seconds: ``65 s``, from three minutes on ``5 min 30 s``, ``2 h 5 min``, ``3 d 1 h``."""
    if seconds < _SPELLED_FROM_SECONDS:
        return f"{seconds} s"
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (left, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def format_milliseconds(milliseconds: int) -> str:
    """Format milliseconds like `format_seconds`, with the fraction of a second if there is one."""
    seconds, rest = divmod(milliseconds, MILLISECONDS)
    if rest == 0:
        return format_seconds(seconds)
    fraction = f".{rest:03d}".rstrip("0")
    if seconds < _SPELLED_FROM_SECONDS:
        return f"{seconds}{fraction} s"
    minutes, left = divmod(seconds, 60)
    prefix = f"{format_seconds(minutes * 60)} " if minutes else ""
    return f"{prefix}{left}{fraction} s"
