"""Matches pods by their labels, as Kubernetes does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from pulumi_probes.model.errors import MalformedValue, ValueNotAvailable
from pulumi_probes.model.node import Node


def matches_labels(wanted: Node, labels: Node) -> bool:
    """Whether `labels` has every label of `wanted`; an empty `wanted` matches everything.

    Raises:
        UnknownValue: all known labels match, but others are not known before deployment.
    """
    return _every(_label_tests(wanted, labels))


def matches_selector(selector: Node, labels: Node) -> bool:
    """Whether a label selector, with `matchLabels` and `matchExpressions`, matches these labels.

    Raises:
        UnknownValue: everything known matches, but the rest is not known before deployment.
        MalformedValue: an expression is malformed.
    """

    def tests() -> Iterator[Callable[[], bool]]:
        yield from _label_tests(selector["matchLabels"], labels)
        for expression in selector.items("matchExpressions"):
            yield partial(_fits, expression, labels)

    return _every(tests())


def _label_tests(wanted: Node, labels: Node) -> Iterator[Callable[[], bool]]:
    for name in wanted.keys():  # noqa: SIM118 - a Node is not a dictionary
        yield partial(_has_label, wanted, labels, name)


def _has_label(wanted: Node, labels: Node, name: str) -> bool:
    return wanted.text(name) == labels.optional_text(name)


def _every(tests: Iterator[Callable[[], bool]]) -> bool:
    """Whether all tests pass; a test that certainly fails takes precedence over one with an unknown result."""
    problem: ValueNotAvailable | None = None
    for test in tests:
        try:
            if not test():
                return False
        except ValueNotAvailable as blocked:
            problem = problem or blocked
    if problem is not None:
        raise problem
    return True


def _fits(expression: Node, labels: Node) -> bool:
    label = labels.optional_text(expression.text("key"))
    match expression.text("operator"):
        case "In":
            return label in expression.texts("values")
        case "NotIn":
            return label not in expression.texts("values")
        case "Exists":
            return label is not None
        case "DoesNotExist":
            return label is None
        case _:
            raise MalformedValue(expression.path / "operator", "must be In, NotIn, Exists or DoesNotExist")
