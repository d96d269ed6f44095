"""Minor versions of Kubernetes, and the range that this project supports."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct


class KubernetesVersion(Struct, frozen=True, order=True):
    """A minor version such as 1.34; patch releases do not change the API."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


def parse_version(text: str) -> KubernetesVersion:
    """Parse ``1.34``, ``v1.34.3`` or ``1.34+``.

    Raises:
        ValueError: the text has another form.
    """
    match = re.match(r"v?(\d+)\.(\d+)", text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a Kubernetes version such as 1.34")
    return KubernetesVersion(int(match[1]), int(match[2]))


OLDEST: Final = KubernetesVersion(1, 24)
"""The oldest version that the feature table and the simulator support."""

NEWEST: Final = KubernetesVersion(1, 37)
"""The newest version that the feature table and the simulator support."""

DEFAULT: Final = KubernetesVersion(1, 35)
"""The version that is assumed by default: the oldest one that is still maintained.

At the end of 2026, Kubernetes maintains 1.35 and later, and the managed services run at least that: 1.34 had its last
patch in October, and EKS, GKE and AKS end its regular support by December.
"""


def supported_version(text: str) -> KubernetesVersion:
    """Parse a version that the feature table and the simulator support.

    Raises:
        ValueError: the text has another form, or the version is older than `OLDEST` or newer than `NEWEST`.
    """
    version = parse_version(text)
    if not OLDEST <= version <= NEWEST:
        raise ValueError(f"Kubernetes {version} is not supported; use {OLDEST} to {NEWEST}")
    return version
