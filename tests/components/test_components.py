"""Components as Pulumi resources: children, options, outputs, secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from google.protobuf import json_format

from pulumi_probes import GrpcService, InvalidArguments, WebService

Run = Callable[[Callable[[], Any]], tuple[Any, Any]]
ARGUMENTS: Any = {"image": "registry.example/web:1", "port": 8080}
STACK = "urn:pulumi:test::shop::pulumi:pulumi:Stack"
CHILDREN = ("Deployment", "Service", "PodDisruptionBudget")
SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 - the mark that Pulumi puts before secrets on the wire


def with_arguments(**further: Any) -> Any:
    """The required arguments, and others."""
    return {**ARGUMENTS, **further}


def config_map(name: str, **options: Any) -> kubernetes.core.v1.ConfigMap:
    """Another resource."""
    return kubernetes.core.v1.ConfigMap(name, data={"a": "b"}, opts=pulumi.ResourceOptions(**options))


def test_a_service_waits_for_its_deployment(run: Run) -> None:
    """Pulumi awaits both; in parallel, a slow start would use up the timeout of the Service."""
    _, recorder = run(lambda: WebService("web", ARGUMENTS).urn)
    deployment = "urn:pulumi:test::shop::pulumi-probes:index:WebService$kubernetes:apps/v1:Deployment::web"
    assert [deployment] == list(recorder.request("Service").dependencies)


def test_children_belong_to_the_component(run: Run) -> None:
    """Every child has the component as its parent, and its name."""
    _, recorder = run(lambda: WebService("web", ARGUMENTS).urn)
    component = f"{STACK}$pulumi-probes:index:WebService::web"
    assert [(component, "web")] * 3 == [
        (recorder.request(kind).parent, recorder.request(kind).name) for kind in CHILDREN
    ]


def test_children_use_the_components_provider(run: Run) -> None:
    """The provider of a component manages its children."""

    def program() -> Any:
        provider = kubernetes.Provider("edge", namespace="edge")
        return WebService("web", ARGUMENTS, pulumi.ResourceOptions(provider=provider)).urn

    _, recorder = run(program)
    urn = f"{STACK}$pulumi:providers:kubernetes::edge::edge-id"
    assert [urn] * 3 == [recorder.request(kind).provider for kind in CHILDREN]


def test_children_wait_for_what_the_component_waits_for(run: Run) -> None:
    """`depends_on` applies to the children, so that deletion is in reverse order."""
    _, recorder = run(lambda: WebService("web", ARGUMENTS, pulumi.ResourceOptions(depends_on=[config_map("cm")])).urn)
    other = f"{STACK}$kubernetes:core/v1:ConfigMap::cm"
    assert [True] * 3 == [other in recorder.request(kind).dependencies for kind in CHILDREN]


def test_custom_timeouts_reach_the_children(run: Run) -> None:
    """Pulumi does not pass them on itself."""
    timeouts = pulumi.CustomTimeouts(create="20m", update="1h", delete="5m")
    _, recorder = run(lambda: WebService("web", ARGUMENTS, pulumi.ResourceOptions(custom_timeouts=timeouts)).urn)
    found = [recorder.request(kind).customTimeouts for kind in CHILDREN]
    assert [("20m", "1h", "5m")] * 3 == [(item.create, item.update, item.delete) for item in found]


def test_protection_and_retention_reach_the_children(run: Run) -> None:
    """Children inherit protection, retention and `deleted_with`."""

    def program() -> Any:
        cluster = config_map("cluster")
        options = pulumi.ResourceOptions(protect=True, retain_on_delete=True, deleted_with=cluster)
        return WebService("web", ARGUMENTS, options).urn

    _, recorder = run(program)
    found = [recorder.request(kind) for kind in CHILDREN]
    cluster = f"{STACK}$kubernetes:core/v1:ConfigMap::cluster"
    assert [(True, True, cluster)] * 3 == [(item.protect, item.retainOnDelete, item.deletedWith) for item in found]


def test_a_component_may_have_a_parent(run: Run) -> None:
    """Components can be nested."""

    class Shop(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("acme:index:Shop", "shop")
            self.web = WebService("web", ARGUMENTS, pulumi.ResourceOptions(parent=self))

    _, recorder = run(lambda: Shop().web.urn)
    assert f"{STACK}$acme:index:Shop::shop" == recorder.request("WebService").parent


def test_transformations_reach_the_children(run: Run) -> None:
    """Pulumi's own transformations receive the children."""

    def label(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != "kubernetes:apps/v1:Deployment":
            return None
        props: Any = args.props
        props["metadata"]["labels"]["team"] = "shop"
        return pulumi.ResourceTransformationResult(props, args.opts)

    _, recorder = run(lambda: WebService("web", ARGUMENTS, pulumi.ResourceOptions(transformations=[label])).urn)
    content = json_format.MessageToDict(recorder.request("Deployment").object)
    assert "shop" == content["metadata"]["labels"]["team"]


def test_a_secret_stays_secret(run: Run) -> None:
    """A secret in an environment variable is marked as secret in every request."""
    arguments = with_arguments(env={"TOKEN": pulumi.Output.secret("s3cr3t"), "LEVEL": "debug"})
    _, recorder = run(lambda: WebService("web", arguments).urn)
    sent = {
        request.type: json_format.MessageToDict(request.object)
        for request in recorder.requests
        if "s3cr3t" in str(request.object)
    }
    assert {"kubernetes:apps/v1:Deployment", "pulumi-probes:index:WebService"} == set(sent)
    container = sent["kubernetes:apps/v1:Deployment"]["spec"]["template"]["spec"]["containers"][0]
    assert SECRET in container["env"][1]["value"]
    assert SECRET in sent["pulumi-probes:index:WebService"]["env"]["TOKEN"]


def test_outputs_are_welcome_for_names_images_and_environment(run: Run) -> None:
    """Outputs of other resources can be passed on, and are resolved."""

    def program() -> Any:
        other = config_map("settings")
        name = other.id.apply(str)
        return WebService(
            "web",
            {
                "image": pulumi.Output.concat("registry.example/", name),
                "port": 8080,
                "namespace": name,
                "env": {"A": name},
                "labels": pulumi.Output.from_input({"team": name}),
                "env_value_from": {"B": {"config_map_key_ref": {"name": name, "key": "a"}}},
                "volumes": [{"name": "settings", "configMap": {"name": name}}],
                "image_pull_secrets": [name],
            },
        ).urn

    _, recorder = run(program)
    content = json_format.MessageToDict(recorder.request("Deployment").object)
    pod = content["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert "registry.example/settings-id" == container["image"]
    assert "settings-id" == content["metadata"]["namespace"] == content["metadata"]["labels"]["team"]
    assert "web" == content["metadata"]["labels"]["app.kubernetes.io/name"]
    assert {"A": "settings-id"} == {entry["name"]: entry["value"] for entry in container["env"] if "value" in entry}
    assert "settings-id" == container["env"][0]["valueFrom"]["configMapKeyRef"]["name"]
    assert "settings-id" == pod["volumes"][0]["configMap"]["name"] == pod["imagePullSecrets"][0]["name"]


def test_an_environment_may_be_one_output(run: Run) -> None:
    """The whole mapping may be an Output."""
    arguments = with_arguments(
        env=pulumi.Output.from_input({"B": "2", "A": "$(B)"}),
        env_value_from={"POD": {"field_ref": {"field_path": "metadata.name"}}},
    )
    _, recorder = run(lambda: WebService("web", arguments).urn)
    content = json_format.MessageToDict(recorder.request("Deployment").object)
    container = content["spec"]["template"]["spec"]["containers"][0]
    assert ["POD", "B", "A"] == [entry["name"] for entry in container["env"]]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_output_of_the_wrong_type_is_refused_without_its_value(run: Run) -> None:
    """It is checked when it is known; the message names the argument but not the value, which may be secret."""
    image: Any = pulumi.Output.secret(20260131)
    with pytest.raises(pulumi.RunError) as caught:
        run(lambda: WebService("web", {"image": image, "port": 8080}).deployment.spec)
    assert "image: must be a string, not a number." == str(caught.value)


def test_wrong_arguments_register_nothing(run: Run) -> None:
    """A component is checked before anything is registered."""

    def program() -> Any:
        with pytest.raises(InvalidArguments):
            WebService("web", with_arguments(liveness_probe={"timeout_seconds": 30}))
        return config_map("other").urn

    _, recorder = run(program)
    assert ["Stack", "ConfigMap"] == [request.type.rpartition(":")[2] for request in recorder.requests]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, ("default", "web.default.svc", "http://web.default.svc")),
        ({"namespace": "shop"}, ("shop", "web.shop.svc", "http://web.shop.svc")),
        ({"name": "cart"}, ("default", "cart.default.svc", "http://cart.default.svc")),
        ({"scheme": "HTTPS"}, ("default", "web.default.svc", "https://web.default.svc")),
        (
            {"service": {"port": 8443}, "scheme": "HTTPS"},
            ("default", "web.default.svc", "https://web.default.svc:8443"),
        ),
        ({"service": {"type": "NodePort"}}, ("default", "web.default.svc", "http://web.default.svc")),
        ({"service": {"type": "LoadBalancer"}}, ("default", "203.0.113.7", "http://203.0.113.7")),
    ],
)
def test_outputs_say_where_the_service_is(run: Run, arguments: Any, expected: tuple[str, ...]) -> None:
    """Namespace, address and URL: the load balancer's address, if there is one, else the name in the cluster."""

    def program() -> Any:
        web = WebService("web", with_arguments(**arguments))
        return pulumi.Output.all(web.namespace, web.address, web.url)

    resolved, _ = run(program)
    assert list(expected) == resolved


