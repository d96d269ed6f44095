"""Rendered components: golden manifests, and the effect of each argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from pulumi_probes.components.assembly import Assembly

Build = Callable[..., Assembly]

EVERYTHING: dict[str, Any] = {
    "name": "shop",
    "namespace": "market",
    "replicas": 3,
    "image_pull_policy": "IfNotPresent",
    "command": ["/app"],
    "args": ["--verbose"],
    "working_dir": "/srv",
    "env": {"URL": "http://$(HOST)", "HOST": "db", "LEVEL": "debug"},
    "env_value_from": {
        "TOKEN": {"secret_key_ref": {"name": "tokens", "key": "shop"}},
        "FLAGS": {"config_map_key_ref": {"name": "flags", "key": "shop", "optional": True}},
        "POD": {"field_ref": {"field_path": "metadata.name"}},
        "MEMORY": {"resource_field_ref": {"resource": "limits.memory", "divisor": "1Mi"}},
    },
    "env_from": [{"config_map_ref": {"name": "common"}, "prefix": "COMMON_"}, {"secret_ref": {"name": "keys"}}],
    "resources": {"requests": {"cpu": "250m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
    "volume_mounts": [{"name": "data", "mountPath": "/data"}],
    "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
    "security_context": {"runAsUser": 10001},
    "pod_security_context": {"fsGroup": 10001},
    "ports": [{"name": "metrics", "container_port": 9102, "service_port": 9102}],
    "service": {
        "type": "LoadBalancer",
        "port": 8000,
        "app_protocol": "http",
        "labels": {"tier": "front"},
        "annotations": {"service.beta.kubernetes.io/aws-load-balancer-type": "nlb"},
        "external_traffic_policy": "Local",
        "load_balancer_source_ranges": ["203.0.113.0/24"],
        "ip_family_policy": "PreferDualStack",
        "ip_families": ["IPv6", "IPv4"],
    },
    "labels": {"team": "shop"},
    "annotations": {"owner": "shop@acme.example"},
    "pod_labels": {"version": "1"},
    "pod_annotations": {"linkerd.io/inject": "enabled"},
    "sidecars": [
        {
            "name": "proxy",
            "image": "registry.example/proxy:1",
            "ports": [{"name": "admin", "container_port": 9901}],
            "startup_probe": {"http_get": {"path": "/ready"}, "period_seconds": 1, "failure_threshold": 30},
            "readiness_probe": {"http_get": {"path": "/ready"}, "period_seconds": 5},
            "pre_stop": {"sleep": {"seconds": 10}},
            "resources": {"limits": {"memory": "64Mi"}},
        },
        {"name": "log", "image": "registry.example/log:1", "native": False, "env": {"A": "1"}},
    ],
    "init_containers": [{"name": "migrate", "image": "registry.example/migrate:1", "args": ["up"]}],
    "service_account_name": "shop",
    "automount_service_account_token": True,
    "image_pull_secrets": ["registry"],
    "node_selector": {"kubernetes.io/arch": "amd64"},
    "tolerations": [{"key": "dedicated", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
    "topology_spread_constraints": [],
    "priority_class_name": "high",
    "runtime_class_name": "gvisor",
    "post_start": {"http_get": {"path": "/warm", "port": 8080}},
    "pre_stop": {"sleep": {"seconds": 12}},
    "drains_within": 40,
    "max_surge": 2,
    "max_unavailable": 1,
    "starts_within": 90,
    "http_headers": [{"name": "Host", "value": "shop.example"}],
    "waivers": {"PRB324": "public by design"},
}


def as_yaml(assembly: Assembly) -> str:
    """The manifests as YAML."""
    text: str = yaml.safe_dump_all(assembly.manifests.values(), sort_keys=False, width=120)
    return text


def pod(assembly: Assembly) -> Any:
    """The pod specification."""
    return assembly.manifests["Deployment"]["spec"]["template"]["spec"]


def test_the_required_arguments(build: Build, component: str, golden: Callable[[str, str], None]) -> None:
    """The manifests of the required arguments alone: every default is public."""
    golden(f"{component}.yaml", as_yaml(build(component, "app")))


def test_all_arguments(build: Build, golden: Callable[[str, str], None]) -> None:
    """Each argument has its effect."""
    golden("everything.yaml", as_yaml(build("WebService", "web", **EVERYTHING)))


def test_node_ports_are_fixed_where_they_are_given(build: Build) -> None:
    """A Service of type NodePort keeps the port that clients know."""
    service = build(service={"type": "NodePort", "port": 8080, "node_port": 30007}).manifests["Service"]["spec"]
    assert "NodePort" == service["type"]
    assert [{"name": "http", "port": 8080, "targetPort": "http", "protocol": "TCP", "nodePort": 30007}] == service[
        "ports"
    ]


@pytest.mark.parametrize(("replicas", "expected"), [(0, False), (1, False), (2, True), (5, True)])
def test_a_disruption_budget_starts_at_two_replicas(build: Build, replicas: int, expected: bool) -> None:
    """With a single replica, it would block every drain."""
    assert expected == ("PodDisruptionBudget" in build(replicas=replicas).manifests)


def test_a_disruption_budget_can_be_left_out(build: Build) -> None:
    """Several components may share a budget that is defined elsewhere."""
    assert "PodDisruptionBudget" not in build(pod_disruption_budget=False).manifests


def test_explicit_fields_win_over_the_preset_one_by_one(build: Build) -> None:
    """Other fields stay as computed: another path keeps scheme and port, another handler replaces the computed one."""
    probes = pod(
        build(
            scheme="HTTPS",
            liveness_probe={"http_get": {"path": "/alive"}, "failure_threshold": 6},
            readiness_probe={"tcp_socket": {}},
        )
    )["containers"][0]
    assert {"path": "/alive", "port": "https", "scheme": "HTTPS"} == probes["livenessProbe"]["httpGet"]
    assert (10, 6) == (probes["livenessProbe"]["periodSeconds"], probes["livenessProbe"]["failureThreshold"])
    assert {"port": "https"} == probes["readinessProbe"]["tcpSocket"]
    assert "httpGet" not in probes["readinessProbe"]


def test_every_field_of_a_probe_gets_through(build: Build) -> None:
    """Every field of the Kubernetes API can be set."""
    liveness = {
        "http_get": {
            "path": "/alive",
            "port": 8080,
            "scheme": "HTTPS",
            "http_headers": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}],
        },
        "initial_delay_seconds": 0,
        "timeout_seconds": 4,
        "period_seconds": 11,
        "success_threshold": 1,
        "failure_threshold": 5,
        "termination_grace_period_seconds": 25,
    }
    found = pod(build(liveness_probe=liveness, waivers={"PRB317": "test"}))["containers"][0]["livenessProbe"]
    assert {
        "httpGet": {
            "path": "/alive",
            "port": 8080,
            "scheme": "HTTPS",
            "httpHeaders": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}],
        },
        "initialDelaySeconds": 0,
        "timeoutSeconds": 4,
        "periodSeconds": 11,
        "successThreshold": 1,
        "failureThreshold": 5,
        "terminationGracePeriodSeconds": 25,
    } == found


def test_a_grpc_probe_takes_a_number_and_a_name(build: Build) -> None:
    """The API has no named port for gRPC, so the component's port number is used."""
    found = pod(build("GrpcService", liveness_probe={"grpc": {"service": "alive"}}, port=50051))["containers"][0]
    assert {"port": 50051, "service": "alive"} == found["livenessProbe"]["grpc"]


