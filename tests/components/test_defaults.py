"""A default that is mentioned in a text about an argument is the one that applies."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import fields

from pulumi_probes.components import grpc_service, slow_start_service, telco_service, web_service
from pulumi_probes.components.arguments.component import ServiceArgs
from pulumi_probes.components.arguments.container import PortArgs, SidecarArgs
from pulumi_probes.components.arguments.probe import ProbeArgs
from pulumi_probes.components.assembly import Assembly
from pulumi_probes.model.container import ContainerProbe
from pulumi_probes.model.defaults import DEFAULT_TERMINATION_GRACE_PERIOD_SECONDS
from pulumi_probes.model.probe import Probe
from pulumi_probes.model.workload_object import WorkloadObject
from pulumi_probes.presets import find_preset

Build = Callable[..., Assembly]

DEFINITIONS = {
    module._DEFINITION.type_name: module._DEFINITION
    for module in (web_service, grpc_service, slow_start_service, telco_service)
}

MENTIONS = (
    re.compile(r"[;:,] default (?P<value>[^ ;,.()]+)(?: \((?P<others>[^)]*)\))?"),
    re.compile(r"[;:,] (?P<value>[^ ;,.()]+) by default"),
    re.compile(r"(?P<value>\w+) \((?:the )?default\)"),
    re.compile(r"default is (?P<value>\w+)"),
)
WITHOUT_VALUE = {"all", "computed", "empty", "unset"}
PASSED_ON = {"mode", "allocate_load_balancer_node_ports"}
"""Arguments whose default is that of Kubernetes, which components leave to it."""


def texts_of(kind: type) -> dict[str, str]:
    """The texts below the keys of a `TypedDict`, by key."""
    module = ast.parse(inspect.getsource(sys.modules[kind.__module__]))
    (body,) = (node.body for node in ast.walk(module) if isinstance(node, ast.ClassDef) and node.name == kind.__name__)
    return {
        key.target.id: str(text.value.value)
        for key, text in pairwise(body)
        if isinstance(key, ast.AnnAssign) and isinstance(key.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
    }


def mentioned(text: str, component: str = "") -> Any:
    """The default that a text mentions, for one of the components; None if it mentions no value."""
    found = next(filter(None, (mention.search(text) for mention in MENTIONS)), None)
    if found is None or found["value"] in WITHOUT_VALUE:
        return None
    others = dict(re.findall(r"(\w+) ([^ ,]+)", found.groupdict().get("others") or ""))
    value = str(others.get(component, found["value"]))
    if value in ("true", "false"):
        return value == "true"
    return int(value) if value.isdigit() else value


def defaults_of(kind: type, component: str = "") -> dict[str, Any]:
    """The mentioned defaults of a `TypedDict`, by key."""
    found = {key: mentioned(text, component) for key, text in texts_of(kind).items()}
    return {key: value for key, value in found.items() if value is not None}


COMPONENT_DEFAULTS = [
    pytest.param(component, key, value, id=f"{component}-{key}")
    for component, definition in DEFINITIONS.items()
    for key, value in defaults_of(definition.arguments, component).items()
    if key not in PASSED_ON
]


@pytest.mark.parametrize(("component", "key", "value"), COMPONENT_DEFAULTS)
def test_writing_the_default_of_an_argument_changes_nothing(
    build: Build, component: str, key: str, value: object
) -> None:
    """The manifests are those of a component without the argument."""
    assert build(component).manifests == build(component, **{key: value}).manifests


@pytest.mark.parametrize("component", DEFINITIONS)
def test_every_default_of_a_preset_is_mentioned(component: str) -> None:
    """Each number that an argument may leave out can be read where the argument is written."""
    definition = DEFINITIONS[component]
    known = defaults_of(definition.arguments, component)
    expected = {
        key: value
        for key, value in definition.preset.defaults.items()
        if isinstance(value, int) and key in texts_of(definition.arguments) and key != "port"
    }
    assert expected == {key: known.get(key) for key in expected}


def test_writing_the_default_of_the_service_changes_nothing(build: Build) -> None:
    """The same for what is written below `service`."""
    defaults = {key: value for key, value in defaults_of(ServiceArgs).items() if key not in PASSED_ON}
    assert {"type": "ClusterIP", "port": 80} == defaults
    assert build().manifests == build(service=defaults).manifests


@pytest.mark.parametrize(
    ("kind", "argument", "required"),
    [
        (PortArgs, "ports", {"name": "metrics", "container_port": 9102}),
        (SidecarArgs, "sidecars", {"name": "proxy", "image": "registry.example/proxy:1"}),
    ],
)
def test_writing_the_default_of_an_entry_changes_nothing(
    build: Build, kind: type, argument: str, required: Mapping[str, Any]
) -> None:
    """The same for additional ports and sidecars."""
    assert defaults_of(kind)
    for key, value in defaults_of(kind).items():
        assert build(**{argument: [required]}).manifests == build(**{argument: [{**required, key: value}]}).manifests


def test_the_defaults_of_kubernetes_are_those_of_the_model() -> None:
    """In the texts about the fields of a probe, as arguments and as read from a manifest."""
    defaults = {field.name: field.default for field in fields(Probe) if isinstance(field.default, int)}
    arguments = defaults_of(ProbeArgs)
    assert {key: defaults[key] for key in arguments} == arguments
    read = {
        name: int(found[1])
        for name, member in vars(ContainerProbe).items()
        if isinstance(member, property) and (found := re.search(r"; (\d+) if unset", member.__doc__ or ""))
    }
    assert defaults == read
    grace = re.search(r"; (\d+) if unset", WorkloadObject.termination_grace_period_seconds.__doc__ or "")
    assert grace is not None
    assert DEFAULT_TERMINATION_GRACE_PERIOD_SECONDS == int(grace[1])


@pytest.mark.parametrize(
    ("preset", "words", "intent"),
    [("web", r"up to (\d+) s to start", "starts_within"), ("telco", r"endpoints within (\d+) s", "detects_within")],
)
def test_an_example_of_a_preset_names_its_defaults(preset: str, words: str, intent: str) -> None:
    """In the comment behind the call without arguments."""
    found = find_preset(preset)
    (comment,) = re.findall(rf"^ *{preset}\(\) +# (.*)", inspect.getdoc(found.build) or "", flags=re.MULTILINE)
    assert [str(found.defaults[intent])] == re.findall(words, comment)
