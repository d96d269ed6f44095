"""A cluster is a directory with all of its state; it can be started, inspected and removed, even after a crash."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from harness import cgroups
from harness.client import Client
from harness.control_plane import connect, start_control_plane
from harness.image import write_actor_archive
from harness.network import NODES_PER_SLOT, Network, make_network
from harness.node import PAUSE_IMAGE, Node, NodeSettings, start_node, wait_for_node
from harness.process import Identity, recorded, wait_until
from harness.requirements import Level

RUNS: Final = Path(f"/var/tmp/pulumi-probes-{os.getuid()}")  # noqa: S108 - /tmp may be memory; the name has the user's number
"""The directory of all clusters: on a real file system, with a path that is short enough for sockets."""

_NAMESPACE_SECONDS: Final = 30

_SERVICES: Final = ("kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd")


@dataclass(slots=True)
class Cluster:
    """A running cluster.

    Attributes:
        folder: its state and logs.
        client: the client of its API server.
        nodes: its nodes.
    """

    folder: Path
    client: Client
    nodes: list[Node] = field(default_factory=list)
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list, repr=False)
    _network: Network | None = None

    @property
    def kubeconfig(self) -> Path:
        """For other programs."""
        return self.folder / "kubeconfig"

    @property
    def gateway(self) -> str:
        """The machine's address in the network of nodes and pods.

        Raises:
            ValueError: the cluster has no network.
        """
        if self._network is None:
            raise ValueError("a cluster without nodes has no network")
        return self._network.gateway

    def add_node(self, settings: NodeSettings | None = None) -> Node:
        """Start another node and wait until it is Ready.

        Raises:
            StartError: the node did not start.
            ValueError: the cluster has the maximum number of nodes.
        """
        index = len(self.nodes)
        if self._network is None or index >= NODES_PER_SLOT:
            raise ValueError(f"a cluster with a network can have up to {NODES_PER_SLOT} nodes")
        _remember(self.folder, nodes=index + 1)
        owned = _owner(self.folder) is not None
        node, process = start_node(
            self.folder / f"node{index}", index, self._network, settings or NodeSettings(), dies_with_us=owned
        )
        self._processes.append(process)
        self.nodes.append(node)
        node.import_image(write_actor_archive(PAUSE_IMAGE))
        wait_for_node(node)
        return node

    def make_namespace(self, name: str, pod_security: str = "restricted") -> None:
        """Create a namespace, and wait until pods can be created in it.

        Args:
            name: its name.
            pod_security: the Pod Security Standard that it enforces.

        Raises:
            TimeoutError: no controller created its service account, which every pod needs.
        """
        labels = {"pod-security.kubernetes.io/enforce": pod_security}
        self.client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
        if not wait_until(lambda: self.client.find("v1", "ServiceAccount", "default", name), _NAMESPACE_SECONDS):
            raise TimeoutError(f"namespace {name} has no service account")

    def stop(self) -> None:
        """Stop everything and remove all traces."""
        self.client.close()
        down(self.folder)
        for process in self._processes:
            process.wait(timeout=10)


def start_cluster(
    name: str, level: Level, *, outlives_us: bool = False, api_server_options: Sequence[str] = ()
) -> Cluster:
    """Start a cluster; first removes what crashed processes may have left.

    Args:
        name: the name of its directory.
        level: API server only, or with one node.
        outlives_us: whether it keeps running when this process exits; otherwise it is stopped in any case.
        api_server_options: additional options of kube-apiserver.

    Raises:
        StartError: a part of it did not start; the others have been stopped.
        FileExistsError: a cluster of this name is running.
    """
    remove_abandoned()
    folder = RUNS / name
    folder.mkdir(parents=True)
    us = None if outlives_us else Identity.of(os.getpid())
    _remember(folder, owner=None if us is None else [us.pid, us.started], level=level.value)
    try:
        network = None
        if level is Level.NODE:
            network = make_network()
            _remember(folder, slot=network.slot)
        processes = start_control_plane(
            folder,
            level,
            network.gateway if network else "127.0.0.1",
            dies_with_us=not outlives_us,
            api_server_options=api_server_options,
        )
        cluster = Cluster(folder, connect(folder), _processes=processes, _network=network)
        if level is Level.NODE:
            cluster.add_node()
    except BaseException:
        down(folder)
        raise
    return cluster


def find_cluster(name: str) -> Cluster | None:
    """A cluster that another process started."""
    folder = RUNS / name
    if not (folder / "connection.json").exists():
        return None
    network = _network(folder)
    nodes = [Node(folder / f"node{index}", index, network) for index in range(_nodes(folder))] if network else []
    return Cluster(folder, connect(folder), nodes, _network=network)


def status(name: str) -> dict[str, bool] | None:
    """The running processes of a cluster; None if it does not exist."""
    folder = RUNS / name
    if not folder.exists():
        return None
    places = {service: (folder, service) for service in reversed(_SERVICES)}
    places |= {f"node{index}": (folder / f"node{index}", "node") for index in range(_nodes(folder))}
    found = {service: recorded(*place) for service, place in places.items()}
    return {service: identity.is_alive for service, identity in found.items() if identity is not None}


def down(folder: Path) -> None:
    """Stop the processes of a cluster, and remove its mounts, network, control groups and directory; idempotent."""
    network = _network(folder)
    for index in range(_nodes(folder)):
        # When the first process of a node exits, the kernel ends all others, so there is nothing to wait for.
        node = recorded(folder / f"node{index}", "node")
        if node is not None:
            node.end(patience_seconds=0)
    for service in _SERVICES:
        process = recorded(folder, service)
        if process is not None:
            process.end(patience_seconds=5 if service == "etcd" else 1)
    if network is not None:
        network.remove()
        for index in range(_nodes(folder)):
            cgroups.remove_group(Node(folder / f"node{index}", index, network).group)
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        RUNS.rmdir()


def remove_abandoned() -> None:
    """Stop all clusters whose owner has died without stopping them."""
    for folder in RUNS.iterdir() if RUNS.exists() else ():
        if (folder / "cluster.json").exists():
            owner = _owner(folder)
            if owner is not None and not owner.is_alive:
                down(folder)


def _remember(folder: Path, **facts: Any) -> None:
    file = folder / "cluster.json"
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps({**_facts(folder), **facts}))
    partial.rename(file)


def _facts(folder: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads((folder / "cluster.json").read_text())
    except FileNotFoundError:
        return {}
    return content


def _owner(folder: Path) -> Identity | None:
    owner = _facts(folder).get("owner")
    return None if owner is None else Identity(*owner)


def _network(folder: Path) -> Network | None:
    slot = _facts(folder).get("slot")
    return None if slot is None else Network(slot)


def _nodes(folder: Path) -> int:
    return int(_facts(folder).get("nodes", 0))
