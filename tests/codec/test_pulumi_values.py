"""Pulumi's markers, written and read."""

from __future__ import annotations

import pytest

from pulumi_probes.codec.pulumi_values import marked, revived
from pulumi_probes.model.values import UNKNOWN, Secret


@pytest.mark.parametrize(
    "value",
    [
        UNKNOWN,
        Secret("a"),
        Secret(UNKNOWN),
        Secret({"key": [1, None, True]}),
        {"spec": {"replicas": UNKNOWN, "args": ["a", Secret("b")]}},
        [],
    ],
    ids=repr,
)
def test_reading_what_was_written_gives_the_same(value: object) -> None:
    """For every leaf, at any depth."""
    assert value == revived(marked(value))


def test_a_message_has_texts_for_keys() -> None:
    """YAML reads 8080 as a number, also where it is a key."""
    assert {"data": {"8080": "a"}} == marked({"data": {8080: "a"}})
