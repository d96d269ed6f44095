"""The table of the Kubernetes versions in which fields of workloads became available.

Source: the feature gates of Kubernetes, and the behavior of its API servers, which tests/cluster/test_versions.py tests
as far as possible.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from msgspec import Struct

from pulumi_probes.model.version import DEFAULT, NEWEST, OLDEST, KubernetesVersion, parse_version

__all__ = [
    "DEFAULT",
    "FEATURES",
    "GATES",
    "NEWEST",
    "OLDEST",
    "Feature",
    "KubernetesVersion",
    "is_forbidden",
    "is_usable",
    "parse_version",
]


class Feature(Struct, frozen=True):
    """A field or behavior that not every cluster supports.

    Attributes:
        name: the name in a sentence, in the plural or without an article.
        usable_since: the first version that supports it by default; None if no version does yet.
        gate: the feature gate that enables it in earlier versions.
        forbidden: the first and the last version that reject an object with the field; other versions before
            `usable_since` drop the field.
    """

    name: str
    usable_since: KubernetesVersion | None
    gate: str
    forbidden: tuple[KubernetesVersion, KubernetesVersion] | None = None


FEATURES: Final = {
    "grpc": Feature("gRPC probes", KubernetesVersion(1, 24), "GRPCContainerProbe"),
    "probe-grace-period": Feature(
        "`terminationGracePeriodSeconds` of a probe", KubernetesVersion(1, 25), "ProbeTerminationGracePeriod"
    ),
    "sidecar": Feature("`restartPolicy: Always` of an init container", KubernetesVersion(1, 29), "SidecarContainers"),
    "sleep": Feature("`sleep` in a lifecycle hook", KubernetesVersion(1, 30), "PodLifecycleSleepAction"),
    "sleep-zero": Feature(
        "a `sleep` of 0 s in a lifecycle hook", KubernetesVersion(1, 33), "PodLifecycleSleepActionAllowZero"
    ),
    "stop-signal": Feature("`lifecycle.stopSignal`", None, "ContainerStopSignals"),
    "container-restart-policy": Feature(
        "`restartPolicy` of a container other than a sidecar",
        KubernetesVersion(1, 35),
        "ContainerRestartRules",
        forbidden=(KubernetesVersion(1, 28), KubernetesVersion(1, 33)),
    ),
    "restart-all-containers": Feature(
        "the action `RestartAllContainers`",
        KubernetesVersion(1, 36),
        "RestartAllContainersOnContainerExits",
        forbidden=(KubernetesVersion(1, 35), KubernetesVersion(1, 35)),
    ),
    "grpc-tls": Feature("`mode` of a gRPC probe", None, "GRPCContainerProbeTLS"),
    "http2": Feature("`protocol` of an HTTP probe or hook", None, "H2CContainerProbe"),
    "pod-resources": Feature("`resources` of a pod", KubernetesVersion(1, 34), "PodLevelResources"),
    "eviction-responders": Feature("`evictionResponders`", None, "EvictionRequestAPI"),
    "stateful-set-unavailable": Feature(
        "`maxUnavailable` of a StatefulSet", KubernetesVersion(1, 37), "MaxUnavailableStatefulSet"
    ),
    "stateful-set-recreate": Feature(
        "the strategy `Recreate` of a StatefulSet", None, "StatefulSetRecreateStrategy", forbidden=(OLDEST, NEWEST)
    ),
}
"""The features that depend on the version of the cluster."""

RESETS_STARTED: Final = "ChangeContainerStatusOnKubeletRestart"
"""The feature gate with which a kubelet of 1.35 or later does not let a restarted container inherit `started`."""

GATES: Final = tuple(sorted({RESETS_STARTED, *(feature.gate for feature in FEATURES.values())}))
"""The feature gates that make a difference to some rule."""


def is_usable(feature: str, version: KubernetesVersion, gates: Collection[str] = ()) -> bool:
    """Whether a cluster of `version` supports the feature with default feature gates, or with `gates` enabled."""
    known = FEATURES[feature]
    return (known.usable_since is not None and version >= known.usable_since) or known.gate in gates


def is_forbidden(feature: str, version: KubernetesVersion) -> bool:
    """Whether a cluster of `version` rejects an object with the field instead of dropping the field."""
    forbidden = FEATURES[feature].forbidden
    return forbidden is not None and forbidden[0] <= version <= forbidden[1]
