"""The components in programs in other languages."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import grpc
import pulumi
import pytest
from google.protobuf import json_format
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from pulumi_probes.components.host import PACKAGE, ProbesProvider

Run = Callable[[Callable[[], Any]], tuple[Any, Any]]
ROOT = Path(__file__).parents[2]
INPUTS: Mapping[str, Any] = {"image": "registry.example/web:1", "port": 8080.0}


@pytest.fixture(scope="module")
def provider() -> ProbesProvider:
    """The provider that the engine calls."""
    with warnings.catch_warnings():
        # The SDK leaves the plugin descriptions of packages open.
        warnings.simplefilter("ignore", ResourceWarning)
        return ProbesProvider()


def construct(provider: ProbesProvider, component: str = "WebService", **inputs: Any) -> Any:
    """Construct a component in the same way as the engine: names of the schema, every number a float."""
    return provider.construct("web", f"{PACKAGE}:index:{component}", {**INPUTS, **inputs}, None)


def refusal(provider: ProbesProvider, **inputs: Any) -> pulumi.InputPropertiesError:
    """The error for an invalid component."""
    with pytest.raises(pulumi.InputPropertiesError) as caught:
        construct(provider, **inputs)
    return caught.value


def test_a_component_is_built_from_what_comes_over_the_wire(provider: ProbesProvider, run: Run) -> None:
    """Names of the schema, integral floats, secrets and nested objects are converted."""

    def program() -> Any:
        result = construct(
            provider,
            replicas=3.0,
            startsWithin=30.0,
            env={"TOKEN": pulumi.Output.secret("s3cr3t"), "SNAKE_CASE": "1"},
            envValueFrom={"POD_NAME": {"fieldRef": {"fieldPath": "metadata.name"}}},
            livenessProbe={"httpGet": {"path": "/alive"}, "failureThreshold": 6.0},
            volumes=[{"name": "data", "emptyDir": {}}],
            service={"type": "NodePort", "nodePort": 30007.0},
        )
        return pulumi.Output.all(result.state["address"], result.state["health"])

    resolved, recorder = run(program)
    deployment = json_format.MessageToDict(recorder.request("Deployment").object)
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert "web.default.svc" == resolved[0]
    assert resolved[1].startswith("Ready within")
    assert (3, "/alive", 6) == (
        deployment["spec"]["replicas"],
        container["livenessProbe"]["httpGet"]["path"],
        container["livenessProbe"]["failureThreshold"],
    )
    assert ["POD_NAME", "SNAKE_CASE", "TOKEN"] == [entry["name"] for entry in container["env"]]
    assert "s3cr3t" != container["env"][2]["value"]
    assert 30007 == json_format.MessageToDict(recorder.request("Service").object)["spec"]["ports"][0]["nodePort"]


def test_every_problem_comes_back_under_the_names_of_the_schema(provider: ProbesProvider) -> None:
    """The engine gets a reason for each property."""
    error = refusal(
        provider, detectsWithin=1.0, livenessProbe={"timeoutSeconds": 30.0}, maxSurge=0.0, maxUnavailable=0.0
    )
    assert error.errors is not None
    assert ["detectsWithin", "livenessProbe.timeoutSeconds", "maxUnavailable"] == [
        entry["property_path"] for entry in error.errors
    ]
    assert "Use `timeoutSeconds: 9` or `periodSeconds: 30`." in error.errors[1]["reason"]
    assert all("_" not in entry["reason"] for entry in error.errors)


def test_the_engine_is_not_told_properties_whose_values_it_must_not_show(provider: ProbesProvider) -> None:
    """The engine prints the value of every reported property, so these reasons are in the message instead."""
    error = refusal(provider, env={"TOKEN": ["s3cr3t"]}, livenessProbe={"httpGet": {}, "exec": {"command": ["s3cr3t"]}})
    assert [] == error.errors
    assert "env.TOKEN: must be a string, not a list." in str(error)
    assert "livenessProbe.httpGet: " in str(error)
    assert "s3cr3t" not in str(error)


def test_what_must_be_known_may_not_be_an_output(provider: ProbesProvider, run: Run) -> None:
    """The SDK would crash on a number and silently drop an object."""
    del run  # for its event loop
    later = pulumi.Output.from_input(3)
    error = refusal(
        provider,
        port=later,
        service=later,
        livenessProbe={"failureThreshold": later, "httpGet": later},
        sidecars=[{"name": "proxy", "image": later, "readinessProbe": later}],
        image=later,
    )
    assert error.errors is not None
    assert [
        "livenessProbe.failureThreshold",
        "livenessProbe.httpGet",
        "port",
        "service",
        "sidecars[0].readinessProbe",
    ] == sorted(entry["property_path"] for entry in error.errors)


@pytest.mark.parametrize(
    ("inputs", "where", "meant"),
    [
        ({"livenesProbe": {"failureThreshold": 60.0}}, "livenesProbe", "livenessProbe"),
        ({"replica": 3.0}, "replica", "replicas"),
        ({"startWithin": 60.0}, "startWithin", "startsWithin"),
        ({"livenessProbe": {"failureTreshold": 6.0}}, "livenessProbe.failureTreshold", "failureThreshold"),
        ({"livenessProbe": {"httpGet": {"paht": "/x"}}}, "livenessProbe.httpGet.paht", "path"),
        ({"service": {"tpye": "NodePort"}}, "service.tpye", "type"),
        ({"nonsense": "CANARY"}, "nonsense", ""),
    ],
)
def test_misspelt_properties_are_refused(
    provider: ProbesProvider, inputs: dict[str, Any], where: str, meant: str
) -> None:
    """A property that is not in the schema is an error at its path, beside all others, and its value is not quoted."""
    error = refusal(provider, maxSurge=0.0, maxUnavailable=0.0, **inputs)
    told = "\n".join(
        [str(error.message), *(f"{item['property_path']}: {item['reason']}" for item in error.errors or [])]
    )
    assert where in told
    assert meant in told
    assert "maxSurge" in told
    assert "CANARY" not in told


@pytest.mark.parametrize("name", ["starts_within", "liveness_probe", "max_surge", "env_value_from"])
def test_names_of_python_are_refused(provider: ProbesProvider, name: str) -> None:
    """The names of Python arguments are not those of the schema, and the error says which one is meant."""
    with pytest.raises(pulumi.InputPropertyError, match=f"{name} is not a property. The name in the schema is"):
        construct(provider, "WebService", **{name: 5000.0})


@pytest.mark.parametrize(
    "inputs",
    [
        {"startsWithin": 60.0},
        {"env": {"starts_within": "1", "any name": "2"}},
        {"labels": {"livenesProbe": "x"}},
        {"livenessProbe": {"failureThreshold": 20.0}},
        {"volumes": [{"name": "data", "emptyDir": {}}]},
        {"replicas": 3.0, "maxSurge": 2.0},
    ],
)
def test_other_properties_are_accepted(provider: ProbesProvider, run: Run, inputs: dict[str, Any]) -> None:
    """The user's own keys may have any name."""
    assert "health" in run(lambda: construct(provider, **inputs).state)[0]


