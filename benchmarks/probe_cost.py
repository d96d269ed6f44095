"""Measures the CPU time of probes by mechanism, for the whole machine, the kubelet, the container runtime and the pods.

Pods that differ only in their probes run on one node. Each repetition measures all conditions in a new random order, so
that a machine that becomes slower does not make one mechanism look expensive. The CPU time of the same pods without a
probe is subtracted. Two conditions check the computation of `probes cost`: exec at half the rate, and pods with probes
of two mechanisms.

`--write` updates components/pulumi_probes/cost/measured.json, from which `scripts/docs` generates tables and a diagram.
Needs root and everything that `scripts/cluster up --install` installs; if something is missing, it prints what and does
nothing. Other programs are excluded from the figures, but slow everything down, so the machine should be idle.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import ssl
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "cluster"))

from harness import Cluster, Level, Node, cgroups, missing_requirements, start_cluster  # noqa: E402 - found only now
from harness.pods import actor_container, actor_pod  # noqa: E402
from harness.process import wait_until  # noqa: E402
from harness.requirements import containerd_version  # noqa: E402
from harness.toolchain import kubernetes_version  # noqa: E402

from pulumi_probes.cost.attempt import Mechanism  # noqa: E402
from pulumi_probes.cost.measurement import NO_PROBE, Condition, Measurement, Usage  # noqa: E402

FIGURES = ROOT / "components" / "pulumi_probes" / "cost" / "measured.json"

PORT: Final = 8080
TLS_PORT: Final = 8443
HTTP: Final = {"httpGet": {"path": "/livez", "port": PORT}}
EXEC: Final = {"exec": {"command": ["cat", "/state/app.json"]}}
"""Reads a file with a small static program, as in the articles and in the documentation of Kubernetes."""

REQUESTS: Final[Mapping[Mechanism, Mapping[str, Any]]] = {
    Mechanism.TCP_SOCKET: {"tcpSocket": {"port": PORT}},
    Mechanism.GRPC: {"grpc": {"port": PORT}},
    Mechanism.HTTP_GET: HTTP,
    Mechanism.HTTPS_GET: {"httpGet": {"path": "/livez", "port": TLS_PORT, "scheme": "HTTPS"}},
}


def every(seconds: int, handler: Mapping[str, Any]) -> dict[str, Any]:
    """A probe with this period, on which neither a slow response nor a single failure has an effect."""
    return {**handler, "periodSeconds": seconds, "timeoutSeconds": 5, "failureThreshold": 10}


CONDITIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    NO_PROBE: {},
    # Twice as many cheap probes and half as many expensive ones: measurable, but not enough to saturate the machine.
    **{
        mechanism.value: {"livenessProbe": every(1, handler), "readinessProbe": every(1, handler)}
        for mechanism, handler in REQUESTS.items()
    },
    Mechanism.EXEC.value: {"livenessProbe": every(4, EXEC)},
    "exec every 8 s": {"livenessProbe": every(8, EXEC)},
    "exec every 8 s and httpGet every 1 s": {"livenessProbe": every(8, EXEC), "readinessProbe": every(1, HTTP)},
}
"""The probes of each pod's container; the figures are not derived from the last two, which check the computation."""

PODS: Final = 16
SECONDS: Final = 16
"""A multiple of all periods, so that each repetition contains the same number of attempts."""
REPETITIONS: Final = 5
SETTLES_SECONDS: Final = 6
"""The time after the last pod has started until containers are cleaned up, images listed and statuses written."""
PATIENCE_SECONDS: Final = 120
CALM_SECONDS: Final = 2
CALM_CPUS: Final = 0.04
"""The CPU usage below which the kubelet and the runtime of an empty node count as idle."""
NAMESPACE: Final = "cost"
KERNEL_PARENT: Final = "2"
"""The process ID of the parent of all kernel threads."""


