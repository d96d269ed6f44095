"""The bridge between the machine and the nodes of a cluster, with unused addresses.

Addresses come from 198.18.0.0/15, which RFC 2544 sets aside for tests of network devices. A cluster takes a slot: slot
7 has 198.18.7.0/24 for the bridge and its nodes, and 198.19.28.0/24 to 198.19.31.0/24 for their pods.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import Final

from harness.requirements import command

SLOTS: Final = 64
NODES_PER_SLOT: Final = 4


@dataclass(frozen=True, slots=True)
class Network:
    """The network of one cluster."""

    slot: int

    @property
    def bridge(self) -> str:
        """The name of the bridge."""
        return f"pprobes{self.slot}"

    @property
    def gateway(self) -> str:
        """The machine's address on the bridge, on which the API server listens."""
        return f"198.18.{self.slot}.1"

    def node_address(self, index: int) -> str:
        """The address of a node."""
        return f"198.18.{self.slot}.{10 + index}"

    def pod_range(self, index: int) -> str:
        """The addresses of a node's pods."""
        return f"198.19.{self.slot * NODES_PER_SLOT + index}.0/24"

    def connect(self, index: int, pid: int) -> None:
        """Connect the bridge to the network namespace of process `pid` by a veth pair, as eth0 there."""
        cable = f"pp{self.slot}n{index}"
        _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", str(pid))
        _ip("link", "set", cable, "master", self.bridge, "up")
        _ip("route", "replace", self.pod_range(index), "via", self.node_address(index))

    def remove(self) -> None:
        """Delete the bridge, and with it its routes."""
        subprocess.run([command("ip"), "link", "delete", self.bridge], check=False, capture_output=True)


def make_network() -> Network:
    """Reserve the first free slot by creating its bridge, so that two processes cannot get the same one.

    Raises:
        RuntimeError: no slot is free, or bridges cannot be created on this machine.
    """
    output = ""
    for slot in range(SLOTS):
        network = Network(slot)
        made = subprocess.run(
            [command("ip"), "link", "add", network.bridge, "type", "bridge"],
            check=False,
            capture_output=True,
            text=True,
        )
        if made.returncode == 0:
            _ip("address", "add", f"{network.gateway}/24", "dev", network.bridge)
            _ip("link", "set", network.bridge, "up")
            return network
        output = made.stderr.strip()
        if "exists" not in output:
            break
    raise RuntimeError(f"no bridge for the cluster's network: {output}")


def _ip(*arguments: str) -> None:
    subprocess.run([command("ip"), *arguments], check=True, capture_output=True)
