"""Discovers what the modules of a package declare, such as rules and presets, which have one file each."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any


def declared(package_name: str, attribute: str) -> Iterator[Any]:
    """The values of an attribute of the functions in a package, module by module.

    Modules whose names begin with an underscore are left out, and so are functions that a module only imports.

    Args:
        package_name: such as `pulumi_probes.rules`.
        attribute: such as `__rule__`.
    """
    package = import_module(package_name)
    for module_info in pkgutil.iter_modules(package.__path__):
        if module_info.name.startswith("_"):
            continue
        module = import_module(f"{package_name}.{module_info.name}")
        for member in vars(module).values():
            found = getattr(member, attribute, None)
            if found is not None and member.__module__ == module.__name__:
                yield found
