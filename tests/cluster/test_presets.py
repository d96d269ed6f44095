"""Every preset's component on a real node, under Pod Security `restricted`, compared with its summary."""

from __future__ import annotations

import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from harness import Cluster
from harness.client import Object
from harness.faults import Trouble, follow, stop_processes
from harness.load import Ask, Load, call, get
from harness.process import wait_until
from harness.services import Deployed, deploy

from pulumi_probes.codec.manifest import read_workloads
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.workload import Container
from pulumi_probes.timeline.bounds.probe import Interval, detection, stop_seconds
from pulumi_probes.timeline.bounds.workload import HealthSummary, summarize_workload

LATE_SECONDS = 5.0
"""The tolerance for late events: publishing a status and an endpoint takes up to 3 s, which summaries do not include,
the kubelet polls the runtime once a second, and a busy machine needs about a second to create a container."""

EARLY_SECONDS = 0.5
"""The tolerance for early events: the first attempt to fail may already run when the processes are stopped."""

SETTLES_SECONDS = 90
"""The additional time for images, rendering and scheduling of five services at once on a busy machine."""


@dataclass(frozen=True, slots=True)
class Preset:
    """One example and its settings for this test.

    Attributes:
        project: the example's Pulumi project.
        change: fields that are merged into the `spec` of the Deployment.
        container: fields that are merged into its container.
    """

    project: str
    change: Mapping[str, Any] = field(default_factory=dict)
    container: Mapping[str, Any] = field(default_factory=dict)


ONE_CPU = {"requests": {"cpu": "1"}, "limits": {"cpu": "1"}}
WORST_START_SECONDS = 178
"""The example allows 180 s; on a busy machine, starting the interpreter takes the rest."""

PRESETS = (
    Preset("02-grpc"),
    # One node with two CPUs cannot run two of these pods with two CPUs each.
    Preset("04-telco", {"replicas": 1}, {"resources": ONE_CPU}),
    Preset("05-liveness-101/component", container={"env": [{"name": "CHANGE_EVERY_SECONDS", "value": "0"}]}),
    Preset("06-readiness/component"),
    Preset(
        "03-slow-legacy",
        {"replicas": 1},
        {"env": [{"name": "START_SECONDS", "value": str(WORST_START_SECONDS)}]},
    ),
)

ASKED: Mapping[str, Ask] = {
    "02-grpc": call("/example.Echo/Say"),
    "05-liveness-101/component": get("/healthz"),
    "06-readiness/component": get("/"),
}
"""The services that are rolled out under load here; benchmarks/rolling_update.py covers all of them."""

Record = Callable[[str, object], None]
"""Adds a figure to the results, which `pytest --junitxml` writes."""

EVERY_PRESET = pytest.mark.parametrize("project", [preset.project for preset in PRESETS])


@dataclass(frozen=True, slots=True)
class Observation:
    """The observations of a preset's component.

    Attributes:
        deployed: the component.
        container: its only container, as the component renders it.
        announced: the timings in its summary.
        pods: its pods, when all of them were Ready for the first time.
        hung: the observations of the pod whose processes were stopped.
    """

    deployed: Deployed
    container: Container
    announced: HealthSummary
    pods: list[Object]
    hung: Trouble


class Observations:
    """All presets run concurrently, since most of the time is waiting; each is available when it is complete."""

    def __init__(self, cluster: Cluster, namespace: str, pool: ThreadPoolExecutor) -> None:
        self._futures: dict[str, Future[Observation]] = {
            preset.project: pool.submit(_observe, cluster, namespace, preset) for preset in PRESETS
        }

    def __getitem__(self, project: str) -> Observation:
        return self._futures[project].result()


@pytest.fixture(scope="module")
def observations(node: Cluster) -> Iterator[Observations]:
    """Every preset, deployed in a namespace that enforces `restricted`, started, and hung."""
    namespace = f"presets-{uuid.uuid4().hex[:8]}"
    node.make_namespace(namespace)
    with ThreadPoolExecutor(len(PRESETS)) as pool:
        yield Observations(node, namespace, pool)
    node.client.delete("v1", "Namespace", namespace)


def test_the_readiness_switches_take_a_pod_out_of_traffic_and_back(observations: Observations) -> None:
    """As article 2 says: /make_not_ready removes the pod's address from the endpoints, /make_ready adds it again."""
    observed = observations["06-readiness/component"]
    deployed, probe = observed.deployed, observed.container.readiness
    assert probe is not None
    assert deployed.wait_until_settled(SETTLES_SECONDS)
    pod = deployed.pods()[0]
    address, restarts = pod["status"]["podIP"], _restarts(pod)
    _press(pod, 5000, "/make_not_ready")
    began = time.monotonic()
    assert wait_until(lambda: address not in deployed.ready_addresses(), detection(probe).latest + LATE_SECONDS)
    _assert_within(time.monotonic() - began, detection(probe))
    _press(pod, 5000, "/make_ready")
    assert wait_until(lambda: address in deployed.ready_addresses(), probe.period_seconds + 1 + LATE_SECONDS)
    assert restarts == _restarts(deployed.client.get("v1", "Pod", pod["metadata"]["name"], deployed.namespace))


