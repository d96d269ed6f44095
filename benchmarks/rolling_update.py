"""Counts the requests that fail while pods are replaced, for the examples' components and the articles' manifests.

A client sends requests to each Service at a constant rate, to the addresses in its EndpointSlices, as a node proxy
would. Meanwhile the Deployment is rolled out, scaled up and down by one pod, nodes are drained by eviction, and a pod
hangs. No probe can detect a hang before its next attempt. Therefore, in that scenario only, a failed request is retried
once at the next address, as an ingress does, and the table shows how often that was needed.

`--write` updates docs/explanation/cluster.md. Needs root and everything that `scripts/cluster up --install` installs;
if something is missing, it prints what and does nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "cluster"))

from harness import Cluster, Level, missing_requirements, start_cluster  # noqa: E402 - found only now
from harness.faults import continue_processes, drained, stop_processes  # noqa: E402
from harness.load import Ask, Load, Report, call, get  # noqa: E402
from harness.requirements import containerd_version  # noqa: E402
from harness.services import Deployed, deploy  # noqa: E402
from harness.toolchain import kubernetes_version  # noqa: E402

from pulumi_probes._markdown import with_measured  # noqa: E402

PAGE = ROOT / "docs" / "explanation" / "cluster.md"

NODES = 3
PER_SECOND = 10
TIMEOUT_SECONDS = 5
HANG_TIMEOUT_SECONDS = 2
"""The client retries like an ingress, and therefore has a shorter timeout for the first try."""
HANG_SECONDS = 30
SETTLES_SECONDS = 240
SHOWN_FAILURES = 5
QUIET_SECONDS = 2
"""The duration of the load before and after a change."""


@dataclass(frozen=True, slots=True)
class Case:
    """A service to which requests are sent.

    Attributes:
        name: the name in the table.
        project: the example's Pulumi project.
        ask: sends one request.
        container: fields that are merged into the container.
        more: additional manifests.
        switch: the endpoint that makes a pod Ready; None if pods become Ready by themselves.
    """

    name: str
    project: str
    ask: Ask
    container: Mapping[str, Any] = field(default_factory=dict)
    more: tuple[dict[str, Any], ...] = ()
    switch: tuple[int, str] | None = None


STEADY = {"env": [{"name": "CHANGE_EVERY_SECONDS", "value": "0"}]}
"""Keeps the status of the liveness workshop, which otherwise changes at random."""

RAW_SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "flask-app"},
    "spec": {"selector": {"app": "flask-app"}, "ports": [{"port": 5000}]},
}

COMPONENTS = (
    Case("`web`: 05-liveness-101/component", "05-liveness-101/component", get("/healthz"), STEADY),
    Case("`web`: 06-readiness/component", "06-readiness/component", get("/")),
    Case("`grpc`: 02-grpc", "02-grpc", call("/example.Echo/Say")),
    Case(
        "`slow_start`: 03-slow-legacy",
        "03-slow-legacy",
        get("/"),
        {"env": [{"name": "START_SECONDS", "value": "5"}], "resources": {"requests": {"cpu": "100m"}}},
    ),
    Case(
        "`telco`: 04-telco",
        "04-telco",
        get("/"),
        {"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "1"}}},
    ),
)
RAW = (
    Case("article 1: 05-liveness-101/raw", "05-liveness-101/raw", get("/healthz"), STEADY),
    Case(
        "article 2: 06-readiness/raw",
        "06-readiness/raw",
        get("/"),
        more=(RAW_SERVICE,),
        switch=(5000, "/make_ready"),
    ),
)
GROUPS = (("components", "restricted", COMPONENTS), ("articles", "privileged", RAW))
"""Measured one after another, because they share a node port and the machine."""

PodScenario = Callable[[Cluster, Mapping[str, Deployed]], None]


def roll(_cluster: Cluster, services: Mapping[str, Deployed]) -> None:
    """Replace every pod."""
    for deployed in services.values():
        deployed.change_template("once")
    settle(services)


def scale(_cluster: Cluster, services: Mapping[str, Deployed]) -> None:
    """Scale up by one pod, and down again."""
    replicas = {name: deployed.deployment["spec"]["replicas"] for name, deployed in services.items()}
    for more in (1, 0):
        for name, deployed in services.items():
            deployed.scale(replicas[name] + more)
        settle(services)


def hang(cluster: Cluster, services: Mapping[str, Deployed]) -> None:
    """Stop all processes of a pod for a while."""
    stopped = [pid for deployed in services.values() for pid in stop_processes(cluster, deployed.pods()[0])]
    time.sleep(HANG_SECONDS)
    continue_processes(stopped)
    settle(services)


def drain(cluster: Cluster, services: Mapping[str, Deployed]) -> None:
    """Drain and uncordon one node after another, so that every pod is evicted at least once."""
    namespaces = tuple({deployed.namespace for deployed in services.values()})
    for node in cluster.nodes:
        with drained(cluster.client, node.name, namespaces, SETTLES_SECONDS):
            settle(services)


SCENARIOS: Mapping[str, PodScenario] = {
    "rolling update": roll,
    "one more, one less": scale,
    "nodes drain": drain,
    "a pod hangs": hang,
}


def settle(services: Mapping[str, Deployed]) -> None:
    """Wait until all pods are as desired.

    Raises:
        TimeoutError: this takes too long.
    """
    for name, deployed in services.items():
        if not deployed.wait_until_settled(SETTLES_SECONDS):
            raise TimeoutError(f"{name} does not settle")


@contextmanager
def switched_on(case: Case, deployed: Deployed) -> Iterator[None]:
    """Tells every new pod that it is ready, as the reader of the workshop does."""
    over = threading.Event()

    def press() -> None:
        port, path = case.switch or (0, "")
        while not over.wait(0.5):
            for pod in deployed.pods():
                address = pod["status"].get("podIP")
                if address is not None and address not in deployed.ready_addresses():
                    try:
                        urllib.request.urlopen(f"http://{address}:{port}{path}", timeout=1).close()
                    except OSError:
                        continue

    thread = threading.Thread(target=press)
    if case.switch is not None:
        thread.start()
    try:
        yield
    finally:
        over.set()
        if case.switch is not None:
            thread.join()


def play(cluster: Cluster, cases: tuple[Case, ...], namespace: str) -> dict[str, dict[str, Report]]:
    """Run all scenarios with all services at once; returns for each service the report of each scenario."""
    services: dict[str, Deployed] = {}
    found: dict[str, dict[str, Report]] = {case.name: {} for case in cases}
    with ExitStack() as stack:
        for case in cases:
            deployed = deploy(cluster, namespace, case.project, container=case.container, more=case.more)
            services[case.name] = deployed
            stack.callback(remove, deployed)
            stack.enter_context(switched_on(case, deployed))
        settle(services)
        for title, act in SCENARIOS.items():
            print(f"{namespace}: {title}", file=sys.stderr, flush=True)
            with ExitStack() as loads:
                for case in cases:
                    load = Load(
                        cluster.client,
                        namespace,
                        services[case.name].service,
                        case.ask,
                        per_second=PER_SECOND,
                        timeout_seconds=HANG_TIMEOUT_SECONDS if act is hang else TIMEOUT_SECONDS,
                        retries=int(act is hang),
                    )
                    found[case.name][title] = load.report
                    load.start()
                    loads.callback(load.stop)
                time.sleep(QUIET_SECONDS)
                act(cluster, services)
                time.sleep(QUIET_SECONDS)
            for name, reports in found.items():
                report = reports[title]
                print(f"  {name}: {cell(report)} {dict(report.problems)}", file=sys.stderr, flush=True)
                for request in report.failed[:SHOWN_FAILURES]:
                    after = request.at - report.requests[0].at
                    print(
                        f"    after {after:.1f} s at {request.address}: {request.problem}", file=sys.stderr, flush=True
                    )
    return found


def remove(deployed: Deployed) -> None:
    """Delete everything that was applied, because the next group needs the same node port."""
    for manifest in deployed.manifests:
        deployed.client.delete(
            manifest["apiVersion"], manifest["kind"], manifest["metadata"]["name"], deployed.namespace
        )


def cell(report: Report) -> str:
    """The failed requests of all requests, and how many needed a second try."""
    again = sum(request.tries > 1 and request.problem is None for request in report.requests)
    return f"{len(report.failed)} of {len(report.requests)}" + (f" ({again})" if again else "")


def table(found: Mapping[str, Mapping[str, Report]]) -> str:
    """The reports as a Markdown table."""
    lines = [f"| service | {' | '.join(SCENARIOS)} |", f"| --- |{' ---: |' * len(SCENARIOS)}"]
    lines += [
        f"| {name} | {' | '.join(cell(reports[title]) for title in SCENARIOS)} |" for name, reports in found.items()
    ]
    return "\n".join(lines)


def setting() -> str:
    """The software and the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Kubernetes {kubernetes_version()}, containerd {containerd_version()}, "
        f"Python {platform.python_version()}; {NODES} nodes on one {platform.machine()} machine with {os.cpu_count()} "
        f"CPUs and {memory:.0f} GiB; {PER_SECOND} requests a second to each service, {TIMEOUT_SECONDS} s for "
        f"each try, {HANG_TIMEOUT_SECONDS} s where a pod hangs."
    )


def measure() -> dict[str, dict[str, Report]]:
    """Run all scenarios of all groups, on a new cluster."""
    cluster = start_cluster(f"rolling-update-{os.getpid()}", Level.NODE)
    try:
        while len(cluster.nodes) < NODES:
            cluster.add_node()
        found: dict[str, dict[str, Report]] = {}
        for namespace, security, cases in GROUPS:
            cluster.make_namespace(namespace, security)
            found |= play(cluster, cases, namespace)
        return found
    finally:
        cluster.stop()


def main() -> int:
    """Measure, print the table, and return whether all requests to the components succeeded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    arguments = parser.parse_args()
    missing = missing_requirements(Level.NODE)
    if missing:
        print("skipped, no cluster here; missing: " + ", ".join(str(item) for item in missing))
        return 0
    found = measure()
    text = f"{table(found)}\n\n{setting()}"
    print(text)
    if arguments.write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(with_measured(page, "benchmarks/rolling_update.py", text), encoding="utf-8")
    failed = sum(len(report.failed) for case in COMPONENTS for report in found[case.name].values())
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