def test_environment_does_not_depend_on_the_order_of_a_mapping(build: Build) -> None:
    """Other languages have no order in their maps; variables that refer to others come after them."""
    forth = build(
        env={"A": "$(B)", "B": "1", "C": "2"}, env_value_from={"D": {"field_ref": {"field_path": "spec.nodeName"}}}
    )
    back = build(
        env={"C": "2", "B": "1", "A": "$(B)"}, env_value_from={"D": {"field_ref": {"field_path": "spec.nodeName"}}}
    )
    assert forth.manifests == back.manifests
    assert ["D", "B", "C", "A"] == [entry["name"] for entry in pod(forth)["containers"][0]["env"]]


def test_native_sidecars_come_before_init_containers(build: Build) -> None:
    """A proxy must run before init containers; a regular sidecar runs alongside the main container."""
    spec = pod(build(**EVERYTHING))
    assert [("proxy", "Always"), ("migrate", None)] == [
        (container["name"], container.get("restartPolicy")) for container in spec["initContainers"]
    ]
    assert ["shop", "log"] == [container["name"] for container in spec["containers"]]


def test_the_grace_period_follows_the_pause(build: Build) -> None:
    """A longer pause before SIGTERM does not reduce the time for draining."""
    assert 12 + 40 + 5 == pod(build(**EVERYTHING))["terminationGracePeriodSeconds"]
    assert 30 + 20 + 5 == pod(build(pre_stop_sleep_seconds=30))["terminationGracePeriodSeconds"]
    assert "lifecycle" not in pod(build(pre_stop_sleep_seconds=0))["containers"][0]


