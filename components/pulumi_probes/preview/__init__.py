"""Layer 3: running a Pulumi Python program in this process, without engine, cluster or account.

project = load_project("examples/01-minimal")
recording = run_program(project, load_stack(project))
recording.registrations      # every resource, in the order of registration
read_manifests(recording)    # the Kubernetes objects among them
"""

from pulumi_probes.preview.manifests import ProgramManifests, read_manifests
from pulumi_probes.preview.project import Project, StackSettings, load_project, load_stack
from pulumi_probes.preview.recording import Diagnostic, ProgramFailure, Recording, Registration
from pulumi_probes.preview.runner import DEFAULT_TIME_LIMIT_SECONDS, run_program

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
