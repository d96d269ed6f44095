"""Reads durations of Go: ``1h30m``, ``1.5s``, ``100us``. Pulumi's engine uses this form for custom timeouts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

NANOSECONDS: Final[Mapping[str, int]] = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,  # the micro sign
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60 * 1_000_000_000,
    "h": 3600 * 1_000_000_000,
}
"""Go's units of time."""

_PART: Final = re.compile(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)")
_OVERFLOW: Final = 1 << 63
_LARGEST: Final = _OVERFLOW - 1


def parse_go_duration(text: str) -> int:
    """The duration in nanoseconds, with the same results as Go's `time.ParseDuration`, including its rounding.

    parse_go_duration("1h30m")   # 5_400_000_000_000
    parse_go_duration("-.5ms")   # -500_000

    Raises:
        ValueError: Go does not accept it either: a unit is missing or unknown to Go (there are no days), it contains a
            space, or it exceeds 290 years.
    """
    negative, unsigned = text.startswith("-"), text[1:] if text[:1] in ("-", "+") else text
    if unsigned == "0":
        return 0
    if not unsigned:
        raise _unreadable(text)
    total = position = 0
    while position < len(unsigned):
        part = _PART.match(unsigned, position)
        if part is None or not (part[1] or part[2]):
            raise _unreadable(text)
        total += _nanoseconds(part[1], part[2] or "", NANOSECONDS[part[3]])
        position = part.end()
    # As in Go, the smallest 64-bit number has no positive counterpart.
    if total > (_OVERFLOW if negative else _LARGEST):
        raise _unreadable(text)
    return -total if negative else total


def _nanoseconds(whole: str, fraction: str, unit: int) -> int:
    significant = whole.lstrip("0")
    # Python limits the number of digits that it converts; numbers of that size exceed the limit in any case.
    total = (int(significant or "0") if len(significant) < len(str(_OVERFLOW)) + 1 else _OVERFLOW + 1) * unit
    digits, scale = 0, 1.0
    for digit in fraction:
        # Like Go, drop digits that do not fit into 63 bits.
        if digits > _LARGEST // 10 or digits * 10 + int(digit) > _OVERFLOW:
            break
        digits = digits * 10 + int(digit)
        scale *= 10
    return total + int(digits * (unit / scale))


def _unreadable(text: str) -> ValueError:
    return ValueError(f"{text!r} is not a duration in Go's form; write it as 90s, 5m or 1h30m")
