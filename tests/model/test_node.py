"""Values are read one at a time, with their paths, independent of other values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.model.errors import MalformedValue, UnknownValue
from pulumi_probes.model.field_path import FieldPath, parse_field_path
from pulumi_probes.model.node import Node
from pulumi_probes.model.values import UNKNOWN, Secret, Unknown

CONTENT: dict[str, Any] = {
    "spec": {
        "replicas": 2,
        "whole": 3.0,
        "text": "a",
        "flag": True,
        "null": None,
        "unknown": UNKNOWN,
        "secret": Secret(Secret(7)),
        "list": [{"name": "a"}, UNKNOWN, "junk"],
        5: "number as key",
    }
}
SPEC = Node(CONTENT)["spec"]


def test_a_value_knows_its_path() -> None:
    """Keys and indexes, combined on demand."""
    node = SPEC["list"][0]["name"]
    assert "spec.list[0].name" == str(node.path)
    assert ("spec", "list", 0, "name") == node.path.segments
    assert "Node(spec.list[0].name)" == repr(node)


@pytest.mark.parametrize(
    ("key", "expected"),
    [("replicas", 2), ("whole", 3), ("secret", 7), ("null", 9), ("absent", 9)],
)
def test_whole_numbers(key: str, expected: int) -> None:
    """Integral floats are accepted, null and absent values have the default, secrets are read."""
    assert expected == SPEC.integer(key, 9)


@pytest.mark.parametrize("key", ["text", "flag", "list"])
def test_other_values_than_numbers_are_malformed(key: str) -> None:
    """A boolean is not a number, and the message does not contain the value."""
    with pytest.raises(MalformedValue) as raised:
        SPEC.integer(key, 9)
    assert f"spec.{key}" == str(raised.value.path)
    assert raised.value.reason.startswith("must be a whole number, not a")


@pytest.mark.parametrize(
    ("value", "bits", "good"),
    [
        (2**31 - 1, 32, True),
        (-(2**31), 32, True),
        (2**31, 32, False),
        (2**31, 64, True),
        (2**63, 64, False),
        (-(2**63), 64, True),
        (float(2**31), 32, False),
        (float("inf"), 64, False),
        (float("nan"), 64, False),
        (0.5, 64, False),
        (10**5000, 64, False),
    ],
    ids=lambda value: str(value)[:12] if not isinstance(value, int) or abs(value) < 2**64 else "huge",
)
def test_numbers_have_a_size(value: Any, bits: Any, good: bool) -> None:
    """32 bits for nearly all fields, 64 for grace periods and sleeps."""
    node = Node({"n": value})
    if good:
        assert value == node.integer("n", bits=bits)
    else:
        with pytest.raises(MalformedValue):
            node.integer("n", bits=bits)


def test_zero_can_mean_the_default() -> None:
    """As for most numbers of a probe."""
    assert 10 == Node({"n": 0}).integer("n", 10, zero_is_unset=True)
    assert 0 == Node({"n": 0}).integer("n", 10)


@pytest.mark.parametrize(
    "read",
    [
        lambda node: node.integer("unknown"),
        lambda node: node.text("unknown"),
        lambda node: node.integer_or_text("unknown"),
        lambda node: node.boolean("unknown", default=False),
        lambda node: node["unknown"].keys(),
        lambda node: node["unknown"]["below"],
        lambda node: node["unknown"].has("below"),
        lambda node: node.texts("unknown"),
        lambda node: list(node.items("unknown")),
        lambda node: node.text_map("unknown"),
    ],
)
def test_an_unknown_value_raises_when_it_is_read(read: Any) -> None:
    """It does not raise before."""
    with pytest.raises(UnknownValue) as raised:
        read(SPEC)
    assert "spec.unknown" == str(raised.value.path)
    assert 2 == SPEC.integer("replicas")


def test_whether_a_value_is_set_does_not_need_the_value() -> None:
    """Null is not set, an unknown value is."""
    assert SPEC.has("unknown")
    assert not SPEC.has("null")
    assert not SPEC.has("absent")
    assert "null" not in SPEC.keys()  # noqa: SIM118 - a Node is not a dictionary
    assert {str} == {type(key) for key in SPEC.keys()}  # noqa: SIM118 - a Node is not a dictionary


def test_a_path_ends_at_the_first_unreadable_value() -> None:
    """It ends at an unknown value, at one of another type, or at the end of a list."""
    assert "spec.unknown" == str(SPEC.reach(parse_field_path("unknown.a.b")).path)
    assert "spec.text" == str(SPEC.reach(parse_field_path("text.a")).path)
    assert "spec.list" == str(SPEC.reach(FieldPath(("list", 7))).path)
    assert not SPEC.reach(parse_field_path("absent.a.b")).is_set


def test_lists_of_text() -> None:
    """Each entry is read separately."""
    assert ("a", "b", "") == Node({"x": ["a", Secret("b"), None]}).texts("x")
    with pytest.raises(UnknownValue) as unknown:
        Node({"x": ["a", UNKNOWN]}).texts("x")
    assert "x[1]" == str(unknown.value.path)
    with pytest.raises(MalformedValue):
        Node({"x": "a"}).texts("x")


@given(segments=st.lists(st.text(max_size=5) | st.integers(0, 99), max_size=6).map(tuple))
def test_paths_are_compared_by_their_segments(segments: tuple[str | int, ...]) -> None:
    """It does not matter how they were built."""
    path = FieldPath()
    for segment in segments:
        path /= segment
    assert FieldPath(segments) == path
    assert FieldPath(segments[:2]).joined(FieldPath(segments[2:])) == path


def test_the_notation_of_paths() -> None:
    """Keys other than plain words are in quotes."""
    assert 'metadata.annotations["pulumi.com/skipAwait"]' == str(
        FieldPath(("metadata", "annotations", "pulumi.com/skipAwait"))
    )
    assert "items[0].a_b-c" == str(FieldPath(("items", 0, "a_b-c")))


def test_there_is_one_unknown_value() -> None:
    """A copy of a document contains the same object."""
    import copy
    import pickle

    assert copy.deepcopy({"a": UNKNOWN})["a"] is UNKNOWN
    assert copy.copy(UNKNOWN) is UNKNOWN
    assert pickle.loads(pickle.dumps(UNKNOWN)) is UNKNOWN  # noqa: S301 - pickled in the previous line
    assert isinstance(UNKNOWN, Unknown)


def test_a_secret_is_not_shown() -> None:
    """It appears neither in a traceback nor in a log."""
    assert "Secret([secret])" == repr(Secret("s3cr3t"))
