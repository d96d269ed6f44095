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
from pulumi_probes.timeline.bounds.pod import ContainerStart, container_starts, guaranteed_answer, latest_answer
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
        (Interval(180, 300), "3 min to 5 min"),
        (Interval(100, 185), "100 s to 3 min 5 s"),
    ],
)
def test_intervals_read_well(interval: Interval, expected: str) -> None:
    """One unit is written once."""
    assert expected == format_interval(interval)


def test_a_pod_with_several_containers_is_described_as_a_whole() -> None:
    """Two lines for each container, two for the pod, and one for its rollout."""
    sidecar = {"name": "mesh", "restartPolicy": "Always", "startupProbe": {"tcpSocket": {"port": 1}}}
    web = {**PROBED, "livenessProbe": {"tcpSocket": {"port": 80}}}
    assert (
        "mesh: Ready within 31 s; a startup of up to 20 s is allowed.",
        "mesh: A hung container does not stop traffic to the pod and is never restarted.",
        "web: Ready within 31 s; a startup of up to 20 s is allowed.",
        "web: A hung container stops traffic to the pod after 21-31 s and is restarted after 21-61 s.",
        "The pod is Ready within 62 s.",
        "The pod stops within 32 s.",
        "A rollout of 1 replica takes at most 62 s.",
    ) == summarize_workload(workload(pod(web, initContainers=[sidecar]))).lines()


def test_a_pod_of_which_one_container_never_becomes_ready_never_does() -> None:
    """The summary does not mention a rollout, because it would never end."""
    lost = {"name": "log", "readinessProbe": {"httpGet": {"port": "nowhere"}}}
    assert ("The pod never becomes Ready.", "The pod stops within 30 s.") == summarize_workload(
        workload(pod(PROBED, lost))
    ).lines()[-2:]


@pytest.mark.parametrize(
    ("deadline", "timeout", "fits"),
    [
        (62, "61", (True, True, True)),
        (61, "61", (False, True, True)),
        (62, "60", (True, False, False)),
    ],
)
def test_deadlines_are_compared_to_the_second(deadline: int, timeout: str, fits: tuple[bool, ...]) -> None:
    """The pod is Ready within 61 s: too late for a deadline of 61 s, and in time for a timeout of 61 s."""
    spec = {"progressDeadlineSeconds": deadline, **pod(PROBED)}
    summary = summarize_workload(workload(spec, annotations={"pulumi.com/timeoutSeconds": timeout}))
    assert fits == (summary.fits_progress_deadline, summary.fits_create_timeout, summary.fits_update_timeout)


@pytest.mark.parametrize("timeout", ["0", "-5"])
def test_no_time_at_all_is_0_s(timeout: str) -> None:
    """With 0 or less, Pulumi gives up at once; so does a Deployment with a deadline of 0."""
    spec = {"progressDeadlineSeconds": 0, **pod(PROBED)}
    assert (
        "The first rollout takes at most 61 s, but Pulumi gives up after 0 s.",
        "A rollout of 1 replica takes at most 61 s, but is reported as failed after 0 s and Pulumi gives up after 0 s.",
    ) == summarize_workload(workload(spec, annotations={"pulumi.com/timeoutSeconds": timeout})).lines()[-2:]


def test_a_rollout_without_new_pods_or_probes_waits_for_nothing() -> None:
    """There is no time to state."""
    for spec in ({"replicas": 0, **pod(PROBED)}, {"replicas": 2, **pod({"name": "web"})}):
        line = f"A rollout of {spec['replicas']} replicas does not wait for new pods to respond."
        assert line == summarize_workload(workload(spec)).lines()[-1]


def test_a_pod_without_containers_has_nothing_to_wait_for() -> None:
    """A patch may have none; its rollout is not known."""
    summary = summarize_workload(workload(pod()))
    assert ((), 0, None, ()) == (summary.containers, summary.stop_within, summary.ready_within, summary.lines())


