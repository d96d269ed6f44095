"""Process 1 of a node: sets up its namespaces, starts containerd and kubelet, and reaps orphaned processes.

Run by `unshare` with a settings file as its argument; it waits for a byte on standard input, after which the network is
connected. When it exits, the kernel ends all processes of the node, and with them its mounts and its network. It only
uses the standard library, and no module of the harness, so that any Python can run it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

SOCKET_SECONDS = 30


def main() -> int:
    """Run the node until a part of it exits; the exit status is 1, since none of them should."""
    settings = json.loads(Path(sys.argv[1]).read_text())
    if not os.read(0, 1):
        return 1
    set_up_mounts(settings)
    set_up_network(settings)
    services = {start(settings, "containerd"): "containerd"}
    wait_for_socket(Path(settings["socket"]))
    services[start(settings, "kubelet")] = "kubelet"
    while True:
        pid, status = os.wait()
        if pid in services:
            print(f"{services[pid]} ended with status {os.waitstatus_to_exitcode(status)}", flush=True)
            return 1


def set_up_mounts(settings: dict[str, Any]) -> None:
    """Mounts of the kubelet propagate to its pods, and directories with fixed names belong to the node."""
    run("mount", "--make-rshared", "/")
    for target, source in settings["private_folders"].items():
        Path(source).mkdir(parents=True, exist_ok=True)
        run("mount", "--bind", source, target)


def set_up_network(settings: dict[str, Any]) -> None:
    """The address of the node, and its route over the bridge."""
    ip = settings["ip"]
    run(ip, "link", "set", "lo", "up")
    run(ip, "address", "add", settings["address"], "dev", "eth0")
    run(ip, "link", "set", "eth0", "up")
    run(ip, "route", "add", "default", "via", settings["gateway"])
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def start(settings: dict[str, Any], name: str) -> int:
    """Start a service in its own control group; its output goes to its own log."""
    with Path(f"{name}.log").open("ab") as log:
        return subprocess.Popen(
            settings["commands"][name],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=partial(enter, Path(settings["groups"][name])),  # noqa: PLW1509 - there is only one thread
        ).pid


def enter(group: Path) -> None:
    """Move this process, and all processes that it starts, to a control group; 0 means the writing process."""
    group.write_text("0")


def wait_for_socket(socket: Path) -> None:
    """Wait until containerd listens."""
    deadline = time.monotonic() + SOCKET_SECONDS
    while not socket.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{socket} did not appear in {SOCKET_SECONDS} s")
        time.sleep(0.02)


def run(*command: str) -> None:
    """Run a command that must succeed."""
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main())
