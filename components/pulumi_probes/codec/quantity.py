"""Reads Kubernetes quantities such as ``2``, ``500m``, ``1.5`` or ``128Mi`` without loss of precision."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pulumi_probes.model.errors import MalformedValue, UnknownValue
from pulumi_probes.model.node import Node, described
from pulumi_probes.model.values import UNKNOWN

if TYPE_CHECKING:
    from fractions import Fraction

_QUANTITY: Final = re.compile(
    r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?\Z",
    re.ASCII,
)
_LONGEST: Final = 64
_T = TypeVar("_T")


def parse_quantity(value: Any) -> Fraction:
    """The value of a quantity; JSON numbers are quantities too.

    parse_quantity("1500m")   # Fraction(3, 2)

    Raises:
        ValueError: the value is not a quantity.
    """
    # Imported late: quantities are validated in every file, and rarely computed with.
    from fractions import Fraction

    number, suffix, exponent = _parts(value)
    if exponent is not None:
        return Fraction(number) * Fraction(10) ** int(exponent)
    return Fraction(number) if suffix is None else Fraction(number) * _factors()[suffix]


def check_quantities(node: Node) -> None:
    """Validate all fields of an object of quantities, such as limits of a container; raises like `read_quantity`."""
    for name in node.keys():  # noqa: SIM118 - a Node is not a dictionary
        _read(node, name, _parts)


def read_quantity(node: Node, key: str) -> Fraction | None:
    """A quantity field; None if it is absent.

    Raises:
        UnknownValue: the value is not known before deployment.
        MalformedValue: the value is not a quantity.
    """
    return _read(node, key, parse_quantity)


def _read(node: Node, key: str, parse: Callable[[Any], _T]) -> _T | None:
    below = node[key]
    if below.value is UNKNOWN:
        raise UnknownValue(below.path)
    if below.value is None:
        return None
    try:
        return parse(below.value)
    except ValueError as error:
        raise MalformedValue(below.path, str(error)) from error


def _parts(value: Any) -> tuple[str, str | None, str | None]:
    """Number, suffix and exponent of a quantity; raises the errors of `parse_quantity`."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"must be a quantity such as 500m, not {described(value)}")  # noqa: TRY004 - callers expect it
    if isinstance(value, int) and abs(value) >= 10**_LONGEST:
        raise ValueError(f"must be a quantity of at most {_LONGEST} digits")
    text = value if isinstance(value, str) else repr(value)
    match = _QUANTITY.match(text) if len(text) <= _LONGEST else None
    if match is None:
        raise ValueError("must be a quantity such as 2, 500m or 128Mi")
    return match[1], match[2], match[3]


@cache
def _factors() -> dict[str, Fraction]:
    from fractions import Fraction

    return {
        "n": Fraction(1, 10**9),
        "u": Fraction(1, 10**6),
        "m": Fraction(1, 1000),
        **{suffix: Fraction(10 ** (3 * (power + 1))) for power, suffix in enumerate("kMGTPE")},
        **{f"{suffix}i": Fraction(2 ** (10 * (power + 1))) for power, suffix in enumerate("KMGTPE")},
    }