def test_a_status_of_down_restarts_the_container(observations: Observations) -> None:
    """As article 1 says: a pod with status DOWN fails its liveness probe and is restarted; the new process is UP."""
    observed = observations["05-liveness-101/component"]
    deployed, probe = observed.deployed, observed.container.liveness
    shutdown = observed.container.workload.termination_grace_period_seconds
    assert probe is not None
    assert deployed.wait_until_settled(SETTLES_SECONDS)
    pod = deployed.pods()[0]
    _press(pod, 8080, "/make_down")
    verdict = detection(probe)
    # preStop is a pause of 5 s; after it, the server exits as soon as it can.
    expected = Interval(verdict.earliest + 5, verdict.latest + stop_seconds(5, shutdown))
    trouble = follow(deployed, pod, time.monotonic(), expected.latest + LATE_SECONDS)
    assert trouble.restarted is not None
    _assert_within(trouble.restarted, expected)
    assert deployed.wait_until_settled(SETTLES_SECONDS)
    with urllib.request.urlopen(f"http://{pod['status']['podIP']}:8080/healthz", timeout=5) as response:
        assert b"UP" in response.read()


@pytest.mark.parametrize("project", ASKED)
def test_no_request_fails_while_it_rolls(project: str, observations: Observations) -> None:
    """All pods are replaced under a constant load; every request succeeds on the first try."""
    deployed = observations[project].deployed
    assert deployed.wait_until_settled(SETTLES_SECONDS)
    before = {pod["metadata"]["name"] for pod in deployed.pods()}
    load = Load(deployed.client, deployed.namespace, deployed.service, ASKED[project], per_second=10)
    load.start()
    try:
        deployed.change_template("under load")
        settled = deployed.wait_until_settled(SETTLES_SECONDS * 2)
    finally:
        report = load.stop()
    assert settled
    assert before.isdisjoint(pod["metadata"]["name"] for pod in deployed.pods())
    assert {} == dict(report.problems)
    assert len(report.requests) > 100


@EVERY_PRESET
def test_it_is_ready_within_the_announced_time(
    project: str, observations: Observations, record_testsuite_property: Record
) -> None:
    """Every pod is Ready in time, counted from its container's start, and none was restarted before."""
    observed = observations[project]
    assert observed.announced.ready_within is not None
    assert [0] * len(observed.pods) == [_restarts(pod) for pod in observed.pods]
    seconds = [_ready_after(pod) for pod in observed.pods]
    record_testsuite_property(f"{project} ready after", seconds)
    assert max(seconds) <= observed.announced.ready_within + LATE_SECONDS


@EVERY_PRESET
def test_a_hung_pod_leaves_traffic_when_announced(
    project: str, observations: Observations, record_testsuite_property: Record
) -> None:
    """After its processes are stopped, the pod's address leaves the EndpointSlices within the announced interval."""
    observed = observations[project]
    assert observed.hung.left_traffic is not None
    assert observed.announced.hung_leaves_traffic is not None
    record_testsuite_property(f"{project} left traffic after", observed.hung.left_traffic)
    _assert_within(observed.hung.left_traffic, observed.announced.hung_leaves_traffic)


@EVERY_PRESET
def test_a_hung_pod_is_restarted_when_announced(
    project: str, observations: Observations, record_testsuite_property: Record
) -> None:
    """The container is restarted within the announced interval."""
    observed = observations[project]
    assert observed.hung.restarted is not None
    assert observed.announced.hung_restarted is not None
    record_testsuite_property(f"{project} restarted after", observed.hung.restarted)
    _assert_within(observed.hung.restarted, observed.announced.hung_restarted)


def test_a_start_of_the_promised_length_survives(observations: Observations) -> None:
    """The legacy application takes its worst case to start, and is not killed."""
    (pod,) = observations["03-slow-legacy"].pods
    assert _ready_after(pod) >= WORST_START_SECONDS
    assert 0 == _restarts(pod)


def test_telco_pods_have_exclusive_cpus(observations: Observations) -> None:
    """The pods have the QoS class for which the static CPU policy assigns exclusive CPUs."""
    (pod,) = observations["04-telco"].pods
    assert "Guaranteed" == pod["status"]["qosClass"]


def _observe(cluster: Cluster, namespace: str, preset: Preset) -> Observation:
    deployed = deploy(cluster, namespace, preset.project, change=preset.change, container=preset.container)
    (workload,) = (
        workload
        for manifest in deployed.manifests
        if manifest["kind"] == "Deployment"
        for workload in read_workloads(Manifest(content=manifest))
    )
    (announced,) = summarize_workload(workload).containers
    health = announced.health
    assert health.ready_within is not None
    assert health.hung_restarted is not None
    assert deployed.wait_until_settled(health.ready_within + SETTLES_SECONDS), f"{preset.project} did not settle"
    pods = deployed.pods()
    stop_processes(cluster, pods[0])
    hung = follow(deployed, pods[0], time.monotonic(), health.hung_restarted.latest + LATE_SECONDS)
    return Observation(deployed, workload.containers[0], health, pods, hung)


def _assert_within(seconds: float, announced: Interval) -> None:
    assert announced.earliest - EARLY_SECONDS <= seconds <= announced.latest + LATE_SECONDS


def _restarts(pod: Object) -> int:
    return int(pod["status"]["containerStatuses"][0]["restartCount"])


def _ready_after(pod: Object) -> float:
    """Seconds from the container's start until the pod was Ready; Kubernetes only has whole ones."""
    (ready,) = (item["lastTransitionTime"] for item in pod["status"]["conditions"] if item["type"] == "Ready")
    started = pod["status"]["containerStatuses"][0]["state"]["running"]["startedAt"]
    return (_moment(ready) - _moment(started)).total_seconds()


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


def _press(pod: Object, port: int, path: str) -> None:
    with urllib.request.urlopen(f"http://{pod['status']['podIP']}:{port}{path}", timeout=5) as response:
        assert 200 == response.status