@pytest.mark.parametrize(
    "inputs",
    [
        {"port": "CANARY"},
        {"replicas": "CANARY"},
        {"livenessProbe": {"failureThreshold": "CANARY"}},
        {"service": "CANARY"},
        {"createPodDisruptionBudget": "CANARY"},
        {"env": "CANARY"},
        {"volumes": "CANARY"},
        {"CANARY_KEY_NOT": "CANARY"},
        {"sidecars": ["CANARY"]},
        {"command": ["CANARY", {"a": "CANARY"}]},
    ],
)
def test_a_value_of_the_wrong_type_is_not_quoted(provider: ProbesProvider, inputs: dict[str, Any]) -> None:
    """It may be a secret in the wrong place."""
    with pytest.raises((pulumi.InputPropertyError, pulumi.InputPropertiesError)) as caught:
        construct(provider, **inputs)
    error = caught.value
    told = [str(error), *(map(str, error.args)), *(f"{item}" for item in getattr(error, "errors", None) or [])]
    assert "CANARY" not in " ".join(told).replace("CANARY_KEY_NOT", "")


def test_internal_errors_are_not_reported_as_invalid_arguments(
    provider: ProbesProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any other error keeps its traceback."""
    monkeypatch.setattr("pulumi_probes.components.component.assemble", lambda *_, **__: 1 / 0)
    with pytest.raises(Exception, match="division by zero") as caught:
        construct(provider)
    assert not isinstance(caught.value, pulumi.InputPropertiesError)


def test_the_plugin_answers_the_engine() -> None:
    """`python components ENGINE` first prints its port, as the engine expects, and then serves the schema."""
    command = [sys.executable, str(ROOT / "components"), "127.0.0.1:1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)
                answer = stub.GetSchema(provider_pb2.GetSchemaRequest(version=0), timeout=30)
        finally:
            process.terminate()
    assert PACKAGE == json.loads(answer.schema)["name"]


def test_everything_in_the_schema_is_described(provider: ProbesProvider) -> None:
    """Other languages only have these descriptions."""
    assert [] == list(_undescribed(json.loads(provider.schema or "")))


def test_types_have_no_suffix_of_python(provider: ProbesProvider) -> None:
    """Every language adds its own suffix: `ProbeArgs` would become `ProbeArgsArgs`."""
    types = json.loads(provider.schema or "")["types"]
    assert f"{PACKAGE}:index:Probe" in types
    assert [] == [name for name in types if name.endswith("Args")]
    assert "index:ProbeArgs" not in (provider.schema or "")


def _undescribed(schema: dict[str, Any]) -> Iterator[str]:
    for name, definition in schema["types"].items():
        yield from (
            f"{name}.{field}" for field, entry in definition["properties"].items() if not entry.get("description")
        )
    for name, definition in schema["resources"].items():
        for part in ("inputProperties", "properties"):
            yield from (f"{name}.{field}" for field, entry in definition[part].items() if not entry.get("description"))
