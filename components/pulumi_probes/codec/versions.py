"""Which Kubernetes version brought which field: the one table of it.

`stable_since` is where a cluster has the feature whatever its feature gates say; `usable_since` is where it is on by
default. Source: the feature gates of Kubernetes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering
from typing import Final


@total_ordering
@dataclass(frozen=True, slots=True)
class KubernetesVersion:
    """A minor version such as 1.34; patch releases do not change the API."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    def __lt__(self, other: KubernetesVersion) -> bool:
        return (self.major, self.minor) < (other.major, other.minor)


def parse_version(text: str) -> KubernetesVersion:
    """Read ``1.34``, ``v1.34.3`` or ``1.34+``.

    Raises:
        ValueError: it is none of these.
    """
    match = re.match(r"v?(\d+)\.(\d+)", text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no Kubernetes version; write it as 1.34")
    return KubernetesVersion(int(match[1]), int(match[2]))


OLDEST: Final = KubernetesVersion(1, 24)
"""The oldest version that the tables and the timeline know."""

NEWEST: Final = KubernetesVersion(1, 37)
"""The newest version that the tables and the timeline know."""

DEFAULT: Final = KubernetesVersion(1, 34)
"""The version that is assumed where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A field or behaviour that not every cluster has.

    Attributes:
        name: what it is called in a sentence.
        usable_since: the first version that has it without a feature gate being set, None for not yet.
        gate: the feature gate that turns it on before.
    """

    name: str
    usable_since: KubernetesVersion | None
    gate: str


FEATURES: Final = {
    "grpc": Feature("the grpc probe handler", KubernetesVersion(1, 24), "GRPCContainerProbe"),
    "probe-grace-period": Feature(
        "terminationGracePeriodSeconds of a probe", KubernetesVersion(1, 25), "ProbeTerminationGracePeriod"
    ),
    "sidecar": Feature("restartPolicy of an init container", KubernetesVersion(1, 29), "SidecarContainers"),
    "sleep": Feature("the sleep lifecycle handler", KubernetesVersion(1, 30), "PodLifecycleSleepAction"),
    "sleep-zero": Feature(
        "a sleep lifecycle handler of 0 s", KubernetesVersion(1, 33), "PodLifecycleSleepActionAllowZero"
    ),
    "stop-signal": Feature("lifecycle.stopSignal", None, "ContainerStopSignals"),
    "container-restart-policy": Feature(
        "restartPolicy of a regular container", KubernetesVersion(1, 35), "ContainerRestartRules"
    ),
    "grpc-tls": Feature("mode of a grpc probe", None, "GRPCContainerProbeTLS"),
}
"""Every feature of probes and hooks that depends on the cluster's version."""


def is_usable(feature: str, version: KubernetesVersion) -> bool:
    """Whether a cluster of `version` has the feature with its default gates."""
    since = FEATURES[feature].usable_since
    return since is not None and version >= since
