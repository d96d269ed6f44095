"""Converts names between the case of Python and that of Kubernetes and Pulumi."""

from __future__ import annotations

import re
from typing import Final

_BEFORE_CAPITAL: Final = r"(?<=[a-z0-9])([A-Z])"


def camel_case(name: str) -> str:
    """The name in Kubernetes: period_seconds -> periodSeconds."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def snake_case(name: str) -> str:
    """The name in Python: periodSeconds -> period_seconds."""
    return re.sub(_BEFORE_CAPITAL, r"_\1", name).lower()