def test_a_rollout_of_a_daemon_set_is_counted_in_nodes() -> None:
    """Three unless the number is given."""
    daemon_set = workload(pod(PROBED), "DaemonSet")
    assert "A rollout on 3 nodes takes at most 4 min 33 s." == summarize_workload(daemon_set).lines()[-1]
    assert "A rollout on 1 node takes at most 91 s." == summarize_workload(daemon_set, nodes=1).lines()[-1]


def test_a_contract_has_one_replica_and_no_name_unless_given() -> None:
    """The numbers are those of its only container."""
    contract = HealthContract(
        startup=STARTUP,
        readiness=READINESS,
        liveness=LIVENESS,
        shutdown=Shutdown(pre_stop_sleep_seconds=5),
        rollout=Rollout(),
    )
    summary = summarize_contract(contract)
    assert ("", 1, 66, 66) == (
        summary.containers[0].name,
        summary.plan.pods,
        summary.ready_within,
        summary.rollout_within,
    )
    paused = HealthContract(
        startup=STARTUP,
        readiness=READINESS,
        liveness=LIVENESS,
        shutdown=Shutdown(pre_stop_sleep_seconds=5, post_start_sleep_seconds=7),
        rollout=Rollout(),
    )
    assert 66 + 7 == summarize_contract(paused).ready_within


@pytest.mark.parametrize(
    ("hook", "restarted", "stops"),
    [
        ({"sleep": {"seconds": 5}}, Interval(21 + 5, 31 + 30), 30),
        ({"exec": {"command": ["drain"]}}, Interval(21, 31 + 30 + 2), 32),
        ({"sleep": {"seconds": 29}}, Interval(21 + 29, 31 + 29 + 2), 31),
        (None, Interval(21, 31 + 30), 30),
    ],
    ids=["sleep", "command", "long sleep", "none"],
)
def test_a_pre_stop_hook_comes_before_sigterm(hook: dict[str, Any] | None, restarted: Interval, stops: int) -> None:
    """A command may end at once or use up the grace period of 30 s, after which the container still gets 2 s."""
    container = {"name": "web", "livenessProbe": {"tcpSocket": {"port": 80}}, "lifecycle": {"preStop": hook}}
    health = summarize_workload(workload(pod(container))).containers[0].health
    assert (restarted, stops) == (health.hung_restarted, health.stop_within)


@pytest.mark.parametrize(
    ("hook", "stops"), [(None, 32), ({"sleep": {"seconds": 5}}, 32), ({"exec": {"command": ["drain"]}}, 33)]
)
def test_a_sidecar_stops_after_the_grace_period(hook: dict[str, Any] | None, stops: int) -> None:
    """It gets 2 s; a hook of a fraction of a second makes it up to 1 s later."""
    sidecar = {"name": "mesh", "restartPolicy": "Always", "lifecycle": {"preStop": hook}}
    assert stops == summarize_workload(workload(pod(PROBED, initContainers=[sidecar]))).stop_within


@pytest.mark.parametrize(
    ("pod_policy", "container_policy", "own_grace", "restarts", "latest"),
    [
        (None, None, None, True, 31 + 30),
        (None, None, 5, True, 31 + 5),
        ("Never", None, 5, False, 31 + 30),
        ("Never", "Always", 5, True, 31 + 5),
        ("Always", "Never", None, False, 31 + 30),
    ],
)
def test_the_restart_policy_of_a_container_takes_precedence(
    pod_policy: str | None, container_policy: str | None, own_grace: int | None, restarts: bool, latest: int
) -> None:
    """The liveness probe's own grace period only counts for a container that is restarted."""
    liveness = {"tcpSocket": {"port": 80}, "terminationGracePeriodSeconds": own_grace}
    container = {"name": "web", "livenessProbe": liveness, "restartPolicy": container_policy}
    health = summarize_workload(workload(pod(container, restartPolicy=pod_policy))).containers[0].health
    assert (restarts, Interval(21, latest)) == (health.restarts, health.hung_restarted)