def test_a_stop_signal_names_the_operating_system(build: Build) -> None:
    """The API rejects one without the other."""
    spec = pod(build(stop_signal="SIGQUIT", waivers={"PRB503": "the gate is on"}))
    assert ("linux", "SIGQUIT") == (spec["os"]["name"], spec["containers"][0]["lifecycle"]["stopSignal"])


def test_deadlines_follow_what_is_rendered(build: Build) -> None:
    """Custom probes and sidecars that start first affect the deadlines of Kubernetes and Pulumi."""
    patient = build(startup_probe={"period_seconds": 10, "failure_threshold": 121}, replicas=4)
    spec = patient.manifests["Deployment"]["spec"]
    annotations = patient.manifests["Deployment"]["metadata"]["annotations"]
    # 1210 s until the verdict, then Ready for 5 s; the allowance is added, in whole minutes; four pods in sequence.
    assert 1380 == spec["progressDeadlineSeconds"]
    assert "5040" == annotations["pulumi.com/timeoutSeconds"]
    assert "pulumi-probes/starts-within" not in annotations
    slow_proxy = {
        "name": "proxy",
        "image": "registry.example/proxy:1",
        "ports": [{"name": "admin", "container_port": 9901}],
        "startup_probe": {"http_get": {"path": "/"}, "period_seconds": 10, "failure_threshold": 61},
    }
    # 610 s for the proxy, then 67 s for the service.
    assert 840 <= build(sidecars=[slow_proxy]).manifests["Deployment"]["spec"]["progressDeadlineSeconds"]


def test_computed_probes_fit_explicit_ones(build: Build) -> None:
    """A slower readiness probe leads to a slower liveness probe, and that to a more tolerant startup probe."""
    slow = {"period_seconds": 10, "timeout_seconds": 5, "failure_threshold": 12}
    container = pod(build(readiness_probe=slow))["containers"][0]
    liveness, startup = container["livenessProbe"], container["startupProbe"]
    # The latest verdict of readiness is at 10 + 11 * 10 + 5 s.
    assert (liveness["failureThreshold"] - 1) * liveness["periodSeconds"] >= 125
    assert (startup["failureThreshold"] - 1) * startup["periodSeconds"] >= 125
    patient = pod(build(starts_within=10, liveness_probe={"period_seconds": 20, "failure_threshold": 10}))[
        "containers"
    ][0]
    assert (patient["startupProbe"]["failureThreshold"] - 1) * patient["startupProbe"]["periodSeconds"] >= 180


def test_explicit_deadlines_win(build: Build) -> None:
    """They are checked by the same rules."""
    deployment = build(progress_deadline_seconds=1200, await_timeout_seconds=1800).manifests["Deployment"]
    assert 1200 == deployment["spec"]["progressDeadlineSeconds"]
    assert "1800" == deployment["metadata"]["annotations"]["pulumi.com/timeoutSeconds"]


def test_the_security_context_can_be_left_to_the_user(build: Build) -> None:
    """A single argument disables it, for images that run as root and write anywhere."""
    spec = pod(build(pod_security="privileged"))
    assert set() == {"securityContext", "volumes"} & set(spec)
    assert "securityContext" not in spec["containers"][0]
    assert "volumeMounts" not in spec["containers"][0]


