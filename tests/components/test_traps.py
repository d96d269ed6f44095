"""Common mistakes of libraries and charts of this kind, none of which this library makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_probes import InvalidArguments
from pulumi_probes.components.assembly import Assembly

Build = Callable[..., Assembly]
Refusal = Callable[..., InvalidArguments]
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def main_container(assembly: Assembly) -> Any:
    """The main container."""
    return assembly.manifests["Deployment"]["spec"]["template"]["spec"]["containers"][0]


def codes(error: InvalidArguments) -> set[str | None]:
    """The codes of the rules in an error."""
    return {problem.code for problem in error.found}


def test_no_default_port_is_invented(refusal: Refusal) -> None:
    """No probe uses port 80 because no port was given."""
    assert ["port: is required. Set it; it has no default."] == list(refusal(port=None).problems)


@pytest.mark.parametrize("component", ["WebService", "GrpcService", "TelcoService"])
def test_a_start_gets_the_guaranteed_time(build: Build, component: str) -> None:
    """A startup probe never kills earlier than `starts_within`."""
    for seconds in (1, 30, 61, 600):
        startup = main_container(build(component, starts_within=seconds))["startupProbe"]
        assert (startup["failureThreshold"] - 1) * startup["periodSeconds"] >= seconds


@pytest.mark.parametrize(
    ("probe", "place"), [({"http_get": None}, "sidecars[0].readiness_probe"), ({}, "sidecars[0].readiness_probe")]
)
def test_a_probe_without_a_handler_is_refused(refusal: Refusal, probe: Any, place: str) -> None:
    """It is rejected before the API server rejects it."""
    error = refusal(sidecars=[{"name": "proxy", "image": "proxy:1", "readiness_probe": {"period_seconds": 5, **probe}}])
    assert place in {str(problem.path) for problem in error.found if problem.code == "PRB302"}


def test_two_handlers_are_refused(refusal: Refusal) -> None:
    """Neither of them silently takes precedence."""
    error = refusal(liveness_probe={"http_get": {"path": "/a"}, "tcp_socket": {}})
    assert "PRB302" in codes(error)


@pytest.mark.parametrize(
    "arguments", [{}, {"replicas": 1}, {"service": {"type": "NodePort"}}, {"pod_security": "privileged"}]
)
def test_no_probe_disappears(build: Build, component: str, arguments: dict[str, Any]) -> None:
    """All three probes are always set."""
    assert set(PROBES) <= set(main_container(build(component, **arguments)))


def test_the_selector_is_the_components_own(build: Build) -> None:
    """Two components with the same image do not get each other's traffic: names are not derived from the image."""
    one, two = build("WebService", "one", image="acme/web-app:1"), build("WebService", "two", image="acme/web-app:1")
    selectors = [assembly.manifests["Service"]["spec"]["selector"] for assembly in (one, two)]
    assert selectors[0] != selectors[1]
    for assembly, selector in zip((one, two), selectors, strict=True):
        deployment = assembly.manifests["Deployment"]["spec"]
        assert selector == deployment["selector"]["matchLabels"]
        assert selector.items() <= deployment["template"]["metadata"]["labels"].items()
        assert assembly.name == main_container(assembly)["name"]


@pytest.mark.parametrize("label", ["app.kubernetes.io/name", "app.kubernetes.io/instance"])
@pytest.mark.parametrize("argument", ["labels", "pod_labels"])
def test_labels_cannot_break_the_selector(refusal: Refusal, argument: str, label: str) -> None:
    """A user's label that the selector needs is rejected, not silently overwritten."""
    assert [f'{argument}["{label}"]'] == [str(problem.path) for problem in refusal(**{argument: {label: "x"}}).found]


def test_liveness_and_readiness_check_different_endpoints(build: Build, component: str) -> None:
    """Their endpoints differ by default; with the same endpoint, liveness must be slower."""
    probes = main_container(build(component))
    endpoints = [str({key: value for key, value in probes[name].items() if isinstance(value, dict)}) for name in PROBES]
    assert endpoints[1] != endpoints[2]


def test_equal_endpoints_are_seen_behind_names_and_numbers(refusal: Refusal) -> None:
    """The name and the number of a port are the same port."""
    error = refusal(
        readiness_probe={
            "http_get": {"path": "/up", "port_name": "http"},
            "period_seconds": 10,
            "failure_threshold": 3,
        },
        liveness_probe={"http_get": {"path": "/up", "port": 8080}, "period_seconds": 10, "failure_threshold": 2},
    )
    assert "PRB201" in codes(error)


@pytest.mark.parametrize("argument", ["readiness_probe", "liveness_probe", "pre_stop"])
def test_an_init_container_takes_no_probes(refusal: Refusal, argument: str) -> None:
    """The API rejects them, so there is no argument for them."""
    error = refusal(init_containers=[{"name": "migrate", "image": "migrate:1", argument: {}}])
    assert [f"init_containers[0].{argument}: is not an argument."] == [
        problem.partition(" Did")[0].partition(" Known")[0] for problem in error.problems
    ]


def test_probes_use_the_port_that_serves(build: Build, component: str) -> None:
    """A separate management port can be healthy while the serving port is dead."""
    container = main_container(build(component))
    serving = container["ports"][0]
    asked = [next(iter(container[name].values()))["port"] for name in PROBES]
    assert set(asked) <= {serving["name"], serving["containerPort"]}


