"""The short answer in plain seconds."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.errors import UnknownValue
from pulumi_probes.model.manifest import Manifest, PulumiOptions
from pulumi_probes.model.probe import HealthContract, HttpGet, Probe, Rollout, Shutdown
from pulumi_probes.model.values import UNKNOWN
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules import find_rule
from pulumi_probes.timeline.bounds.probe import Interval
from pulumi_probes.timeline.bounds.workload import format_interval, summarize, summarize_contract, summarize_workload

ASKS = HttpGet(port="http")
STARTUP = Probe(handler=ASKS, period_seconds=2, failure_threshold=31)
READINESS = Probe(handler=ASKS, period_seconds=5, failure_threshold=2, timeout_seconds=3)
LIVENESS = Probe(handler=ASKS)


def workload(
    spec: dict[str, Any],
    kind: str = "Deployment",
    annotations: dict[str, str] | None = None,
    pulumi: PulumiOptions | None = None,
) -> Workload:
    """The view of one object."""
    content = {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "shop", "annotations": annotations or {}},
        "spec": spec,
    }
    return read_stack([Manifest(content=content, pulumi=pulumi or PulumiOptions())]).workloads[0]


def pod(*containers: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A pod template."""
    return {"template": {"spec": {"containers": list(containers), **fields}}}


PROBED: dict[str, Any] = {
    "name": "web",
    "readinessProbe": {"tcpSocket": {"port": 80}},
    "livenessProbe": {"tcpSocket": {"port": 80}, "failureThreshold": 6},
}


def test_three_probes_give_three_sentences() -> None:
    """Every sentence carries its seconds: 60 + 2 + 1 + 3 until Ready, (2-1)*5+3 and so on."""
    assert (
        "Ready within 66 s; a startup of up to 60 s is allowed.",
        "A hung pod stops receiving traffic after 8-13 s and is restarted after 26-61 s.",
        "Stops within 30 s.",
    ) == summarize(STARTUP, READINESS, LIVENESS, shutdown=Shutdown(pre_stop_sleep_seconds=5)).lines()


@pytest.mark.parametrize(
    ("probes", "expected"),
    [
        (
            (None, None, None),
            (
                "Ready as soon as it runs, whether or not it responds.",
                "A hung pod keeps receiving traffic and is never restarted.",
            ),
        ),
        (
            (None, LIVENESS, None),
            (
                "Ready at most 11 s after it responds; startup time is not limited.",
                "A hung pod stops receiving traffic after 21-31 s and is never restarted.",
            ),
        ),
        (
            (None, None, LIVENESS),
            (
                "Ready as soon as it runs, whether or not it responds; a startup of up to 20 s is allowed.",
                "A hung pod keeps receiving traffic and is restarted after 21-61 s.",
            ),
        ),
    ],
)
def test_absent_probes_are_described_in_words(probes: tuple[Probe | None, ...], expected: tuple[str, ...]) -> None:
    """A time without a limit is described by a sentence, not by a number."""
    assert expected == summarize(*probes).lines()[:2]


def test_the_grace_period_of_the_liveness_probe_shortens_the_restart_only() -> None:
    """A probe's own grace period counts for its kills; the pod's counts for a deletion."""
    own = Probe(handler=ASKS, termination_grace_period_seconds=10)
    summary = summarize(None, None, own, shutdown=Shutdown(pre_stop_sleep_seconds=0))
    assert (Interval(21, 41), 30) == (summary.hung_restarted, summary.stop_within)


def test_a_post_start_pause_moves_the_start() -> None:
    """Probes begin when the hook is over, so the start may take that much longer."""
    pause = Shutdown(pre_stop_sleep_seconds=0, post_start_sleep_seconds=7)
    summary = summarize(STARTUP, None, None, shutdown=pause)
    assert (67, 70) == (summary.guaranteed_start, summary.ready_within)


