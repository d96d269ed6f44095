"""The table of the Kubernetes versions in which fields of probes and hooks became available.

Source: the feature gates of Kubernetes, and the behavior of its API servers, which tests/cluster/test_versions.py tests
as far as possible.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

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
    "grpc-tls": Feature("`mode` of a gRPC probe", None, "GRPCContainerProbeTLS"),
}
"""The features of probes and hooks that depend on the version of the cluster."""


def is_usable(feature: str, version: KubernetesVersion) -> bool:
    """Whether a cluster of `version` supports the feature with default feature gates."""
    since = FEATURES[feature].usable_since
    return since is not None and version >= since


def is_forbidden(feature: str, version: KubernetesVersion) -> bool:
    """Whether a cluster of `version` rejects an object with the field instead of dropping the field."""
    forbidden = FEATURES[feature].forbidden
    return forbidden is not None and forbidden[0] <= version <= forbidden[1]
