"""Layer 3: previews of Pulumi Python programs in this process, without engine, cluster or account.

project = load_project("examples/01-minimal")
recording = run_program(project, load_stack(project))
recording.registrations      # every resource, in the order of registration
read_manifests(recording)    # the Kubernetes objects among them

Names are imported when they are first used, so that mistakes in a project are reported before the Pulumi SDK is loaded.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_probes.preview.environment import DEFAULT_TIME_LIMIT_SECONDS
    from pulumi_probes.preview.manifests import ProgramManifests, read_manifests
    from pulumi_probes.preview.project import Project, StackSettings, load_project, load_stack
    from pulumi_probes.preview.recording import Diagnostic, ProgramFailure, Recording, Registration
    from pulumi_probes.preview.runner import run_program

__all__ = [
    "DEFAULT_TIME_LIMIT_SECONDS",
    "Diagnostic",
    "ProgramFailure",
    "ProgramManifests",
    "Project",
    "Recording",
    "Registration",
    "StackSettings",
    "load_project",
    "load_stack",
    "read_manifests",
    "run_program",
]

_HOMES = ("environment", "project", "recording", "manifests", "runner")
"""The modules in which names are looked up; `runner` comes last, because it loads the Pulumi SDK."""


if not TYPE_CHECKING:
    # Hidden from type checkers, which would otherwise accept every name, misspelt ones included.
    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        homes = (import_module(f"{__name__}.{home}") for home in _HOMES)
        value = next(vars(home)[name] for home in homes if name in vars(home))
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
