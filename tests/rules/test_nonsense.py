"""No manifest makes the evaluation raise an exception or a rule crash."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.values import UNKNOWN, Secret
from pulumi_probes.rules import Evaluation, apply_waivers, evaluate, load_rules

RULES = load_rules()
TODAY = date(2026, 7, 1)

EXAMPLES = [
    list(yaml.safe_load_all(text)) for rule in RULES for text in (*rule.documentation.bad, *rule.documentation.good)
]

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, -1, 2**31 - 1, 2**31, 2**63, -(2**63), 10**400])
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["", "8080", "Always", "100%", "-", "$(X)", "sleep 9" * 50, "\x00", "\ud800", "9" * 5000])
    | st.sampled_from([UNKNOWN, Secret("canary"), Secret(UNKNOWN), b"bytes", date(2026, 1, 1)])
)
JUNK = st.recursive(
    LEAVES,
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "port", "httpGet", "exec", "command", "containers", "ports", "sleep", "x"])
            | st.text(max_size=4)
            | st.none()
            | st.integers(),
            below,
            max_size=3,
        )
    ),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """All paths in a document, except the root."""
    entries: Any = ()
    if isinstance(value, dict):
        entries = value.items()
    elif isinstance(value, list):
        entries = enumerate(value)
    for key, below in entries:
        yield (*path, key)
        yield from places(below, (*path, key))


def replaced(document: Any, path: tuple[Any, ...], junk: Any) -> Any:
    """The document with another value at one path."""
    result = copy.deepcopy(document)
    node = result
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = junk
    return result


def evaluated(documents: list[Any], *, is_patch: bool = False) -> Evaluation:
    """The results of all rules, including those about waivers."""
    stack = read_stack(Manifest(content=document, is_patch=is_patch) for document in documents)
    return apply_waivers(evaluate(stack, RULES), stack, today=TODAY)


@given(data=st.data())
def test_arbitrary_values_do_not_crash_rules(data: st.DataObject) -> None:
    """One or two values of an example are replaced with arbitrary values of JSON, YAML or a program."""
    documents = data.draw(st.sampled_from(EXAMPLES))
    for _ in range(data.draw(st.integers(min_value=1, max_value=2))):
        index = data.draw(st.integers(min_value=0, max_value=len(documents) - 1))
        path = data.draw(st.sampled_from(list(places(documents[index]))))
        documents = [
            replaced(document, path, data.draw(JUNK)) if position == index else document
            for position, document in enumerate(documents)
        ]
    result = evaluated(documents, is_patch=data.draw(st.booleans()))
    assert [] == result.crashes
    assert all(str(finding) for finding in result.findings)


@given(content=st.dictionaries(st.sampled_from(["apiVersion", "kind", "metadata", "spec", "items"]), JUNK))
def test_arbitrary_objects_do_not_crash_rules(content: dict[str, Any]) -> None:
    """An arbitrary object, as a Deployment, a Service or a list."""
    for kind in ({}, {"apiVersion": "apps/v1", "kind": "Deployment"}, {"apiVersion": "v1", "kind": "List"}):
        assert [] == evaluated([{**content, **kind}]).crashes


@pytest.mark.parametrize("junk", [UNKNOWN, "text", [None], {}, f"{'9' * 5000}%"], ids=lambda junk: repr(junk)[:8])
def test_every_value_of_every_example_may_be_replaced(junk: Any) -> None:
    """Systematically: each value at each path."""
    for documents in EXAMPLES[::2]:
        for index, document in enumerate(documents):
            for path in places(document):
                changed = [*documents[:index], replaced(document, path, junk), *documents[index + 1 :]]
                assert [] == evaluated(changed).crashes


def test_lists_may_be_nested_deeper_than_the_recursion_limit() -> None:
    """The workload is found in a list of lists."""
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a", "livenessProbe": {}}]}}
    content: dict[str, Any] = pod
    for _ in range(5000):
        content = {"apiVersion": "v1", "kind": "List", "items": [content]}
    assert "PRB302" in {finding.code for finding in evaluated([content]).findings}
