"""The names and types of Kubernetes' fields, and the comparison of objects with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.codec import fields, kubernetes_schema
from pulumi_probes.codec.fields import Entries
from pulumi_probes.codec.kinds import KUBERNETES_KINDS
from pulumi_probes.codec.kubernetes_schema import (
    FieldType,
    ObjectType,
    examine,
    health_fields,
    is_known,
    object_type,
    type_of_kind,
)
from pulumi_probes.model.node import Node
from pulumi_probes.model.values import UNKNOWN, Secret
from pulumi_probes.model.version import NEWEST

CONTENT = json.loads(Path(kubernetes_schema.__file__).with_suffix(".json").read_text(encoding="utf-8"))

READ = [
    ("Probe", fields.PROBE),
    ("LifecycleHandler", fields.HOOK),
    ("Lifecycle", fields.LIFECYCLE),
    ("Container", fields.CONTAINER_HEALTH),
    ("Container", fields.CONTAINER_SETTINGS),
    ("PodSpec", fields.POD_SPEC),
    ("ObjectMeta", fields.METADATA),
]


def test_the_newest_supported_version_is_in_it() -> None:
    """A release of Kubernetes is supported together with its fields."""
    assert str(NEWEST) == list(CONTENT["versions"])[-1]
    assert ["1.34", "1.35", "1.36", "1.37"] == list(CONTENT["versions"])


def test_every_kind_with_a_pod_specification_is_in_it() -> None:
    """Those of the table of kinds, except for groups that no supported version serves."""
    kinds = {(version.rpartition("/")[0], kind) for kind, versions in CONTENT["kinds"].items() for version in versions}
    assert {key for key in KUBERNETES_KINDS if key[0] != "extensions"} == kinds - {
        ("", "Service"),
        ("policy", "PodDisruptionBudget"),
    }


def _mismatches(own: Mapping[str, Any], known: ObjectType) -> Iterator[str]:
    for key, kind in own.items():
        found = known.fields.get(key)
        if found is None:
            yield f"{known.name}.{key} is unknown"
        elif isinstance(kind, Entries):
            assert found.object is not None
            assert "[]" == found.collection
            yield from _mismatches(kind.fields, found.object)
        elif isinstance(kind, dict):
            assert found.object is not None
            yield from _mismatches(kind, found.object)
        elif found.object is not None:
            yield f"{known.name}.{key} is an object"


@pytest.mark.parametrize(("name", "own"), READ)
def test_the_fields_that_rules_read_are_those_of_kubernetes(name: str, own: Mapping[str, Any]) -> None:
    """The hand-written tables with the readers of values agree with the API in names and shapes."""
    assert [] == list(_mismatches(own, object_type(name)))


def test_the_fields_of_probes_and_hooks() -> None:
    """They make an unknown field one of PRB321."""
    assert {"livenessProbe", "lifecycle", "preStop", "periodSeconds", "httpGet"} < health_fields()
    assert {"name", "image", "ports", "path", "port", "resources"}.isdisjoint(health_fields())


def unknown_in(text: str) -> list[str]:
    """The paths of the unknown fields of an object."""
    content = yaml.safe_load(text)
    known = type_of_kind(content["apiVersion"], content["kind"])
    assert known is not None
    return [str(found.node.path / found.key) for found in examine(Node(content), known).unknown_fields]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("{apiVersion: v1, kind: Pod, specs: {}}", ["specs"]),
        ("{apiVersion: v1, kind: Pod, spec: {containers: [{env: [{valueFrom: {secretRef: {}}}]}]}}",
         ["spec.containers[0].env[0].valueFrom.secretRef"]),
        ("{apiVersion: v1, kind: Pod, spec: {b: 1, containers: [{x: 1}], a: 1}}",
         ["spec.b", "spec.a", "spec.containers[0].x"]),
        ("{apiVersion: v1, kind: Pod, spec: {volumes: [{projected: {sources: [{secret: {item: []}}]}}]}}",
         ["spec.volumes[0].projected.sources[0].secret.item"]),
        ("{apiVersion: v1, kind: Service, spec: {ports: [{target: 80}]}}", ["spec.ports[0].target"]),
        ("{apiVersion: v1, kind: Pod, spec: {containers: x, hostNetwork: [], volumes: {a: b}}}", []),
        ("{apiVersion: v1, kind: Pod, metadata: {labels: {a: {b: c}}}, status: {x: 1}}", []),
    ],
)  # fmt: skip
def test_the_unknown_fields_of_an_object(text: str, paths: list[str]) -> None:
    """At any depth; what has the wrong type is reported elsewhere."""
    assert paths == unknown_in(text)


def test_a_secret_object_is_compared_too() -> None:
    """Pulumi marks whole objects as secret."""
    content = {"spec": Secret({"containers": Secret([Secret({"nam": Secret("a")})])})}
    known = object_type("Pod")
    assert ["nam"] == [found.key for found in examine(Node(content), known).unknown_fields]


def test_an_object_that_is_not_known_yet_is_named() -> None:
    """A number or a map of texts may be unknown, because every value is valid; an object may not."""
    content = {"metadata": {"labels": UNKNOWN}, "spec": {"volumes": UNKNOWN, "priority": UNKNOWN}}
    result = examine(Node(content), object_type("Pod"))
    assert [("spec.volumes", "PodSpec")] == [
        (str(problem.path), owner.name) for problem, owner in result.unknown_values
    ]
    assert [] == result.unknown_fields


def test_an_object_without_unknown_fields_is_compared_without_nodes(count_calls: Callable[..., int]) -> None:
    """Nearly all objects are such, and an audit has thousands of them."""
    content = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a", "ports": [{"name": "b"}]}]}}
    known = object_type("Pod")
    assert 40 > count_calls(examine, Node(content), known)


def values(known: FieldType, depth: int) -> st.SearchStrategy[Any]:
    """Values of a field, with objects in them down to a depth."""
    one: st.SearchStrategy[Any] = st.sampled_from([1, "text", True, None, UNKNOWN, {}])
    if known.object is not None:
        one = objects(known.object, depth - 1) if depth else st.just({})
    if known.collection == "[]":
        return st.lists(one, max_size=2)
    if known.collection:
        return st.dictionaries(st.text("abc./", max_size=3), one, max_size=2)
    return one


@st.composite
def objects(draw: st.DrawFn, known: ObjectType, depth: int) -> dict[str, Any]:
    """An object with some of its fields."""
    keys = draw(st.lists(st.sampled_from(sorted(known.fields)), max_size=4, unique=True)) if known.fields else []
    return {key: draw(values(known.fields[key], depth)) for key in keys}


KINDS = st.sampled_from(["Deployment", "Pod", "CronJob", "StatefulSet", "Service"])


@given(KINDS.flatmap(lambda name: st.tuples(st.just(name), objects(object_type(name), 7))))
def test_every_field_of_a_type_is_known(drawn: tuple[str, dict[str, Any]]) -> None:
    """And both ways to compare an object with its type agree."""
    name, content = drawn
    known = object_type(name)
    assert [] == examine(Node(content), known).unknown_fields
    assert is_known(content, known.nested) or [] != examine(Node(content), known).unknown_values


@given(KINDS.flatmap(lambda name: st.tuples(st.just(name), objects(object_type(name), 7))), st.data())
def test_one_more_field_is_found_wherever_it_is(drawn: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    """With the path of the object that has it."""
    name, content = drawn
    place, owner, known = "", content, object_type(name)
    while data.draw(st.booleans()):
        below = [
            (f"{place}{key}{'' if index is None else f'[{index}]'}.", one, found.object)
            for key, found in known.fields.items()
            if found.object is not None and owner.get(key) and found.collection != "{}"
            for index, one in (enumerate(owner[key]) if found.collection else [(None, owner[key])])
            if isinstance(one, dict)
        ]
        if not below:
            break
        place, owner, known = data.draw(st.sampled_from(below))
    owner["notAField"] = data.draw(st.sampled_from([1, {}, [{}], UNKNOWN]))
    found = examine(Node(content), object_type(name)).unknown_fields
    assert [f"{place}notAField"] == [str(entry.node.path / entry.key) for entry in found]
    assert known is found[0].type