def test_one_name_is_the_source_of_the_port(build: Build, component: str) -> None:
    """Container, Service and probes always use the same port."""
    assembly = build(component)
    (port,) = assembly.manifests["Service"]["spec"]["ports"]
    assert port["targetPort"] == port["name"] == main_container(assembly)["ports"][0]["name"]


def test_a_single_replica_has_no_disruption_budget(build: Build) -> None:
    """It would block every drain of its node."""
    assert "PodDisruptionBudget" not in build(replicas=1).manifests


def test_a_read_only_root_has_a_writable_tmp(build: Build, component: str) -> None:
    """The restricted profile does not break programs that write temporary files; each container has its own /tmp."""
    sidecar = {"name": "proxy", "image": "proxy:1", "resources": {"limits": {"cpu": "1", "memory": "64Mi"}}}
    spec = build(component, sidecars=[sidecar]).manifests["Deployment"]["spec"]["template"]["spec"]
    containers = [*spec["initContainers"], *spec["containers"]]
    assert [True, True] == [container["securityContext"]["readOnlyRootFilesystem"] for container in containers]
    mounts = [mount for container in containers for mount in container["volumeMounts"] if mount["mountPath"] == "/tmp"]  # noqa: S108
    assert {"tmp", "tmp-proxy"} == {mount["name"] for mount in mounts} == {volume["name"] for volume in spec["volumes"]}


def test_an_unknown_value_is_never_ignored(refusal: Refusal) -> None:
    """`startupProbe`, which Helm's starter chart ignores, is reported."""
    assert ["startupProbe: is not an argument. Did you mean startup_probe?"] == list(refusal(startupProbe={}).problems)


def test_a_pause_longer_than_the_grace_period_is_refused(refusal: Refusal) -> None:
    """It would be cut off, and SIGTERM never sent."""
    error = refusal(pre_stop={"sleep": {"seconds": 60}}, termination_grace_period_seconds=30)
    assert codes(error) & {"PRB401", "PRB402"}


def test_exec_on_the_cpus_of_a_telco_service_is_refused(refusal: Refusal) -> None:
    """A probe or a hook that runs a process would take CPU time from the polling threads."""
    error = refusal(
        "TelcoService", liveness_probe={"exec": {"command": ["/alive"]}}, pre_stop={"exec": {"command": ["/bye"]}}
    )
    assert {"PRB501", None} <= codes(error)
    assert "pre_stop.exec" in {str(problem.path) for problem in error.found}


@pytest.mark.parametrize(
    ("probe", "code"),
    [
        ({"failure_threshold": -1}, "PRB213"),
        ({"period_seconds": -5}, "PRB213"),
        ({"success_threshold": 3}, "PRB314"),
        ({"timeout_seconds": 30, "period_seconds": 5}, "PRB211"),
        ({"http_get": {"port": 99999}}, "PRB307"),
        ({"http_get": {"port_name": "htpp"}}, "PRB303"),
        ({"exec": {"command": []}}, "PRB312"),
        ({"http_get": {"host": "other.example"}}, "PRB309"),
    ],
)
def test_wrong_probes_that_others_accept(refusal: Refusal, probe: dict[str, Any], code: str) -> None:
    """Each is silently accepted by some library or chart."""
    assert code in codes(refusal(liveness_probe=probe))


def test_readiness_takes_no_grace_period(refusal: Refusal) -> None:
    """The API rejects it."""
    assert "PRB315" in codes(refusal(readiness_probe={"termination_grace_period_seconds": 5}))


def test_probe_paths_do_not_follow_the_route(build: Build) -> None:
    """The route of the traffic does not determine the paths of health checks."""
    assembly = build(service={"port": 8443, "annotations": {"ingress.example/path": "/shop"}})
    assert "/readyz" == main_container(assembly)["readinessProbe"]["httpGet"]["path"]


def test_environment_of_service_links_is_off(build: Build, component: str) -> None:
    """A Service named like the component would set variables such as WEB_PORT, which programs may use."""
    assert build(component).manifests["Deployment"]["spec"]["template"]["spec"]["enableServiceLinks"] is False


def test_volumes_that_nobody_asked_for_do_not_pin_nodes(build: Build) -> None:
    """The cluster autoscaler may remove a node with the component's emptyDir, but not one with the user's."""
    assembly = build(volumes=[{"name": "cache", "emptyDir": {}}])
    annotations = assembly.manifests["Deployment"]["spec"]["template"]["metadata"]["annotations"]
    assert "tmp" == annotations["cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"]


@pytest.mark.parametrize(
    ("number", "is_warned_about"), [(30000, False), (32767, False), (29999, True), (32768, True), (80, True)]
)
def test_a_node_port_outside_the_default_range_is_warned_about(
    build: Build,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    number: int,
    *,
    is_warned_about: bool,
) -> None:
    """A cluster may have another range, so the component is created, with a warning."""
    assembly = build(service={"type": "NodePort", "node_port": number})
    assert number == assembly.manifests["Service"]["spec"]["ports"][0]["nodePort"]
    said = caplog.text + capsys.readouterr().err
    assert is_warned_about == (f'WebService "web": the node port {number} is outside 30000-32767.' in said)


def test_a_node_port_that_no_cluster_has_is_refused(refusal: Refusal) -> None:
    """The largest port is 65535."""
    error = refusal(service={"type": "NodePort", "node_port": 70000})
    assert ["service.node_port"] == [str(problem.path) for problem in error.found]
