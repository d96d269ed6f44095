"""Which Kubernetes version brought which field: the one table of it.

Source: the feature gates of Kubernetes, and what its API servers do; tests/cluster/test_versions.py tries what can be
tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pulumi_probes.model.version import DEFAULT, NEWEST, OLDEST, KubernetesVersion, parse_version

__all__ = [
    "DEFAULT",
    "FEATURES",
    "NEWEST",
    "OLDEST",
    "Feature",
    "KubernetesVersion",
    "is_forbidden",
    "is_usable",
    "parse_version",
]


@dataclass(frozen=True, slots=True)
class Feature:
    """A field or behaviour that not every cluster has.

    Attributes:
        name: what it is called in a sentence.
        usable_since: the first version that has it without a feature gate being set, None for not yet.
        gate: the feature gate that turns it on before.
        forbidden: the first and the last version that know the field and refuse an object with it; other versions
            before `usable_since` drop it.
    """

    name: str
    usable_since: KubernetesVersion | None
    gate: str
    forbidden: tuple[KubernetesVersion, KubernetesVersion] | None = None


FEATURES: Final = {
    "grpc": Feature("the grpc probe handler", KubernetesVersion(1, 24), "GRPCContainerProbe"),
    "probe-grace-period": Feature(
        "terminationGracePeriodSeconds of a probe", KubernetesVersion(1, 25), "ProbeTerminationGracePeriod"
    ),
    "sidecar": Feature("restartPolicy: Always of an init container", KubernetesVersion(1, 29), "SidecarContainers"),
    "sleep": Feature("the sleep lifecycle handler", KubernetesVersion(1, 30), "PodLifecycleSleepAction"),
    "sleep-zero": Feature(
        "a sleep lifecycle handler of 0 s", KubernetesVersion(1, 33), "PodLifecycleSleepActionAllowZero"
    ),
    "stop-signal": Feature("lifecycle.stopSignal", None, "ContainerStopSignals"),
    "container-restart-policy": Feature(
        "restartPolicy of a container that is no sidecar",
        KubernetesVersion(1, 35),
        "ContainerRestartRules",
        forbidden=(KubernetesVersion(1, 28), KubernetesVersion(1, 33)),
    ),
    "grpc-tls": Feature("mode of a grpc probe", None, "GRPCContainerProbeTLS"),
}
"""Every feature of probes and hooks that depends on the cluster's version."""


def is_usable(feature: str, version: KubernetesVersion) -> bool:
    """Whether a cluster of `version` has the feature with its default gates."""
    since = FEATURES[feature].usable_since
    return since is not None and version >= since


def is_forbidden(feature: str, version: KubernetesVersion) -> bool:
    """Whether a cluster of `version` refuses an object with the field, instead of dropping the field."""
    forbidden = FEATURES[feature].forbidden
    return forbidden is not None and forbidden[0] <= version <= forbidden[1]
