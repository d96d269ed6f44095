"""Layer 3: previews of Pulumi Python programs in this process, without engine, cluster or account.

project = load_project("examples/01-minimal")
recording = run_program(project, load_stack(project))
recording.registrations      # every resource, in the order of registration
read_manifests(recording)    # the Kubernetes objects among them

Names are loaded when they are asked for: what is wrong with a project is found before the Pulumi SDK is loaded.
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
"""Where names are looked for; `runner` loads the Pulumi SDK and comes last."""


if not TYPE_CHECKING:
    # Type checkers must not see this: to them every name would be there, misspelt ones too.
    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        homes = (import_module(f"{__name__}.{home}") for home in _HOMES)
        value = next(vars(home)[name] for home in homes if name in vars(home))
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