def test_a_sidecar_is_restarted_whatever_the_policy_of_its_pod() -> None:
    """It has a restart policy of its own."""
    sidecar = {"name": "mesh", "restartPolicy": "Always", "livenessProbe": {"tcpSocket": {"port": 1}}}
    summary = summarize_workload(
        workload(pod({"name": "web"}, initContainers=[sidecar], restartPolicy="Never"), "ReplicaSet")
    )
    assert [True, False] == [item.health.restarts for item in summary.containers]


def test_the_numbers_of_a_container_with_all_probes() -> None:
    """Each number for D = 0, startup P = 2 and F = 31, readiness P = 5, F = 2 and T = 3, and default liveness."""
    assert {
        "guaranteed_start": 60,
        "never_answers_killed": [60, 63],
        "ready_within": 60 + 3 + 3,
        "ready_delay": 2 + 1 + 3,
        "hung_leaves_traffic": [8, 13],
        "hung_killed": [21, 31],
        "hung_restarted": [26, 61],
        "restarts": True,
        "stop_within": 30,
        "waits_for_answers": True,
        "becomes_ready": True,
        "start_budget": 63,
        "ready_budget": 63 + 3,
    } == summarize(STARTUP, READINESS, LIVENESS, shutdown=Shutdown(pre_stop_sleep_seconds=5)).as_dict()


@pytest.mark.parametrize(
    ("probes", "expected"),
    [
        ((None, None, None), (None, 0, 0, None, 0, False)),
        ((None, READINESS, None), (None, None, 5 + 3, None, None, True)),
        ((None, None, LIVENESS), (20, 0, 0, 31, 0, False)),
        ((STARTUP, None, None), (60, 63, 3, 63, 63, True)),
    ],
    ids=["none", "readiness", "liveness", "startup"],
)
def test_the_numbers_of_a_container_with_one_probe(
    probes: tuple[Probe | None, ...], expected: tuple[int | None, ...]
) -> None:
    """Startup time is limited by the startup or the liveness probe, and Ready waits for startup and readiness."""
    summary = summarize(*probes)
    assert expected == (
        summary.guaranteed_start,
        summary.ready_within,
        summary.ready_delay,
        summary.start_budget,
        summary.ready_budget,
        summary.waits_for_answers,
    )


def test_hooks_of_other_containers_delay_the_budget_but_not_the_guarantee() -> None:
    """The kubelet probes no container before all of them run, which it only waits for at the pod's start."""
    hook = {"lifecycle": {"postStart": {"sleep": {"seconds": 8}}}}
    first, second = (
        item.health
        for item in summarize_workload(
            workload(pod({**PROBED, "name": "first"}, {**PROBED, "name": "second", **hook}))
        ).containers
    )
    assert (50, Interval(50, 61 + 8)) == (first.guaranteed_start, first.never_answers_killed)
    assert (58, Interval(58, 61 + 8)) == (second.guaranteed_start, second.never_answers_killed)


def test_only_a_native_sleep_after_the_start_is_counted() -> None:
    """The duration of a command is not known."""
    hooks: list[dict[str, Any] | None] = [
        None,
        {"exec": {"command": ["warm-up"]}},
        {"sleep": {"seconds": 0}},
        {"sleep": {"seconds": 5}},
    ]
    containers = [{"name": f"c{number}", "lifecycle": {"postStart": hook}} for number, hook in enumerate(hooks)]
    assert [0, 0, 0, 5] == [start.post_start_seconds for start in container_starts(workload(pod(*containers)))]


def test_the_slowest_starts_of_a_container_by_its_probes() -> None:
    """Without startup and liveness probes nothing ends a startup, and readiness counts with its verdict."""
    nothing, ready_only = ContainerStart(), ContainerStart(readiness=READINESS)
    slow = ContainerStart(readiness=Probe(handler=ASKS, period_seconds=2, timeout_seconds=5))
    assert [0, 0] == [guaranteed_answer(start, 9) for start in (nothing, ready_only)]
    assert [0, 5, 2 * 5] == [latest_answer(start, 9) for start in (nothing, ready_only, slow)]
