"""Converts the names of arguments to the names of the Kubernetes fields that they set."""

from __future__ import annotations

from typing import Final

PROBE_FIELDS: Final = {
    "startup_probe": "startupProbe",
    "readiness_probe": "readinessProbe",
    "liveness_probe": "livenessProbe",
}
"""The probe arguments and the fields of a container that they are rendered to."""


def camel_case(name: str) -> str:
    """The Kubernetes name of an argument: period_seconds -> periodSeconds."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
