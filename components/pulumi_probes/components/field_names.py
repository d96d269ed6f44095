"""Converts the names of arguments to the names of the Kubernetes fields that they set."""

from __future__ import annotations

from typing import Final

from pulumi_probes.model.letter_case import snake_case
from pulumi_probes.model.probe_kind import ProbeKind

PROBE_FIELDS: Final = {snake_case(kind.value): kind.value for kind in ProbeKind}
"""The probe arguments and the fields of a container that they are rendered to."""