def test_a_contract_says_how_long_an_update_takes() -> None:
    """Three pods one after another, 66 s each and 4 s until available."""
    contract = HealthContract(
        startup=STARTUP,
        readiness=READINESS,
        liveness=LIVENESS,
        shutdown=Shutdown(pre_stop_sleep_seconds=5),
        rollout=Rollout(min_ready_seconds=4),
    )
    assert "A rollout of 3 replicas takes at most 3 min 30 s." == summarize_contract(contract, replicas=3).lines()[-1]


def test_a_sidecar_adds_its_start_to_the_pod() -> None:
    """20 s + 10 s + 1 s until the sidecar has started, the same until the container is Ready."""
    sidecar = {"name": "mesh", "restartPolicy": "Always", "startupProbe": {"tcpSocket": {"port": 1}}}
    summary = summarize_workload(
        workload(pod({**PROBED, "livenessProbe": {"tcpSocket": {"port": 80}}}, initContainers=[sidecar]))
    )
    assert (31 + 31, ["mesh", "web"]) == (summary.ready_within, [item.name for item in summary.containers])
    assert "The pod is Ready within 62 s." in summary.lines()
    # The sidecar waits for the container until the grace period is over, and has 2 s then.
    assert "The pod stops within 32 s." in summary.lines()


def test_what_is_not_restarted_ends_with_the_pods_grace_period() -> None:
    """`restartPolicy: Never` turns a liveness kill into the end, and the probe's own grace period does not count."""
    probed = {**PROBED, "livenessProbe": {"tcpSocket": {"port": 80}, "terminationGracePeriodSeconds": 5}}
    summary = summarize_workload(workload(pod(probed, restartPolicy="Never"), "ReplicaSet"))
    assert (
        "A hung pod stops receiving traffic after 21-31 s, is terminated after 21-61 s and is not restarted."
        in summary.lines()
    )


