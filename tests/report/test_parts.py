"""An audit of many objects takes them one after another, and says the same as one of all at once."""

from __future__ import annotations

import ast
import gc
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Struct, to_builtins

from pulumi_probes.codec.files import read_paths
from pulumi_probes.codec.json_text import json_text
from pulumi_probes.codec.waivers import read_waivers
from pulumi_probes.model.workload import Container, ContainerProbe
from pulumi_probes.report import InputError, Policy, Report, audit, render

ROOT = Path(__file__).parents[2]
RULES = ROOT / "components" / "pulumi_probes" / "rules"

OBJECTS = """
apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {selector: {app: cart}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  annotations: {pulumi-probes/ignore: "PRB103=it restarts itself; PRB319=never used"}
spec:
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: cart, image: cart}]}
---
apiVersion: v1
kind: List
items:
- apiVersion: policy/v1
  kind: PodDisruptionBudget
  metadata: {name: shop}
  spec: {selector: {matchLabels: {app: shop}}, minAvailable: 1}
- apiVersion: v1
  kind: Service
  metadata: {name: shop}
  spec: {selector: {app: shop}, ports: [{port: 80}]}
---
apiVersion: acme.io/v1
kind: Widget
metadata: {name: shop}
spec: {template: {metadata: {labels: {app: shop}}, spec: {containers: [{name: shop, image: shop}]}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cart}
"""


def report(path: Path, **options: Any) -> Report:
    """The report about the objects in a file."""
    documents = read_paths([str(path)])
    policy = Policy().configured({"all": "mandatory"}, "x")
    waivers = read_waivers(
        {"waivers": [{"code": code, "reason": "known"} for code in ("PRB101", "PRB102", "PRB408")]}, "w.yaml"
    )
    errors = [InputError.of(error) for error in documents.errors]
    return audit(documents.manifests, policy, errors=errors, waivers=waivers, **options)


def test_one_after_another_gives_the_same_report(tmp_path: Path) -> None:
    """Services, budgets, lists, custom resources, waivers in annotations and files, and levels."""
    file = tmp_path / "objects.yaml"
    file.write_text(OBJECTS)
    whole = render(report(file, keep_stack=True), "json")
    assert whole == render(report(file), "json")
    assert 6 == json.loads(whole)["summary"]["resources"]
    assert {"cart", "shop", "w.yaml"} == {finding["resource"]["name"] for finding in json.loads(whole)["findings"]}


@pytest.mark.parametrize("folder", ["examples/07-yaml-and-helm", "examples", "tests"])
def test_the_corpus_gives_the_same_report(folder: str) -> None:
    """Whatever is in the repository."""
    path = ROOT / folder
    assert render(report(path, keep_stack=True), "json") == render(report(path), "json")


def test_rules_ask_a_stack_only_for_what_selects_a_workload() -> None:
    """An audit of a part has all Services and budgets, and notes about all pods, but no other objects."""
    asked = {
        node.attr
        for file in RULES.glob("prb*.py")
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "stack"
    }
    assert {"services_of", "budgets_of", "pods_of", "autoscaler_of"} == asked


@pytest.mark.parametrize("entries", [[], [1], [{"a": [{}, "é\n"]}, [], "\udcff"]])
def test_long_lists_are_written_like_short_ones(entries: list[Any]) -> None:
    """An iterator is a list in the JSON text."""

    def content(values: list[Any] | Iterator[Any]) -> dict[str, Any]:
        return {"version": 1, "entries": values, "more": {"empty": {}, "list": [1]}, "last": None}

    assert json_text(content(entries)) == json_text(content(iter(entries)))


class Entry(Struct):
    """An entry whose types are known."""

    text: str
    number: int | None
    more: tuple[str, ...] = ()


@given(st.lists(st.builds(Entry, st.text(), st.none() | st.integers(-(2**63), 2**63 - 1), st.tuples(st.text()))))
@example([Entry("\udcff", None)])
@example([Entry('\x00\x1f\x7f\u2028"\\/', 1)] * 2001)
def test_structs_are_written_like_dictionaries(entries: list[Entry]) -> None:
    """They are written by another encoder; the text is the same."""
    plain = [to_builtins(entry) for entry in entries]
    assert json_text({"entries": plain}) == json_text({"entries": iter(entries)})


def test_no_garbage_collection_is_needed_to_free_an_object(tmp_path: Path) -> None:
    """Containers and probes refer to each other; collecting them took a quarter of the time of a large audit."""
    (tmp_path / "objects.yaml").write_text(OBJECTS)
    manifests = read_paths([str(tmp_path)]).manifests
    audit(manifests, Policy())
    gc.collect()
    gc.disable()
    try:
        before = _containers()
        report = audit(manifests, Policy())
        assert before == _containers()
    finally:
        gc.enable()
    assert report.workloads


def _containers() -> int:
    """The number of containers and probes that have not been freed."""
    return sum(isinstance(item, (Container, ContainerProbe)) for item in gc.get_objects())