def test_a_grpc_service_is_found_where_it_listens(run: Run) -> None:
    """There is no well-known port for gRPC; the URL is a valid target for gRPC clients."""
    resolved, _ = run(lambda: GrpcService("cart", {"image": "registry.example/cart:1", "port": 50051}).url)
    assert "dns:///cart.default.svc:50051" == resolved


def test_health_says_what_the_probes_promise(run: Run) -> None:
    """One sentence each for the start, a hang, the stop and a rollout."""
    resolved, _ = run(lambda: WebService("web", ARGUMENTS).health)
    assert ["Ready", "A hung", "Stops", "A rollout"] == [
        next(word for word in ("Ready", "A hung", "Stops", "A rollout") if line.startswith(word))
        for line in resolved.splitlines()
    ]


def test_children_are_attributes(run: Run) -> None:
    """A program can use the children of a component; a single replica has no disruption budget."""

    def program() -> Any:
        single = WebService("single", with_arguments(replicas=1))
        double = WebService("double", ARGUMENTS)
        assert single.pod_disruption_budget is None
        assert double.pod_disruption_budget is not None
        return pulumi.Output.all(single.deployment.metadata.name, double.pod_disruption_budget.metadata.name)

    resolved, _ = run(program)
    assert ["single", "double"] == resolved


def test_arguments_are_recorded_under_the_names_of_the_schema(run: Run) -> None:
    """The state and policies see the arguments as passed; keys of the user are unchanged."""
    arguments = with_arguments(starts_within=30, readiness_probe={"http_get": {"path": "/up"}}, env={"A_B": "1"})
    _, recorder = run(lambda: WebService("web", arguments).urn)
    sent = json_format.MessageToDict(recorder.request("WebService").object)
    assert {
        "image": "registry.example/web:1",
        "port": 8080,
        "startsWithin": 30,
        "readinessProbe": {"httpGet": {"path": "/up"}},
        "env": {"A_B": "1"},
    } == sent
