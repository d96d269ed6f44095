"""Kubernetes quantities such as ``2``, ``500m``, ``1.5`` or ``128Mi``, read exactly."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, Final

from pulumi_probes.model.errors import MalformedValue, UnknownValue
from pulumi_probes.model.node import Node, described
from pulumi_probes.model.values import UNKNOWN

_QUANTITY: Final = re.compile(
    r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?\Z",
    re.ASCII,
)
_SUFFIXES: Final = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    **{suffix: Fraction(10 ** (3 * (power + 1))) for power, suffix in enumerate("kMGTPE")},
    **{f"{suffix}i": Fraction(2 ** (10 * (power + 1))) for power, suffix in enumerate("KMGTPE")},
}
_LONGEST: Final = 64


def parse_quantity(value: Any) -> Fraction:
    """The number that a quantity stands for; JSON numbers are quantities too.

    parse_quantity("1500m")   # Fraction(3, 2)

    Raises:
        ValueError: it is no quantity.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"must be a quantity such as 500m, not {described(value)}")  # noqa: TRY004 - text of users
    text = repr(value) if isinstance(value, float) else str(value)[: _LONGEST + 1]
    match = _QUANTITY.match(text) if len(text) <= _LONGEST else None
    if match is None:
        raise ValueError("must be a quantity such as 2, 500m or 128Mi")
    number, suffix, exponent = match.groups()
    if exponent is not None:
        return Fraction(number) * Fraction(10) ** int(exponent)
    return Fraction(number) * _SUFFIXES.get(suffix, Fraction(1))


def read_quantity(node: Node, key: str) -> Fraction | None:
    """A quantity field, None when it is absent.

    Raises:
        UnknownValue: it is not known before deployment.
        MalformedValue: it is no quantity.
    """
    below = node[key]
    if below.value is UNKNOWN:
        raise UnknownValue(below.path)
    if below.value is None:
        return None
    try:
        return parse_quantity(below.value)
    except ValueError as error:
        raise MalformedValue(below.path, str(error)) from error