@pytest.mark.parametrize(
    ("kind", "spec", "expected"),
    [
        ("Deployment", {"replicas": 4, "strategy": {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0}}}, 2 * 61),
        ("Deployment", {"replicas": 10}, 2 * 61),  # 25 % up is 3, 25 % down is 2
        ("Deployment", {"replicas": 4, "strategy": {"type": "Recreate"}}, 61 + 30),
        (
            "Deployment",
            {"replicas": 2, "strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "10%"}}},
            2 * 61,
        ),
        ("StatefulSet", {"replicas": 3}, 3 * (61 + 30)),
        ("StatefulSet", {"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 2}}}, 61 + 30),
        ("StatefulSet", {"replicas": 3, "updateStrategy": {"type": "OnDelete"}}, None),
        ("DaemonSet", {"updateStrategy": {"rollingUpdate": {"maxUnavailable": "50%"}}}, 2 * (61 + 30)),
        ("DaemonSet", {"updateStrategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}}, 3 * 61),
        ("Deployment", {"replicas": 0}, 0),
    ],
)
def test_each_controller_updates_in_its_own_way(kind: str, spec: dict[str, Any], expected: int | None) -> None:
    """Waves of 50 + 10 + 1 s until Ready; those that delete first also wait 30 s for the old pod."""
    assert expected == summarize_workload(workload({**spec, **pod(PROBED)}, kind), nodes=3).rollout_within


def test_deadlines_that_a_healthy_rollout_misses_are_named() -> None:
    """A deadline below the longest gap, and a Pulumi timeout below the whole update, are part of the sentence."""
    spec = {
        "replicas": 2,
        "progressDeadlineSeconds": 60,
        "strategy": {"rollingUpdate": {"maxUnavailable": 0}},
        **pod(PROBED),
    }
    summary = summarize_workload(workload(spec, annotations={"pulumi.com/timeoutSeconds": "120"}))
    assert (False, False) == (summary.fits_progress_deadline, summary.fits_update_timeout)
    assert (
        "A rollout of 2 replicas takes at most 122 s, but is reported as failed after 60 s "
        "and Pulumi gives up after 120 s."
    ) == summary.lines()[-1]


def test_only_deployments_of_apps_have_a_deadline() -> None:
    """The rules about the deadline do not apply to others, so no sentence is about it either."""
    current = workload({"progressDeadlineSeconds": 60, **pod(PROBED)})
    content = {**current.manifest.content, "apiVersion": "extensions/v1beta1"}
    (former,) = read_stack([Manifest(content=content)]).workloads
    plans = (summarize_workload(current).plan, summarize_workload(former).plan)
    assert (60, None) == tuple(plan.progress_deadline_seconds for plan in plans)


def test_pulumi_that_does_not_wait_has_no_timeout() -> None:
    """`pulumi.com/skipAwait` leaves nothing to miss."""
    skipping = summarize_workload(workload(pod(PROBED), annotations={"pulumi.com/skipAwait": "true"}))
    assert (None, None) == (skipping.plan.create_timeout_seconds, skipping.plan.update_timeout_seconds)
    assert (None, None) == (skipping.fits_create_timeout, skipping.fits_update_timeout)


def test_creation_and_update_have_a_timeout_each() -> None:
    """Each operation is compared with its own custom timeout; the annotation counts where there is none."""
    options = PulumiOptions(create_timeout_seconds=60.0, update_timeout_seconds=5400.0)
    summary = summarize_workload(workload({"replicas": 2, **pod(PROBED)}, pulumi=options))
    assert (61, 60, False) == (summary.create_within, summary.plan.create_timeout_seconds, summary.fits_create_timeout)
    assert (122, 5400, True) == (
        summary.rollout_within,
        summary.plan.update_timeout_seconds,
        summary.fits_update_timeout,
    )
    assert (
        "The first rollout takes at most 61 s, but Pulumi gives up after 60 s.",
        "A rollout of 2 replicas takes at most 122 s.",
    ) == summary.lines()[-2:]
    annotated = summarize_workload(
        workload(
            pod(PROBED),
            annotations={"pulumi.com/timeoutSeconds": "61"},
            pulumi=PulumiOptions(update_timeout_seconds=5400.0),
        )
    )
    assert (61, True) == (annotated.plan.create_timeout_seconds, annotated.fits_create_timeout)


@pytest.mark.parametrize("annotation", [None, "240", "2400", "+240", "15m", ""])
@pytest.mark.parametrize(("create", "update"), [(None, None), (60.0, None), (None, 60.9), (1200.0, 5400.0)])
def test_rule_and_summary_read_the_same_timeouts(
    create: float | None, update: float | None, annotation: str | None
) -> None:
    """PRB207 names the very numbers that the summary compares with."""
    slow = {"name": "web", "startupProbe": {"tcpSocket": {"port": 80}, "failureThreshold": 1000}}
    judged = workload(
        {"replicas": 2, **pod(slow)},
        annotations=None if annotation is None else {"pulumi.com/timeoutSeconds": annotation},
        pulumi=PulumiOptions(create_timeout_seconds=create, update_timeout_seconds=update),
    )
    plan = summarize_workload(judged).plan
    rule = find_rule("PRB207")
    assert rule is not None
    (violation,) = rule.check(judged)
    assert f"Pulumi waits {plan.create_timeout_seconds} s (" in violation.what


def test_an_unknown_number_raises_an_error() -> None:
    """Nothing is guessed about a value that is set at deployment."""
    with pytest.raises(UnknownValue):
        summarize_workload(
            workload(pod({"name": "web", "livenessProbe": {"tcpSocket": {"port": 80}, "periodSeconds": UNKNOWN}}))
        )


def test_the_numbers_are_json() -> None:
    """Intervals become pairs."""
    assert [8, 13] == summarize(STARTUP, READINESS, LIVENESS).as_dict()["hung_leaves_traffic"]


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        (Interval(8, 14), "8-14 s"),
        (Interval(5, 5), "5 s"),
        (Interval(170, 240), "170 s to 4 min"),
        (Interval(200, 320), "3 min 20 s to 5 min 20 s"),
    ],
)
def test_intervals_read_well(interval: Interval, expected: str) -> None:
    """One unit is written once."""
    assert expected == format_interval(interval)
