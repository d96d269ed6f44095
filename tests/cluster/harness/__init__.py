"""A real Kubernetes node without Docker, for tests and experiments; `scripts/cluster` is its command.

The control plane (etcd, API server, controllers, scheduler) runs as plain processes. A node (containerd, kubelet, pods)
runs in its own mount, process and network namespaces, so that stopping one process stops all of it. On the machine,
only a bridge and control groups are visible, which `down` removes.
"""

from __future__ import annotations

from harness.client import ApiError, Client
from harness.cluster import Cluster, down, start_cluster, status
from harness.node import Node, NodeSettings
from harness.requirements import Level, Missing, install_requirements, missing_requirements

__all__ = [
    "ApiError",
    "Client",
    "Cluster",
    "Level",
    "Missing",
    "Node",
    "NodeSettings",
    "down",
    "install_requirements",
    "missing_requirements",
    "start_cluster",
    "status",
]
