"""The optional package `pulumi_probes_native`, which does several times faster what Python code here does, too."""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType
from typing import Final

INTERFACE: Final = 2
"""The version of the package's interface that is used here."""

_DISABLING_VARIABLE: Final = "PROBES_NATIVE"


def _find() -> ModuleType | None:
    if os.environ.get(_DISABLING_VARIABLE) == "0":
        return None
    try:
        # By name, because type checkers and import contracts run without it, too.
        native = import_module("pulumi_probes_native")
    except ImportError:
        return None
    return native if native.INTERFACE == INTERFACE else None


NATIVE: Final = _find()
"""The package; None without it, if it has another interface, or if `PROBES_NATIVE=0` in the environment disables it."""
