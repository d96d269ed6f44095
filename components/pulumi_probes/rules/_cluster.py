"""The oldest cluster that a stack is deployed to, from the parameters of the rules that depend on it."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from pulumi_probes.codec.versions import RESETS_STARTED
from pulumi_probes.model.version import DEFAULT, KubernetesVersion, parse_version
from pulumi_probes.model.workload import Container, ContainerRole
from pulumi_probes.timeline.model.kubelet import STARTED_INHERITED_SINCE


class Cluster(Struct, frozen=True):
    """The oldest cluster.

    Attributes:
        version: its version; the default one if it is not known.
        is_known: whether the version is given.
        gates: the feature gates that are enabled although they are off by default.
    """

    version: KubernetesVersion = DEFAULT
    is_known: bool = False
    gates: frozenset[str] = frozenset()

    @property
    def inherits_started(self) -> bool:
        """Whether a container that a liveness probe has restarted counts as started before its startup probe runs.

        See docs/explanation/kubelet/versions.md#started-is-inherited.
        """
        return self.version >= STARTED_INHERITED_SINCE and RESETS_STARTED not in self.gates


def read_cluster(kubernetes_version: str, feature_gates: Collection[str] = ()) -> Cluster:
    """The cluster that the parameters of a rule describe; an empty version means the default one.

    Raises:
        ValueError: the version has another form than 1.34.
    """
    version = parse_version(kubernetes_version) if kubernetes_version else DEFAULT
    return Cluster(version, bool(kubernetes_version), frozenset(feature_gates))


def is_restarted(container: Container) -> bool:
    """Whether a container that a probe has killed is started again, by its own restart policy or the pod's."""
    if container.role is ContainerRole.SIDECAR:
        return True
    own = container.node.word("restartPolicy", "")
    return (own or container.workload.restart_policy) != "Never"
