"""A finding names the argument that the user wrote, not the rendered field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes import InvalidArguments, Problem
from pulumi_probes.components.arguments.argument_paths import argument_path
from pulumi_probes.components.arguments.schema_names import argument_text, schema_path, schema_text
from pulumi_probes.components.assembly import Assembly
from pulumi_probes.components.web_service import WebServiceArgs
from pulumi_probes.model.field_path import FieldPath

Build = Callable[..., Assembly]
Refusal = Callable[..., InvalidArguments]
POD = ("spec", "template", "spec")
SIDECARS: dict[str, Any] = {
    "sidecars": [{"name": "a"}, {"name": "b", "native": False}, {"name": "c"}],
    "init_containers": [{"name": "d"}],
}


@pytest.mark.parametrize(
    ("segments", "arguments", "expected"),
    [
        ((*POD, "containers", 0, "livenessProbe", "timeoutSeconds"), {}, "liveness_probe.timeout_seconds"),
        ((*POD, "containers", 0, "livenessProbe"), {}, "liveness_probe"),
        ((*POD, "containers", 0, "livenessProbe", "httpGet", "path"), {}, "liveness_path"),
        ((*POD, "containers", 0, "readinessProbe", "grpc", "service"), {}, "readiness_service"),
        (
            (*POD, "containers", 0, "livenessProbe", "httpGet", "path"),
            {"liveness_probe": {}},
            "liveness_probe.http_get.path",
        ),
        (
            (*POD, "containers", 0, "livenessProbe", "exec", "command", 0),
            {"liveness_probe": {}},
            "liveness_probe.exec.command[0]",
        ),
        (
            (*POD, "containers", 0, "livenessProbe", "httpGet", "port"),
            {"liveness_probe": {"http_get": {"port_name": "management"}}},
            "liveness_probe.http_get.port_name",
        ),
        (
            (*POD, "containers", 0, "livenessProbe", "httpGet", "port"),
            {"liveness_probe": {"http_get": {"port": 8081}}},
            "liveness_probe.http_get.port",
        ),
        (
            (*POD, "initContainers", 0, "readinessProbe", "tcpSocket", "port"),
            {"sidecars": [{"name": "proxy", "readiness_probe": {"tcp_socket": {"port_name": "admin"}}}]},
            "sidecars[0].readiness_probe.tcp_socket.port_name",
        ),
        ((*POD, "containers", 0, "lifecycle", "preStop", "sleep", "seconds"), {}, "pre_stop_sleep_seconds"),
        (
            (*POD, "containers", 0, "lifecycle", "preStop", "sleep", "seconds"),
            {"pre_stop": {}},
            "pre_stop.sleep.seconds",
        ),
        ((*POD, "containers", 0, "ports", 0, "containerPort"), {}, "port"),
        ((*POD, "containers", 0, "ports", 1, "containerPort"), {}, "ports[0].container_port"),
        ((*POD, "initContainers", 0, "ports", 1, "containerPort"), SIDECARS, "sidecars[0].ports[1].container_port"),
        ((*POD, "containers", 1, "livenessProbe"), SIDECARS, "sidecars[1].liveness_probe"),
        ((*POD, "initContainers", 1, "livenessProbe"), SIDECARS, "sidecars[2].liveness_probe"),
        ((*POD, "initContainers", 2, "image"), SIDECARS, "init_containers[0].image"),
        ((*POD, "terminationGracePeriodSeconds"), {}, "termination_grace_period_seconds"),
        (("spec", "progressDeadlineSeconds"), {}, "progress_deadline_seconds"),
        (("spec", "strategy", "rollingUpdate", "maxSurge"), {}, "max_surge"),
        (("metadata", "annotations", "pulumi.com/timeoutSeconds"), {}, "await_timeout_seconds"),
        (("metadata", "annotations", "pulumi-probes/ignore"), {}, "waivers"),
        (("spec", "selector"), {}, "Deployment.spec.selector"),
        ((*POD, "containers", 7), {}, "Deployment.spec.template.spec.containers[7]"),
        (POD, {}, "Deployment.spec.template.spec"),
    ],
)
def test_every_part_of_a_deployment_has_an_argument(segments: Any, arguments: dict[str, Any], expected: str) -> None:
    """Computed fields are named by their intent, if there is one; fields without an argument by their own path."""
    assert expected == str(argument_path("Deployment", FieldPath(segments), arguments))


def test_ports_of_the_container_and_of_the_service_have_arguments() -> None:
    """The fields of the Service are below `service`."""
    assert "service.external_traffic_policy" == str(
        argument_path("Service", FieldPath(("spec", "externalTrafficPolicy")), {})
    )


def test_a_finding_about_a_sidecar_names_the_sidecar(refusal: Refusal) -> None:
    """The path is that of its entry in the arguments, wherever it was rendered."""
    probe = {"http_get": {"path": "/", "port": 9000}, "timeout_seconds": 30}
    error = refusal(
        sidecars=[
            {"name": "log", "image": "log:1", "native": False},
            {
                "name": "proxy",
                "image": "proxy:1",
                "startup_probe": {"tcp_socket": {"port": 9000}},
                "liveness_probe": probe,
            },
        ]
    )
    assert "sidecars[1].liveness_probe.timeout_seconds" in {str(problem.path) for problem in error.found}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Set `failureThreshold: 15`.", "Set `failure_threshold: 15`."),
        ("Add `lifecycle.preStop.sleep.seconds: 5`.", "Add `pre_stop.sleep.seconds: 5`."),
        ("Use `httpGet`, `tcpSocket` or `grpc`.", "Use `http_get`, `tcp_socket` or `grpc`."),
        (
            'Set the annotation `pulumi.com/timeoutSeconds: "720"` or `customTimeouts`.',
            "Set `await_timeout_seconds: 720` or `custom_timeouts`.",
        ),
        ("GET /livenessProbe asks like periodSeconds.", "GET /livenessProbe asks like period_seconds."),
        ("Set `unhealthyPodEvictionPolicy: AlwaysAllow`.", "Set `unhealthyPodEvictionPolicy: AlwaysAllow`."),
    ],
)
def test_sentences_of_rules_name_arguments(written: str, expected: str) -> None:
    """Fields get the names of arguments; paths, annotations and fields without an argument are unchanged."""
    assert expected == argument_text(WebServiceArgs, written)


def test_sentences_for_other_languages_have_the_names_of_the_schema() -> None:
    """Other words are unchanged, even if they look like arguments."""
    assert "Set failureThreshold: 15; my_name at /port_name stays." == schema_text(
        WebServiceArgs, "Set failure_threshold: 15; my_name at /port_name stays."
    )


def test_changes_of_a_transform_are_reported_in_kubernetes_names(build: Build) -> None:
    """A transform uses the field names of Kubernetes."""

    def slow(manifests: dict[str, dict[str, Any]]) -> None:
        probe = manifests["Deployment"]["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]
        probe["timeoutSeconds"] = 30

    with pytest.raises(InvalidArguments) as caught:
        build(transform=slow)
    assert "Use `timeoutSeconds: 9` or `periodSeconds: 30`." == caught.value.found[0].fix


def test_paths_for_other_languages_change_the_names_of_arguments_only() -> None:
    """Keys that the user chose are unchanged."""
    paths = [
        (("liveness_probe", "http_get", "path"), "livenessProbe.httpGet.path"),
        (("sidecars", 0, "readiness_probe", "period_seconds"), "sidecars[0].readinessProbe.periodSeconds"),
        (("env", "MY_NAME"), "env.MY_NAME"),
        (("env_value_from", "MY_NAME", "secret_key_ref"), "envValueFrom.MY_NAME.secretKeyRef"),
        (("volumes", 0, "empty_dir"), "volumes[0].empty_dir"),
        (("readines_path",), "readines_path"),
        (("Deployment", "spec", "replicas"), "Deployment.spec.replicas"),
    ]
    assert [expected for _, expected in paths] == [
        str(schema_path(WebServiceArgs, FieldPath(path))) for path, _ in paths
    ]


def test_warnings_are_refused_and_advice_is_not(build: Build, refusal: Refusal) -> None:
    """A component without errors is one without warnings; advice is left to the audit."""
    assert "web" == build(service={"type": "LoadBalancer"}).name
    (problem,) = refusal(liveness_probe={"timeout_seconds": 30}).found
    assert "PRB211" == problem.code


def test_a_waiver_with_a_reason_is_heeded_and_recorded(build: Build) -> None:
    """The waiver becomes part of the workload, so that later audits know it."""
    assembly = build(liveness_probe={"timeout_seconds": 30}, waivers={"PRB211": "measured; until 2999-01-31"})
    annotations = assembly.manifests["Deployment"]["metadata"]["annotations"]
    assert "PRB211=measured; until 2999-01-31" == annotations["pulumi-probes/ignore"]


@pytest.mark.parametrize("waivers", [{"PRB211": ""}, {"PRB212": "other"}, {"PRB211": "over; until 2001-01-31"}])
def test_a_waiver_that_does_not_count_saves_nothing(refusal: Refusal, waivers: dict[str, str]) -> None:
    """Without a reason, for another rule, or after its last day, a waiver has no effect."""
    assert "PRB211" in {
        problem.code for problem in refusal(liveness_probe={"timeout_seconds": 30}, waivers=waivers).found
    }


def test_custom_timeouts_are_what_rules_compare_with(build: Build, refusal: Refusal) -> None:
    """The resource option overrides the annotation, as in the provider."""
    build("SlowStartService", timeouts=pulumi.CustomTimeouts(create="2h", update="2h"))
    error = refusal("SlowStartService", timeouts=pulumi.CustomTimeouts(create="2m"))
    assert ["PRB207"] == [problem.code for problem in error.found]
    assert error.problems == refusal("SlowStartService", timeouts={"create": "120s"}).problems
    assert error.problems == refusal("SlowStartService", timeouts={"create": "+.01h84s"}).problems
    for unset in ("soon", "0s"):
        build("SlowStartService", timeouts=pulumi.CustomTimeouts(create=unset))


@pytest.mark.parametrize("namespace", ["shop", None, "output"])
def test_what_is_unknown_hides_nothing_else(refusal: Refusal, namespace: str | None, run: Any) -> None:
    """An unknown image, namespace or environment does not suppress findings."""
    del run  # for its event loop
    unknown = pulumi.Output.from_input("later")
    error = refusal(
        image=unknown,
        env={"A": unknown},
        namespace=unknown if namespace == "output" else namespace,
        liveness_probe={"timeout_seconds": 30},
        service={"type": "NodePort"},
    )
    assert ["PRB211"] == [problem.code for problem in error.found]


def problems(build: Build, *component: str, **arguments: Any) -> tuple[Problem, ...]:
    """The problems in the arguments; none if the component can be created."""
    try:
        build(*component, **arguments)
    except InvalidArguments as error:
        return error.found
    return ()


INTENTS = st.fixed_dictionaries(
    {},
    optional={
        "starts_within": st.integers(1, 3600),
        "detects_within": st.integers(2, 300),
        "restarts_after": st.integers(1, 1200),
        "drains_within": st.integers(1, 900),
        "pre_stop_sleep_seconds": st.integers(0, 120),
        "min_ready_seconds": st.integers(0, 120),
        "replicas": st.integers(0, 40),
        "max_surge": st.integers(1, 10),
        "max_unavailable": st.integers(0, 10),
    },
)
PROBE = st.fixed_dictionaries(
    {},
    optional={
        "timeout_seconds": st.integers(-1, 60),
        "period_seconds": st.integers(-1, 60),
        "failure_threshold": st.integers(-1, 200),
        "success_threshold": st.integers(0, 3),
        "initial_delay_seconds": st.integers(-1, 60),
        "termination_grace_period_seconds": st.integers(-1, 90),
    },
)


@given(intents=INTENTS, component=st.sampled_from(["WebService", "GrpcService", "SlowStartService", "TelcoService"]))
def test_deadlines_always_fit_the_intents(build: Build, intents: dict[str, Any], component: str) -> None:
    """For all valid intents, the deadlines of Kubernetes and Pulumi are long enough."""
    found = problems(build, component, **intents)
    assert set() == {problem.code for problem in found} & {"PRB206", "PRB207", "PRB401", "PRB402"}


@given(startup=PROBE, readiness=PROBE, liveness=PROBE)
def test_explicit_numbers_are_built_or_refused_with_reasons(
    build: Build, startup: dict[str, int], readiness: dict[str, int], liveness: dict[str, int]
) -> None:
    """Explicit numbers never crash, and every problem has a code, a path and a sentence."""
    found = problems(build, startup_probe=startup, readiness_probe=readiness, liveness_probe=liveness)
    assert all(problem.code and problem.path.segments and problem.what for problem in found)
