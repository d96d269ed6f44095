"""The view of a workload for rules: roles, ports, names, and unreadable values."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_probes.codec.manifest import read_workloads
from pulumi_probes.model.errors import MalformedValue, UnknownValue
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.values import UNKNOWN
from pulumi_probes.model.workload import Container, ContainerRole, Workload


def pod(spec: Any, *, is_patch: bool = False, **metadata: Any) -> Workload:
    """A pod."""
    content = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    (workload,) = read_workloads(Manifest(content=content, is_patch=is_patch))
    return workload


def container(content: dict[str, Any], *, is_patch: bool = False) -> Container:
    """The only container of a pod."""
    return pod({"containers": [content]}, is_patch=is_patch).containers[0]


def test_containers_have_roles() -> None:
    """Sidecars come before regular containers; other containers may not have probes."""
    workload = pod(
        {
            "initContainers": [{"name": "setup"}, {"name": "proxy", "restartPolicy": "Always"}],
            "containers": [{"name": "app"}],
            "ephemeralContainers": [{"name": "debug"}],
        }
    )
    roles = {item.display_name: item.role for item in workload.all_containers}
    assert roles == {
        "setup": ContainerRole.INIT,
        "proxy": ContainerRole.SIDECAR,
        "app": ContainerRole.REGULAR,
        "debug": ContainerRole.EPHEMERAL,
    }
    assert ["proxy", "app"] == [item.name for item in workload.probed_containers]
    assert [False, True, True, False] == [item.may_have_probes for item in workload.all_containers]


def test_an_init_container_of_unknown_role_is_left_out() -> None:
    """It is reported, and the other containers are returned."""
    workload = pod({"initContainers": [{"restartPolicy": UNKNOWN}, {"name": "b"}], "containers": [{"name": "c"}]})
    assert ["b", "c"] == [item.display_name for item in workload.all_containers]
    assert ["spec.initContainers[0].restartPolicy"] == [str(problem.path) for problem in workload.unreadable]


@pytest.mark.parametrize(("probed", "role"), [(True, ContainerRole.SIDECAR), (False, ContainerRole.INIT)])
def test_a_patch_of_an_init_container_with_a_probe_patches_a_sidecar(probed: bool, role: ContainerRole) -> None:
    """Other init containers may not have probes."""
    content = {"name": "a", **({"startupProbe": {}} if probed else {})}
    workload = pod({"initContainers": [content]}, is_patch=True)
    assert [role] == [item.role for item in workload.init_containers]


@pytest.mark.parametrize("containers", [UNKNOWN, "text", {"name": "a"}, 7], ids=str)
def test_a_malformed_list_of_containers(containers: Any) -> None:
    """There are no containers, and the reason is reported."""
    workload = pod({"containers": containers})
    assert () == workload.all_containers
    assert ["spec.containers"] == [str(problem.path) for problem in workload.unreadable]


def test_numbers_have_the_defaults_of_the_api_server() -> None:
    """Zero means the default too, except for the initial delay."""
    probe = container({"livenessProbe": {"timeoutSeconds": 0, "periodSeconds": 7.0}}).liveness
    assert probe is not None
    assert (0, 1, 7, 1, 3) == (
        probe.initial_delay_seconds,
        probe.timeout_seconds,
        probe.period_seconds,
        probe.success_threshold,
        probe.failure_threshold,
    )
    assert probe.termination_grace_period_seconds is None


def test_a_negative_number_is_malformed() -> None:
    """The rule about negative numbers reads the raw value."""
    probe = container({"livenessProbe": {"periodSeconds": -1}}).liveness
    assert probe is not None
    with pytest.raises(MalformedValue):
        _ = probe.period_seconds


def test_in_a_patch_an_absent_number_is_unknown() -> None:
    """It may have any value in the cluster."""
    probe = container({"livenessProbe": {"periodSeconds": 7}}, is_patch=True).liveness
    assert probe is not None
    assert 7 == probe.period_seconds
    with pytest.raises(UnknownValue):
        _ = probe.timeout_seconds


PORTS = [{"name": "http", "containerPort": 8080}, UNKNOWN, {"name": "dns", "containerPort": 53, "protocol": "UDP"}]


def test_a_port_is_found_beside_others_that_are_unknown() -> None:
    """For a port that is not among the known ones, the result is unknown."""
    found = container({"ports": PORTS})
    http = found.find_port("http")
    assert http is not None
    assert (8080, "TCP") == (http.number, http.protocol)
    dns = found.find_port(53)
    assert dns is not None
    assert ("dns", "UDP") == (dns.name, dns.protocol)
    with pytest.raises(UnknownValue):
        found.find_port("grpc")
    with pytest.raises(UnknownValue):
        _ = found.ports
    assert ["http", "dns"] == [port.name for port in found.known_ports]


@pytest.mark.parametrize(
    ("port", "number"),
    [(8080, 8080), ("http", 8080), ("9090", 9090), ("grpc", None), ("9" * 5000, None), ("٣", None)],
    ids=lambda value: str(value)[:8],
)
def test_a_port_is_a_name_in_this_container_or_digits(port: int | str, number: int | None) -> None:
    """As for the kubelet."""
    content = {"ports": [{"name": "http", "containerPort": 8080}], "livenessProbe": {"tcpSocket": {"port": port}}}
    probe = container(content).liveness
    assert probe is not None
    assert number == probe.port_number


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({"httpGet": {"port": "http"}}, {"httpGet": {"port": 8080, "path": "/", "scheme": "HTTP", "host": ""}}, True),
        ({"httpGet": {"port": 8080}}, {"httpGet": {"port": 8080, "path": "/x"}}, False),
        ({"httpGet": {"port": 8080}}, {"httpGet": {"port": 8080, "scheme": "HTTPS"}}, False),
        ({"httpGet": {"port": 8080}}, {"httpGet": {"port": 8080, "host": "h"}}, False),
        ({"httpGet": {"port": 8080}}, {"tcpSocket": {"port": 8080}}, False),
        ({"grpc": {"port": 8080}}, {"grpc": {"port": 8080, "service": ""}}, True),
        ({"grpc": {"port": 8080}}, {"grpc": {"port": 8080, "service": "a"}}, False),
        ({"exec": {"command": ["a", "b"]}}, {"exec": {"command": ["a", "b"]}}, True),
        ({"exec": {"command": ["a", "b"]}}, {"exec": {"command": ["a b"]}}, False),
        (
            {"httpGet": {"port": 8080, "httpHeaders": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}},
            {"httpGet": {"port": 8080, "httpHeaders": [{"name": "b", "value": "2"}, {"name": "a", "value": "1"}]}},
            True,
        ),
    ],
)
def test_endpoints_are_compared_by_what_they_check(first: Any, second: Any, same: bool) -> None:
    """Port names, defaults and the order of headers do not matter."""
    content = {
        "ports": [{"name": "http", "containerPort": 8080}],
        "livenessProbe": first,
        "readinessProbe": second,
    }
    found = container(content)
    assert found.liveness is not None
    assert found.readiness is not None
    assert same == (found.liveness.endpoint == found.readiness.endpoint)


def test_no_handler_or_two_have_no_endpoint() -> None:
    """They cannot be compared."""
    found = container({"livenessProbe": {}, "readinessProbe": {"exec": {}, "grpc": {}}})
    assert [None, None] == [probe.endpoint for probe in found.probes]
    assert [(), ("exec", "grpc")] == [probe.handlers for probe in found.probes][::-1]


def test_probes_are_cached() -> None:
    """A second access returns the same object, with the values that it has already read."""
    found = container({"livenessProbe": {}, "startupProbe": {}})
    assert found.liveness is found.probe(ProbeKind.LIVENESS)
    assert [ProbeKind.STARTUP, ProbeKind.LIVENESS] == [probe.kind for probe in found.probes]
    assert found.has_probe(ProbeKind.STARTUP)
    assert not found.has_probe(ProbeKind.READINESS)


def test_hooks() -> None:
    """A null hook is not set."""
    found = container({"lifecycle": {"preStop": {"sleep": {"seconds": 5}}, "postStart": None}})
    assert ["preStop hook"] == [hook.title for hook in found.hooks]
    hook = found.hook("preStop")
    assert hook is not None
    assert (("sleep",), 5) == (hook.handlers, hook.sleep_seconds)
    assert found.hook("postStart") is None
    assert () == container({}).hooks


@pytest.mark.parametrize(("policy", "serves"), [(None, True), ("Always", True), ("", True), ("Never", False)])
def test_a_pod_that_is_restarted_runs_indefinitely(policy: str | None, serves: bool) -> None:
    """A pod that runs to completion does not."""
    assert serves == pod({"restartPolicy": policy, "containers": []}).serves


def test_the_metadata_of_pods_is_next_to_their_specification() -> None:
    """A Pod has its own metadata; if the path is unknown, the metadata is unknown too."""
    assert "a" == pod({}, labels={"x": "a"}).labels.text("x")
    content = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"labels": {"x": "a"}}, "spec": UNKNOWN}
    (workload,) = read_workloads(Manifest(content=content))
    assert workload.labels.is_unknown
    assert "spec.template" == str(workload.template_path)