def test_fields_of_the_security_context_win_one_by_one(build: Build) -> None:
    """All other fields stay as Pod Security `restricted` requires."""
    container = pod(build(security_context={"readOnlyRootFilesystem": False, "runAsUser": 10001}))["containers"][0]
    assert {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": False,
        "runAsUser": 10001,
    } == container["securityContext"]
    assert "volumeMounts" not in container


def test_a_mount_at_tmp_takes_the_place_of_the_default_one(build: Build) -> None:
    """The API server rejects two mounts at the same path."""
    spec = pod(build(volumes=[{"name": "big", "emptyDir": {}}], volume_mounts=[{"name": "big", "mountPath": "/tmp/"}]))  # noqa: S108
    assert [{"name": "big", "mountPath": "/tmp/"}] == spec["containers"][0]["volumeMounts"]  # noqa: S108
    assert [{"name": "big", "emptyDir": {}}] == spec["volumes"]


def test_a_volume_of_the_users_may_be_called_tmp(build: Build) -> None:
    """The component's volume gets another name, and is left out if the user mounts one at /tmp."""
    mine = [{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}]
    spec = pod(build(volumes=mine, volume_mounts=[{"name": "tmp", "mountPath": "/tmp"}]))  # noqa: S108
    assert mine == spec["volumes"]
    spec = pod(build(volumes=mine, volume_mounts=[{"name": "tmp", "mountPath": "/cache"}]))
    assert ["tmp", "tmp-tmp"] == [volume["name"] for volume in spec["volumes"]]
    assert {"/cache": "tmp", "/tmp": "tmp-tmp"} == {  # noqa: S108
        mount["mountPath"]: mount["name"] for mount in spec["containers"][0]["volumeMounts"]
    }


def test_the_port_is_named_for_what_it_speaks(build: Build) -> None:
    """Service meshes infer the protocol from the name."""
    assembly = build(scheme="HTTPS")
    assert "https" == pod(assembly)["containers"][0]["ports"][0]["name"]
    assert {"name": "https", "port": 443, "targetPort": "https", "protocol": "TCP"} in assembly.manifests["Service"][
        "spec"
    ]["ports"]


def test_telco_gets_whole_cpus_on_every_container(build: Build) -> None:
    """Requests equal limits in all containers; otherwise the pod is not Guaranteed and has no exclusive CPUs."""
    spec = pod(
        build(
            "TelcoService",
            hugepages={"1Gi": "4Gi"},
            extended_resources={"openshift.io/sriov": "1"},
            sidecars=[{"name": "agent", "image": "x:1", "resources": {"limits": {"cpu": "1", "memory": "64Mi"}}}],
            init_containers=[
                {"name": "tune", "image": "x:1", "resources": {"limits": {"cpu": "1", "memory": "64Mi"}}},
            ],
        )
    )
    containers = [*spec["initContainers"], *spec["containers"]]
    assert [container["resources"]["limits"] for container in containers] == [
        container["resources"]["requests"] for container in containers
    ]
    assert {
        "cpu": "4",
        "memory": "8Gi",
        "hugepages-1Gi": "4Gi",
        "openshift.io/sriov": "1",
    } == spec["containers"][0]["resources"]["limits"]
    assert {"name": "hugepages-1gi", "mountPath": "/dev/hugepages"} in spec["containers"][0]["volumeMounts"]
    assert {"name": "hugepages-1gi", "emptyDir": {"medium": "HugePages"}} in spec["volumes"]


def test_telco_hugepages_of_several_sizes_have_a_mount_each(build: Build) -> None:
    """With two or more sizes, the API requires the size in the medium."""
    spec = pod(build("TelcoService", hugepages={"2Mi": "64Mi", "1Gi": "4Gi"}))
    assert ["HugePages-1Gi", "HugePages-2Mi"] == [volume["emptyDir"]["medium"] for volume in spec["volumes"][:2]]
    assert ["/dev/hugepages-1Gi", "/dev/hugepages-2Mi"] == [
        mount["mountPath"] for mount in spec["containers"][0]["volumeMounts"][:2]
    ]
