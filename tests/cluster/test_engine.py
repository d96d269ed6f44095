"""Pulumi's engine on a live node: the whole life of the reference stack, and updates that fail as announced."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from harness import Cluster
from harness.client import Object
from harness.engine import Outcome, missing_engine
from harness.experiments import (
    ANNOUNCED,
    CONFIG,
    NEXT_TAG,
    TAGS,
    Life,
    Moment,
    Refusal,
    Relapse,
    Trouble,
    live,
    never_ready,
    refuse,
    relapse,
)

PACK_PASSED = "✅ pulumi-probes@v0.1.0"

SHOP = CONFIG["namespace"]

COMPONENTS = {
    "storefront": "WebService",
    "cart": "GrpcService",
    "ledger": "SlowStartService",
    "gateway": "TelcoService",
}

EVERYTHING = {
    "pulumi:pulumi:Stack pulumi-probes-dev",
    "kubernetes:core/v1:Namespace namespace",
    *(f"pulumi-probes:index:{component} {name}" for name, component in COMPONENTS.items()),
    *(f"kubernetes:apps/v1:Deployment {name}" for name in COMPONENTS),
    *(f"kubernetes:core/v1:Service {name}" for name in COMPONENTS),
}
"""The kinds of the reference stack's objects."""

LATE_SECONDS = 5.0
"""The tolerance for the end of an await: four programs, their packs and providers share two CPUs."""

ENDS_SECONDS = 15.0
"""The time from the end of the last await until the command exits: the engine waits 5 s for the program."""

Record = Callable[[str, object], None]
"""Adds a figure to the results, which `pytest --junitxml` writes."""


@dataclass(frozen=True, slots=True)
class Experiments:
    """All experiments run concurrently, since most of the time is waiting; each is available when it is complete.

    Attributes:
        life: the life of the reference stack.
        trouble: services that never become Ready.
        relapse: an update to such a service.
        refusal: a stack that the pack blocks in its preview.
        late_refusal: the same without a preview.
    """

    life: Future[Life]
    trouble: Future[Trouble]
    relapse: Future[Relapse]
    refusal: Future[Refusal]
    late_refusal: Future[Refusal]


@pytest.fixture(scope="module")
def experiments(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Experiments]:
    """The experiments."""
    if (reason := missing_engine()) is not None:
        pytest.skip(reason)
    node: Cluster = request.getfixturevalue("node")
    folder = tmp_path_factory.mktemp("engine")
    with ThreadPoolExecutor(4) as pool:
        yield Experiments(
            life=pool.submit(live, node, folder / "life"),
            trouble=pool.submit(never_ready, node, folder / "trouble"),
            relapse=pool.submit(relapse, node, folder / "relapse"),
            refusal=pool.submit(refuse, node, folder / "refusal"),
            late_refusal=pool.submit(refuse, node, folder / "late-refusal", "--skip-preview"),
        )


# Those that are complete first come first.


def test_blocked_resources_are_not_created(experiments: Experiments) -> None:
    """A mandatory violation ends `pulumi up` with its preview: no object of the stack is created."""
    refusal = experiments.refusal.result()
    assert 1 == refusal.up.status
    assert "[mandatory] [severity: high]  named-port-missing" in refusal.up.policies
    assert set() == refusal.made


def test_without_a_preview_the_blocked_workload_is_not_created(experiments: Experiments) -> None:
    """With --skip-preview, the update stops before the Deployment that the pack blocks."""
    refusal = experiments.late_refusal.result()
    assert 1 == refusal.up.status
    assert "[mandatory] [severity: high]  named-port-missing" in refusal.up.policies
    assert "Deployment" not in refusal.made


@pytest.mark.parametrize("name", ANNOUNCED)
def test_pulumi_stops_waiting_when_announced(
    name: str, experiments: Experiments, record_testsuite_property: Record
) -> None:
    """The await ends after await_timeout_seconds, or the resource option custom_timeouts, which overrides it."""
    trouble = experiments.trouble.result()
    seconds = trouble.gave_up_after(name)
    record_testsuite_property(f"{name}: gave up after", seconds)
    assert ANNOUNCED[name] <= seconds <= ANNOUNCED[name] + LATE_SECONDS


def test_a_failed_up_exits(experiments: Experiments, record_testsuite_property: Record) -> None:
    """`pulumi up` fails soon after its last await, not only after Pulumi's default of ten minutes."""
    trouble = experiments.trouble.result()
    seconds = trouble.ended_after
    record_testsuite_property("pulumi up failed after", seconds)
    assert trouble.up.status != 0
    assert seconds <= max(ANNOUNCED.values()) + ENDS_SECONDS


def test_no_service_is_tried_before_its_pods_are_ready(experiments: Experiments) -> None:
    """A Service waits for its Deployment, so that a failed update reports the cause only once."""
    assert "kubernetes:core/v1:Service" not in experiments.trouble.result().up.output


@pytest.mark.parametrize("name", ANNOUNCED)
def test_the_message_names_what_is_not_ready(name: str, experiments: Experiments) -> None:
    """The Deployment, that too few of its pods are live, and the pod with its container."""
    message = experiments.trouble.result().up.diagnostics[f"kubernetes:apps/v1:Deployment ({name})"]
    assert f"'{name}' timed out waiting to be Ready" in message
    assert "Minimum number of live Pods was not attained" in message
    assert re.search(rf"\[Pod \S+/{name}-\S+\]: containers with unready status: \[{name}\]", message)


