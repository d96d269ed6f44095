"""The meaning of a plain YAML scalar for Kubernetes.

The API machinery reads YAML 1.1 with the peculiarities of its Go library: `yes` is a boolean, `0o17`, `017` and `1_000`
are numbers, and `22:22` and `2024-01-31` are strings.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from typing import Final

Scalar = str | int | float | bool | None

UNSUPPORTED_TAG: Final = "Kubernetes does not support this tag; a text that begins with ! needs quotes"
"""The message does not name the tag: it may be a password without quotes."""

_CORE = "tag:yaml.org,2002:"
_WORDS: Final[Mapping[str, bool | float | None]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}
_NUMERIC_START: Final = frozenset("+-.0123456789")
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_LONGEST_NUMBER = 400


def resolve_scalar(text: str) -> Scalar:
    """The value of a scalar without quotes and without a tag."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC_START or len(text) > _LONGEST_NUMBER:
        return text
    number = _number(text)
    return text if number is None else number


def resolve_modern_scalar(text: str) -> Scalar:
    """The value for Pulumi's own files, whose library reads `yes`, `off` and the like as strings."""
    value = resolve_scalar(text)
    return text if isinstance(value, bool) and text.lower() not in ("true", "false") else value


def tagged_scalar(tag: str, text: str) -> Scalar:
    """The value of a scalar with one of YAML's own tags.

    Raises:
        ValueError: Kubernetes does not support the tag, or the text does not match it.
    """
    name = tag.removeprefix(_CORE)
    if name == tag:
        raise ValueError(UNSUPPORTED_TAG)
    if name == "binary":
        import base64  # imported late, next to no manifest has the tag

        try:
            return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
        except binascii.Error as error:
            raise ValueError("!!binary must be base64") from error
    if name in ("str", "timestamp"):
        return text
    value = resolve_scalar(text)
    if name == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    fits = {
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, float),
        "null": value is None,
    }
    if name not in fits:
        raise ValueError(UNSUPPORTED_TAG)
    if not fits[name]:
        raise ValueError(f"the value does not match its tag !!{name}")
    return value


def key_text(value: Scalar) -> str | None:
    """The key of a mapping as a JSON key; None for a key that JSON does not allow."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case _:
            return f"{value:g}" if isinstance(value, float) else str(value)


def _number(text: str) -> int | float | None:
    plain = text.replace("_", "")
    match = _INTEGER.match(plain)
    if match is not None:
        sign, hexadecimal, binary, octal, decimal = match.groups()
        digits, base = next(
            (found, base) for found, base in ((hexadecimal, 16), (binary, 2), (octal, 8), (decimal, 10)) if found
        )
        value = int(sign + digits, base)
        # The Go library converts larger numbers to floating point.
        return value if -(2**63) <= value < 2**64 else float(value)
    if _FLOAT.match(plain) is None:
        return None
    value_float = float(plain)
    return None if value_float in (float("inf"), float("-inf")) else value_float
