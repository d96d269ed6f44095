"""Contradictory arguments are rejected if Kubernetes would reject the objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_probes import InvalidArguments
from pulumi_probes.components.assembly import Assembly

Refusal = Callable[..., InvalidArguments]
PROXY: dict[str, Any] = {"name": "proxy", "image": "proxy:1"}
LOG: dict[str, Any] = {"name": "log", "image": "log:1"}
METRICS: dict[str, Any] = {"name": "metrics", "container_port": 9102}


@pytest.mark.parametrize(
    ("arguments", "places"),
    [
        ({"sidecars": [{**PROXY, "name": "web"}]}, ["sidecars[0].name"]),
        ({"sidecars": [PROXY], "init_containers": [PROXY]}, ["init_containers[0].name"]),
        ({"ports": [{**METRICS, "name": "http"}]}, ["ports[0].name"]),
        ({"ports": [METRICS], "sidecars": [{**PROXY, "ports": [METRICS]}]}, ["sidecars[0].ports[0].name"]),
        ({"ports": [{**METRICS, "service_port": 80}]}, ["ports[0].service_port"]),
        ({"ports": [{**METRICS, "service_port": 443}], "scheme": "HTTPS"}, ["ports[0].service_port"]),
        ({"ports": [{**METRICS, "service_port": 9000}], "service": {"port": 9000}}, ["ports[0].service_port"]),
        ({"ports": [{**METRICS, "node_port": 30001}]}, ["ports[0].node_port"]),
        ({"service": {"node_port": 30001}}, ["service.node_port"]),
        ({"service": {"external_traffic_policy": "Local"}}, ["service.external_traffic_policy"]),
        ({"service": {"type": "NodePort", "load_balancer_class": "x"}}, ["service.load_balancer_class"]),
        ({"service": {"load_balancer_source_ranges": ["10.0.0.0/8"]}}, ["service.load_balancer_source_ranges"]),
        ({"env": {"A": "1"}, "env_value_from": {"A": {"field_ref": {"field_path": "x"}}}}, ["env_value_from.A"]),
        (
            {"sidecars": [{**PROXY, "env": {"A": "1"}, "env_value_from": {"A": {"field_ref": {"field_path": "x"}}}}]},
            ["sidecars[0].env_value_from.A"],
        ),
    ],
)
def test_a_contradiction_is_named_at_its_place(refusal: Refusal, arguments: dict[str, Any], places: list[str]) -> None:
    """The second one of two contradictory arguments is named."""
    assert places == [str(problem.path) for problem in refusal(**arguments).found]


@pytest.mark.parametrize(
    "arguments",
    [
        {"ports": [{**METRICS, "service_port": 80, "protocol": "UDP"}]},
        {"ports": [{**METRICS, "node_port": 30001, "service_port": 1}], "service": {"type": "NodePort"}},
        {"service": {"type": "LoadBalancer", "external_traffic_policy": "Local", "load_balancer_class": "x"}},
        {"max_surge": 0, "max_unavailable": 1},
        {"max_unavailable": 0},
    ],
)
def test_what_fits_together_is_built(build: Callable[..., Assembly], arguments: dict[str, Any]) -> None:
    """Everything else is accepted."""
    assert "web" == build(**arguments).name


def test_nothing_follows_from_what_was_wrong_itself(refusal: Refusal) -> None:
    """With a misspelt type, it is unknown whether a node port is allowed."""
    assert ["service.type"] == [str(p.path) for p in refusal(service={"type": "Nodeport", "node_port": 30001}).found]


def test_what_a_telco_container_lacks_is_named(refusal: Refusal) -> None:
    """All containers need requests equal to limits; otherwise none has exclusive CPUs."""
    error = refusal(
        "TelcoService",
        hugepages={"1GB": "1Gi"},
        sidecars=[
            {**PROXY, "resources": {"limits": {"cpu": "1"}}},
            {
                "name": "log",
                "image": "log:1",
                "resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1", "memory": "1Gi"}},
            },
        ],
    )
    assert {
        "hugepages": "the name '1GB' must be a Kubernetes quantity.",
        "sidecars[0].resources.limits": "must contain cpu and memory; memory missing.",
        "sidecars[1].resources.requests": "must equal the limits; different: cpu.",
    } == {str(problem.path): problem.what for problem in error.found if problem.code is None}


@pytest.mark.parametrize(
    ("arguments", "place", "code"),
    [
        ({"max_surge": 0}, "max_unavailable", "PRB409"),
        ({"max_surge": -1}, "max_surge", "PRB409"),
        ({"progress_deadline_seconds": 5, "min_ready_seconds": 5}, "progress_deadline_seconds", "PRB406"),
        ({"ports": [METRICS, METRICS]}, "ports[1].name", "PRB327"),
        ({"ports": [{**METRICS, "container_port": 99999}]}, "ports[0].container_port", "PRB327"),
        ({"ports": [{**METRICS, "protocol": "ICMP"}]}, "ports[0].protocol", "PRB327"),
        ({"replicas": -1}, "replicas", None),
    ],
)
def test_what_rules_know_is_left_to_rules(refusal: Refusal, arguments: dict[str, Any], place: str, code: str) -> None:
    """There is no duplicate check; the finding of the rule has the path of the argument."""
    assert (place, code) in {(str(problem.path), problem.code) for problem in refusal(**arguments).found}