def test_the_message_reports_a_crash_loop(experiments: Experiments) -> None:
    """If the startup probe never succeeds, the message contains CrashLoopBackOff."""
    message = experiments.trouble.result().up.diagnostics["kubernetes:apps/v1:Deployment (killed)"]
    assert re.search(r"\[CrashLoopBackOff\] back-off \d+s restarting failed container=killed", message)


def test_a_failed_update_leaves_the_old_pods_in_traffic(experiments: Experiments) -> None:
    """New pods that never become Ready fail the update; the old ones keep responding, and no request fails."""
    relapse = experiments.relapse.result()
    assert relapse.up.status != 0
    message = relapse.up.diagnostics["kubernetes:apps/v1:Deployment (web)"]
    assert "Minimum number of Pods to consider the application live was not attained" in message
    assert relapse.before == relapse.after
    assert 2 == len(relapse.before)
    assert {} == dict(relapse.report.problems)
    assert len(relapse.report.requests) > 100


def test_up_creates_everything(experiments: Experiments, record_testsuite_property: Record) -> None:
    """The reference stack for development is deployed unchanged; the pack passes in the preview and the update."""
    up = experiments.life.result().created.up
    record_testsuite_property("up", up.seconds)
    assert {f"+ {item}" for item in EVERYTHING} == _changes(up)
    assert 2 == up.output.count(PACK_PASSED)


def test_up_exits_when_all_pods_are_ready(experiments: Experiments) -> None:
    """When the command exits, every pod is Ready and available, and none was restarted."""
    created = experiments.life.result().created
    assert dict.fromkeys(TAGS, 1) == {
        name: deployment["status"].get("availableReplicas") for name, deployment in created.deployments.items()
    }
    assert [(True, 0)] * len(TAGS) == [
        (_is_ready(pod), pod["status"]["containerStatuses"][0]["restartCount"])
        for pods in created.pods.values()
        for pod in pods
    ]


def test_the_outputs_have_addresses_and_timings(experiments: Experiments) -> None:
    """The outputs of the stack contain the address and the summary of each service."""
    outputs = experiments.life.result().created.outputs
    assert {
        "storefront": f"http://storefront.{SHOP}.svc",
        "cart": f"dns:///cart.{SHOP}.svc:9090",
        "ledger": f"http://ledger.{SHOP}.svc",
        "gateway": f"http://gateway.{SHOP}.svc",
    } == {name: output["url"] for name, output in outputs.items()}
    for output in outputs.values():
        assert re.match(r"Ready within \d+ s; a startup of up to \d+ s is allowed\.\n", output["health"])


def test_an_update_only_changes_one_service(experiments: Experiments, record_testsuite_property: Record) -> None:
    """A new image of the storefront changes the component and its Deployment, and no pod of another service."""
    life = experiments.life.result()
    record_testsuite_property("update", life.updated.up.seconds)
    assert {
        "~ pulumi-probes:index:WebService storefront",
        "~ kubernetes:apps/v1:Deployment storefront",
    } == _changes(life.updated.up)
    assert 2 == life.updated.up.output.count(PACK_PASSED)
    replaced = {name for name in TAGS if _names(life.created.pods[name]) != _names(life.updated.pods[name])}
    assert {"storefront"} == replaced


def test_an_update_exits_when_the_new_pod_is_ready(experiments: Experiments) -> None:
    """When the command exits, the remaining pod has the new image and is Ready."""
    updated = experiments.life.result().updated
    (pod,) = updated.pods["storefront"]
    assert f"{CONFIG['registry']}/storefront:{NEXT_TAG}" == pod["spec"]["containers"][0]["image"]
    assert _is_ready(pod)
    assert 1 == updated.deployments["storefront"]["status"].get("availableReplicas")


@pytest.mark.parametrize("when", ["created", "updated"])
def test_there_are_no_changes_right_after_an_up(
    when: str, experiments: Experiments, record_testsuite_property: Record
) -> None:
    """The next preview and the next refresh report no changes."""
    moment: Moment = getattr(experiments.life.result(), when)
    record_testsuite_property(f"{when}: refresh", moment.refresh.seconds)
    for outcome in (moment.preview, moment.refresh):
        assert 0 == outcome.status, outcome.output
        assert f"    {len(EVERYTHING)} unchanged" in outcome.output


def test_a_refresh_detects_external_changes(experiments: Experiments) -> None:
    """A changed field that the component renders, such as minReadySeconds, is a difference."""
    drift = experiments.life.result().drift
    assert drift.status != 0
    assert "no changes were expected" in drift.output


def test_destroy_deletes_everything(experiments: Experiments, record_testsuite_property: Record) -> None:
    """It exits when all objects have been deleted, including the namespace."""
    life = experiments.life.result()
    record_testsuite_property("destroy", life.destroy.seconds)
    assert 0 == life.destroy.status, life.destroy.output
    assert {f"- {item}" for item in EVERYTHING} == _changes(life.destroy)
    assert life.is_gone


def _changes(outcome: Outcome) -> set[str]:
    """The operations on resources, such as `+ kubernetes:core/v1:Namespace namespace`."""
    found = re.findall(r"^ ([-+~]{1,2}) +(\S+:\S+:\S+ \S+) ", outcome.output, re.MULTILINE)
    return {f"{change} {resource}" for change, resource in found}


def _names(pods: Sequence[Object]) -> set[str]:
    return {pod["metadata"]["name"] for pod in pods}


def _is_ready(pod: Object) -> bool:
    return any((item["type"], item["status"]) == ("Ready", "True") for item in pod["status"].get("conditions", ()))
