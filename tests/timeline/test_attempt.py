"""Timelines and rules say the same about probes that cannot ask anything."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.errors import MalformedValue
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.values import UNKNOWN
from pulumi_probes.rules import evaluate, select_rules
from pulumi_probes.timeline.bounds.workload import summarize_workload
from pulumi_probes.timeline.model.pod_reader import read_pod
from pulumi_probes.timeline.model.result import EventKind, Timeline
from pulumi_probes.timeline.model.scenario import InvalidScenario
from pulumi_probes.timeline.simulated_workload import simulated_workload

RULES = ("PRB302", "PRB303", "PRB306", "PRB307")
GOOD: dict[str, Any] = {"httpGet": {"port": "http"}}
LOST: dict[str, Any] = {"httpGet": {"port": "web"}}


def stack(**probes: Any) -> Stack:
    """A Deployment whose container has a port `http` and these probes."""
    container = {"name": "app", "ports": [{"name": "http", "containerPort": 8080}], **probes}
    spec = {"replicas": 3, "template": {"spec": {"containers": [container]}}}
    content = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "cart"}, "spec": spec}
    return read_stack([Manifest(content=content)])


def found(probed: Stack) -> list[str]:
    """The codes of the findings."""
    return [item.code for item in evaluate(probed, select_rules(RULES)).findings]


def played(probed: Stack, scenario: str) -> Timeline:
    """The timeline of a scenario."""
    return simulated_workload(probed.workloads[0]).timeline(scenario)


@pytest.mark.parametrize(
    ("kind", "probe", "code", "path", "reason"),
    [
        ("livenessProbe", {"grpc": {"port": 0}}, "PRB307", ".grpc.port", "must be between 1 and 65535, inclusive"),
        ("livenessProbe", {"grpc": {"port": "http"}}, "PRB306", ".grpc.port", "must be a number"),
        ("readinessProbe", {"httpGet": {"path": "/"}}, "PRB307", ".httpGet.port", "must be set"),
        ("readinessProbe", {"tcpSocket": {"port": "80"}}, "PRB307", ".tcpSocket.port", "must contain at least one"),
        ("startupProbe", {"periodSeconds": 5}, "PRB302", "", "must have one handler, not none"),
        ("startupProbe", {**GOOD, "exec": {"command": ["a"]}}, "PRB302", "", "not exec and httpGet"),
    ],
)
def test_probes_that_the_api_server_rejects_are_not_simulated(
    kind: str, probe: dict[str, Any], code: str, path: str, reason: str
) -> None:
    """Rule, summary and pod agree, and the field is named."""
    probed = stack(**{kind: probe})
    assert [code] == found(probed)
    for read in (summarize_workload, read_pod):
        with pytest.raises(MalformedValue) as refused:
            read(probed.workloads[0])
        assert f"spec.template.spec.containers[0].{kind}{path}" == str(refused.value.path)
        assert reason in refused.value.reason


def test_a_readiness_probe_whose_port_nobody_has() -> None:
    """The pod is never Ready and never gets traffic; it is restarted as before."""
    probed = stack(readinessProbe=LOST, livenessProbe=GOOD)
    assert ["PRB303"] == found(probed)
    summary = summarize_workload(probed.workloads[0])
    assert (
        (
            "Never Ready: a probe uses a port name that the container does not declare; "
            "a startup of up to 20 s is allowed."
        ),
        "A hung pod is restarted after 21-61 s.",
        "Stops within 30 s.",
    ) == summary.lines()
    assert (None, None, None) == (summary.ready_within, summary.ready_budget, summary.rollout_within)
    timeline = played(probed, "hangs-at 100s")
    assert (0, 1) == (len(timeline.traffic), timeline.restarts())
    with pytest.raises(InvalidScenario, match="new pods never become Ready"):
        simulated_workload(probed.workloads[0]).rollout_timeline()


def test_a_liveness_probe_whose_port_nobody_has() -> None:
    """Nothing is ever restarted."""
    probed = stack(readinessProbe=GOOD, livenessProbe=LOST)
    assert ["PRB303"] == found(probed)
    assert "and is never restarted." in summarize_workload(probed.workloads[0]).lines()[1]
    assert [1, 0] == [len(played(probed, "healthy").traffic), played(probed, "hangs-at 100s").restarts()]


def test_a_startup_probe_whose_port_nobody_has() -> None:
    """It blocks forever: no other probe runs, and nothing is killed."""
    probed = stack(startupProbe=LOST, readinessProbe=GOOD, livenessProbe=GOOD)
    assert ["PRB303"] == found(probed)
    assert (
        "Never Ready: a probe uses a port name that the container does not declare.",
        "A hung pod is never restarted.",
        "Stops within 30 s.",
    ) == summarize_workload(probed.workloads[0]).lines()
    timeline = played(probed, "never-starts")
    assert (0, 0, None) == (len(timeline.traffic), timeline.restarts(), timeline.first(EventKind.STARTED))
    assert {"startup"} == {run.kind.word for run in timeline.attempts}


def test_a_port_that_is_not_known_yet_is_taken_to_be_right() -> None:
    """A summary does not depend on it."""
    known, unknown = (stack(readinessProbe={"httpGet": {"port": port}}) for port in ("http", UNKNOWN))
    assert summarize_workload(known.workloads[0]) == summarize_workload(unknown.workloads[0])