def pod(name: str, condition: str) -> dict[str, Any]:
    """A pod whose container has the probes of a condition; pods only differ in their probes."""
    container = actor_container("app")
    container["env"] = [
        {"name": "CONTAINER", "value": "app"},
        {"name": "PORT", "value": str(PORT)},
        {"name": "TLS_PORT", "value": str(TLS_PORT)},
        {"name": "NOTES", "value": "none"},
    ]
    container |= CONDITIONS[condition]
    return actor_pod(name, NAMESPACE, [container], terminationGracePeriodSeconds=1)


def measure_condition(cluster: Cluster, condition: str, pods: int, seconds: int) -> Usage:
    """Start the pods, let them settle, read the counters twice, and delete the pods.

    Raises:
        TimeoutError: the pods do not start, or are not deleted, in time.
    """
    client = cluster.client
    names = [f"app-{index}" for index in range(pods)]
    for name in names:
        client.create(pod(name, condition))
    if not wait_until(lambda: running(cluster) == pods, PATIENCE_SECONDS, every=0.5):
        raise TimeoutError(f"{condition}: {running(cluster)} of {pods} pods run")
    time.sleep(SETTLES_SECONDS)
    before = counters(cluster)
    time.sleep(seconds)
    after = counters(cluster)
    if after["failed attempts"] != before["failed attempts"]:
        raise RuntimeError(f"{condition}: probes failed")
    for name in names:
        client.delete("v1", "Pod", name, NAMESPACE)
    if not wait_until(lambda: not client.list("v1", "Pod", NAMESPACE), PATIENCE_SECONDS, every=0.5):
        raise TimeoutError(f"{condition}: the pods do not go")
    # Within a minute, the kubelet removes what is left of the pods, which must not be counted for the next condition.
    if not wait_until(lambda: not has_containers(cluster) and is_calm(cluster), PATIENCE_SECONDS, every=0.5):
        raise TimeoutError(f"{condition}: kubelet and runtime do not come to rest")
    elapsed = after["time"] - before["time"]
    return Usage(**{name: (after[name] - before[name]) / elapsed for name in Usage.__slots__})


def has_containers(cluster: Cluster) -> bool:
    """Whether the runtime has containers, running or not."""
    return any(node.containerd("containers", "list", "--quiet").strip() for node in cluster.nodes)


def is_calm(cluster: Cluster) -> bool:
    """Whether kubelet and runtime are idle, observed for a while."""
    (node,) = cluster.nodes
    groups = (node.kubelet_group, node.runtime_group)
    before = sum(map(cgroups.processor_seconds, groups))
    time.sleep(CALM_SECONDS)
    return sum(map(cgroups.processor_seconds, groups)) - before < CALM_CPUS * CALM_SECONDS


def running(cluster: Cluster) -> int:
    """The number of running pods whose containers are all ready."""
    found = 0
    for item in cluster.client.list("v1", "Pod", NAMESPACE):
        statuses = item["status"].get("containerStatuses", [])
        found += bool(statuses) and all(status["ready"] for status in statuses)
    return found


def counters(cluster: Cluster) -> dict[str, float]:
    """The CPU seconds and attempts so far."""
    (node,) = cluster.nodes
    address = node.network.node_address(node.index)
    request = urllib.request.Request(f"https://{address}:10250/metrics/probes")
    context = ssl._create_unverified_context()  # noqa: S323, SLF001 - a throw-away certificate
    with urllib.request.urlopen(request, timeout=10, context=context) as response:  # noqa: S310
        metrics = response.read().decode()
    results: dict[str, float] = {}
    for line in metrics.splitlines():
        match = re.match(r'prober_probe_total\{.*namespace="cost".*result="(\w+)".*\} ([\d.e+]+)', line)
        if match is not None:
            results[match[1]] = results.get(match[1], 0) + float(match[2])
    return {
        "kubelet": cgroups.processor_seconds(node.kubelet_group),
        "runtime": cgroups.processor_seconds(node.runtime_group),
        "containers": cgroups.processor_seconds(node.pods_group),
        "machine": busy_seconds() - other_seconds(node),
        "attempts": sum(results.values()),
        "failed attempts": sum(results.values()) - results.get("successful", 0),
        "time": time.monotonic(),
    }


