"""A node: containerd, kubelet and pods in their own namespaces, connected to the machine by a veth pair."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from harness import cgroups
from harness.control_plane import StartError, connect
from harness.network import Network
from harness.process import last_lines, spawn, wait_until
from harness.requirements import cni_folder, command
from harness.toolchain import kubernetes_folder

READY_SECONDS: Final = 90
"""The time limit for a start, which takes 8 s on an idle machine."""

PAUSE_IMAGE: Final = "docker.io/pulumi-probes/actor:test"
"""The image of every pod's sandbox, and of the tests' own pods; nodes cannot pull images."""

_PRIVATE_FOLDERS: Final = ("/run/containerd", "/var/lib/cni", "/var/lib/kubelet", "/var/log/containers")
"""Directories with fixed names in containerd, CNI and kubelet; each node has its own there."""


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """The settings of a node.

    Attributes:
        kubelet: fields of the kubelet's configuration.
        labels: labels of the node.
    """

    kubelet: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a cluster.

    Attributes:
        folder: its state, its logs, and `pods-logs` with its pods' output.
        index: the number of the node in the cluster.
        network: the cluster's network.
    """

    folder: Path
    index: int
    network: Network

    @property
    def name(self) -> str:
        """The name of the node in the cluster."""
        return f"node{self.index}"

    @property
    def group(self) -> str:
        """The control group of the node."""
        return f"pulumi-probes-{self.network.slot}-{self.index}"

    @property
    def pods_group(self) -> str:
        """The control group of its pods."""
        return f"{self.group}/kubepods"

    @property
    def kubelet_group(self) -> str:
        """The control group of its kubelet."""
        return f"{self.group}/kubelet"

    @property
    def runtime_group(self) -> str:
        """The control group of containerd and of the processes that it starts outside of pods: shims, runc."""
        return f"{self.group}/runtime"

    @property
    def socket(self) -> Path:
        """The socket of containerd."""
        return self.folder / "containerd.sock"

    def import_image(self, archive: Path) -> None:
        """Import an image into the node."""
        self.containerd("images", "import", "--all-platforms", str(archive))

    def has_image(self, reference: str) -> bool:
        """Whether the node has an image of this name."""
        return reference in self.containerd("images", "list", "--quiet", f"name=={reference}").split()

    def containerd(self, *arguments: str) -> str:
        """Run `ctr` in the namespace that the kubelet uses; returns its output.

        Raises:
            RuntimeError: the command failed; the message has the reason.
        """
        result = subprocess.run(
            [command("ctr"), "--address", str(self.socket), "--namespace", "k8s.io", *arguments],
            check=False,
            capture_output=True,
            text=True,
        )
        if result.returncode != 0:
            raise RuntimeError(f"ctr {' '.join(arguments)}: {result.stderr.strip()}")
        return result.stdout

    def container_processes(self, container_id: str) -> list[int]:
        """The processes of a container, with their numbers on the machine.

        Args:
            container_id: the ID in the status of the pod, `containerd://…`.
        """
        group = cgroups.find_group(self.pods_group, container_id.removeprefix("containerd://"))
        return [] if group is None else cgroups.processes(group)

    def init_process(self) -> int | None:
        """The first process of the node, with its number on the machine."""
        record = json.loads((self.folder / "node.json").read_text())
        return next((pid for pid in _children(record["pid"])), None)


def start_node(
    folder: Path, index: int, network: Network, settings: NodeSettings, *, dies_with_us: bool
) -> tuple[Node, subprocess.Popen[bytes]]:
    """Start a node in `folder`; `wait_for_node` waits until it can be used.

    Raises:
        StartError: containerd or kubelet did not start.
    """
    node = Node(folder, index, network)
    folder.mkdir()
    cgroups.make_group(node.group)
    for path in _PRIVATE_FOLDERS:
        Path(path).mkdir(parents=True, exist_ok=True)
    _write_settings(node, settings)
    unshare = [command("unshare"), "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    script = str(Path(__file__).with_name("node_init.py"))
    process = spawn(
        "node",
        [*unshare, "--", sys.executable, "-I", script, "init-settings.json"],
        folder,
        dies_with_us=dies_with_us,
        stdin=subprocess.PIPE,
    )
    if not wait_until(lambda: node.init_process() is not None, 10):
        raise StartError(f"the node did not start:\n{last_lines(folder / 'node.log')}")
    network.connect(index, node.init_process() or 0)
    if process.stdin is None:
        raise AssertionError("it was asked for a pipe")
    with process.stdin as pipe:
        pipe.write(b".")
    if not wait_until(lambda: _containerd_answers(node), 30):
        raise StartError(f"containerd did not come up:\n{last_lines(folder / 'containerd.log')}")
    return node, process


def wait_for_node(node: Node) -> None:
    """Wait until the node is Ready.

    Raises:
        StartError: the node did not become Ready in time.
    """

    def is_ready() -> bool:
        found = client.find("v1", "Node", node.name)
        conditions = found["status"].get("conditions", []) if found else []
        return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)

    with closing(connect(node.folder.parent)) as client:
        if not wait_until(is_ready, READY_SECONDS, every=0.2):
            raise StartError(f"{node.name} did not become Ready:\n{last_lines(node.folder / 'kubelet.log')}")


