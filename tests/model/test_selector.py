"""Labels are matched as by Kubernetes, and a certain mismatch takes precedence over an unknown value."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_probes.model.errors import MalformedValue, UnknownValue
from pulumi_probes.model.node import Node
from pulumi_probes.model.selector import matches_labels, matches_selector
from pulumi_probes.model.values import UNKNOWN

LABELS = {"app": "cart", "tier": "front"}


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [({}, True), ({"app": "cart"}, True), (LABELS, True), ({"app": "shop"}, False), ({"zone": "a"}, False)],
    ids=str,
)
def test_labels(wanted: dict[str, str], fits: bool) -> None:
    """Every required label must be present with its value."""
    assert fits == matches_labels(Node(wanted), Node(LABELS))


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ({"key": "app", "operator": "In", "values": ["cart", "shop"]}, True),
        ({"key": "app", "operator": "In", "values": ["shop"]}, False),
        ({"key": "zone", "operator": "In", "values": ["a"]}, False),
        ({"key": "app", "operator": "NotIn", "values": ["shop"]}, True),
        ({"key": "zone", "operator": "NotIn", "values": ["a"]}, True),
        ({"key": "app", "operator": "Exists"}, True),
        ({"key": "zone", "operator": "Exists"}, False),
        ({"key": "app", "operator": "DoesNotExist"}, False),
        ({"key": "zone", "operator": "DoesNotExist"}, True),
    ],
    ids=str,
)
def test_expressions(expression: dict[str, Any], fits: bool) -> None:
    """The four operators."""
    assert fits == matches_selector(Node({"matchExpressions": [expression]}), Node(LABELS))


def test_labels_and_expressions_must_all_match() -> None:
    """An empty selector matches everything."""
    expression = {"key": "tier", "operator": "Exists"}
    both = {"matchLabels": {"app": "cart"}, "matchExpressions": [expression]}
    assert matches_selector(Node(both), Node(LABELS))
    assert not matches_selector(Node({**both, "matchLabels": {"app": "shop"}}), Node(LABELS))
    assert matches_selector(Node({}), Node(LABELS))
    assert matches_selector(Node({}), Node(None))


@pytest.mark.parametrize("labels", [{"app": UNKNOWN, "tier": "front"}, {"app": "cart", "tier": UNKNOWN}], ids=str)
def test_known_labels_can_be_sufficient(labels: dict[str, Any]) -> None:
    """If a known label differs, the unknown one does not matter; otherwise the result is unknown."""
    other = {"app": "cart", "tier": "front"} | {name: "x" for name, value in labels.items() if value is not UNKNOWN}
    assert not matches_labels(Node(other), Node(labels))
    with pytest.raises(UnknownValue):
        matches_labels(Node(LABELS), Node(labels))
    with pytest.raises(UnknownValue):
        matches_selector(Node({"matchLabels": LABELS}), Node(labels))


def test_labels_that_are_unknown_as_a_whole() -> None:
    """The result is unknown."""
    with pytest.raises(UnknownValue):
        matches_labels(Node(LABELS), Node(UNKNOWN))


def test_an_operator_that_does_not_exist() -> None:
    """It is malformed."""
    with pytest.raises(MalformedValue):
        matches_selector(Node({"matchExpressions": [{"key": "app", "operator": "Like"}]}), Node(LABELS))