def busy_seconds() -> float:
    """The CPU seconds of the whole machine so far, including interrupts."""
    user, nice, system, _idle, _iowait, irq, softirq, *_ = map(
        int, Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    )
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def other_seconds(node: Node) -> float:
    """The CPU seconds of programs that do not belong to the node: the control plane, this program, and everything else.

    The CPU time of an exited process is included in that of its parent, once the parent has waited for it.
    """
    ours = {str(pid) for pid in cgroups.processes(node.group)}
    ticks = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                is_kernel = fields[1] == KERNEL_PARENT or entry.name == KERNEL_PARENT
                if not is_kernel and entry.name not in ours:
                    ticks += sum(map(int, fields[11:15]))
            except OSError:
                continue
    return ticks / os.sysconf("SC_CLK_TCK")


def setting() -> str:
    """The software and the machine."""
    models = re.findall(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    processor = re.sub(r"\((R|TM)\)", "", models[0]) if models else platform.machine()
    return (
        f"Kubernetes {kubernetes_version()}, containerd {containerd_version()}, Linux "
        f"{'.'.join(platform.release().split('.')[:2])}, {os.cpu_count()} virtual CPUs ({processor})."
    )


def measure(pods: int, seconds: int, repetitions: int) -> Measurement:
    """Measure each condition as often as requested, on a new cluster."""
    usage: dict[str, list[Usage]] = {condition: [] for condition in CONDITIONS}
    cluster = start_cluster(f"probe-cost-{os.getpid()}", Level.NODE)
    order = random.Random(1)  # noqa: S311 - any order is fine
    try:
        cluster.make_namespace(NAMESPACE)
        for repetition in range(repetitions):
            for condition in order.sample(list(CONDITIONS), len(CONDITIONS)):
                found = measure_condition(cluster, condition, pods, seconds)
                usage[condition].append(found)
                print(f"{repetition + 1}/{repetitions} {condition}: {found}", file=sys.stderr, flush=True)
    finally:
        cluster.stop()
    conditions = {name: Condition(CONDITIONS[name], tuple(found)) for name, found in usage.items()}
    return Measurement(setting(), pods, seconds, conditions)


def table(measurement: Measurement) -> str:
    """The results, for users who measure on their own machine."""
    lines = [f"{'milliseconds per attempt':<37}{'together':>9}{'kubelet':>9}{'runtime':>9}{'containers':>12}"]
    for condition in CONDITIONS:
        if condition != NO_PROBE:
            cost = measurement.attempt(condition)
            parts = f"{cost.whole:>9.2f}{cost.kubelet:>9.2f}{cost.runtime:>9.2f}{cost.containers:>12.2f}"
            lines.append(f"{condition:<37}{parts}")
    words = {Mechanism.HTTPS_GET: "https"}
    options = [
        f"--attempt-cost {words.get(mechanism, mechanism.value)}={measurement.attempt(mechanism.value).whole:.2f}"
        for mechanism in Mechanism
    ]
    return "\n".join([*lines, "", f"probes cost {' '.join(options)} ..."])


def write(measurement: Measurement) -> None:
    """Write the figures to the file that `probes cost` reads."""
    text = json.dumps(measurement.as_dict(), indent=1)
    # One repetition per line.
    text = re.sub(r"\{\s+(\"attempts\"[^}]*?)\s+\}", lambda match: "{" + re.sub(r"\s+", " ", match[1]) + "}", text)
    FIGURES.write_text(text + "\n", encoding="utf-8")


def main() -> int:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write {FIGURES.relative_to(ROOT)}")
    parser.add_argument("--pods", type=int, default=PODS, help="how many pods (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=int, default=SECONDS, help="how long each is looked at (default: %(default)s)"
    )
    parser.add_argument("--repetitions", type=int, default=REPETITIONS, help="how often (default: %(default)s)")
    arguments = parser.parse_args()
    missing = missing_requirements(Level.NODE)
    if missing:
        print("skipped, no cluster here; missing: " + ", ".join(str(item) for item in missing))
        return 0
    measurement = measure(arguments.pods, arguments.seconds, arguments.repetitions)
    print(table(measurement))
    if arguments.write:
        write(measurement)
    return 0


if __name__ == "__main__":
    sys.exit(main())