def _containerd_answers(node: Node) -> bool:
    try:
        node.containerd("version")
    except RuntimeError:
        return False
    return True


def _write_settings(node: Node, settings: NodeSettings) -> None:
    folder, network = node.folder, node.network
    (folder / "cni").mkdir()
    (folder / "cni" / "bridge.conflist").write_text(json.dumps(_cni_configuration(node)))
    (folder / "containerd.toml").write_text(_containerd_configuration(node))
    (folder / "kubelet.json").write_text(json.dumps(_kubelet_configuration(node, settings), indent=1))
    labels = {"topology.kubernetes.io/zone": f"zone{node.index}", **settings.labels}
    kubelet = [
        str(kubernetes_folder() / "kubelet"),
        f"--kubeconfig={folder.parent / 'kubeconfig'}",
        f"--config={folder / 'kubelet.json'}",
        f"--root-dir={folder / 'kubelet'}",
        f"--cert-dir={folder / 'kubelet-keys'}",
        f"--hostname-override={node.name}",
        f"--node-ip={network.node_address(node.index)}",
        f"--node-labels={','.join(f'{key}={value}' for key, value in labels.items())}",
    ]
    content = {
        "ip": command("ip"),
        "address": f"{network.node_address(node.index)}/24",
        "gateway": network.gateway,
        "socket": str(node.socket),
        "private_folders": {
            path: str(folder / "private" / path.strip("/").replace("/", "-")) for path in _PRIVATE_FOLDERS
        },
        "groups": {
            "containerd": str(cgroups.make_measured_group(node.runtime_group)),
            "kubelet": str(cgroups.make_measured_group(node.kubelet_group)),
        },
        "commands": {
            "containerd": [command("containerd"), "--config", str(folder / "containerd.toml")],
            "kubelet": kubelet,
        },
    }
    (folder / "init-settings.json").write_text(json.dumps(content, indent=1))


def _cni_configuration(node: Node) -> dict[str, Any]:
    return {
        "cniVersion": "0.4.0",
        "name": "pods",
        "plugins": [
            {
                "type": "bridge",
                "bridge": "pods0",
                "isGateway": True,
                "ipMasq": False,
                "ipam": {
                    "type": "host-local",
                    "dataDir": str(node.folder / "addresses"),
                    "ranges": [[{"subnet": node.network.pod_range(node.index)}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            }
        ],
    }


def _containerd_configuration(node: Node) -> str:
    folder = node.folder
    return f"""\
version = 2
root = "{folder}/containerd-root"
state = "{folder}/containerd-state"
[grpc]
  address = "{node.socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE_IMAGE}"
  # Without CAP_SYS_RESOURCE nobody may make a process less likely to be killed than its parent.
  restrict_oom_score_adj = true
  # Whatever the machine's security modules are, the node has to work without profiles of its own.
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{cni_folder()}"
    conf_dir = "{folder}/cni"
"""


def _kubelet_configuration(node: Node, settings: NodeSettings) -> dict[str, Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": node.network.node_address(node.index),
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{node.group}",
        "clusterDNS": ["10.96.0.10"],
        "containerRuntimeEndpoint": f"unix://{node.socket}",
        # The tests need all events; by default, the kubelet drops events above a rate.
        "eventRecordQPS": 0,
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "failCgroupV1": False,
        "failSwapOn": False,
        "imageGCHighThresholdPercent": 100,
        "makeIPTablesUtilChains": False,
        "maxPods": 200,
        "podCIDR": node.network.pod_range(node.index),
        "podLogsDir": str(node.folder / "pod-logs"),
        "resolvConf": "",
        "volumePluginDir": str(node.folder / "volume-plugins"),
        **settings.kubelet,
    }


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.append(int(entry.name))
    return found
