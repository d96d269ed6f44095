"""Properties as passed by the engine and by the SDK."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format, struct_pb2
from hypothesis import example, given
from hypothesis import strategies as st
from pulumi.runtime import rpc
from pulumi_policy import proxy
from pulumi_policy.deserialize import deserialize_properties

from pulumi_probes.codec import pulumi_values
from pulumi_probes.codec.native import NATIVE
from pulumi_probes.codec.pulumi_values import UNKNOWN_SENTINELS, UNKNOWN_TEXT
from pulumi_probes.model.values import UNKNOWN, Secret
from pulumi_probes_policies.properties import read_properties, read_property, thaw
from pulumi_probes_policies.testing import analyze_request

NUMBERS = st.integers(-(2**40), 2**40) | st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda number: not number.is_integer()
)
LEAVES = st.none() | st.booleans() | NUMBERS | st.text() | st.just(UNKNOWN)
VALUES = st.recursive(
    LEAVES,
    lambda below: st.lists(below) | st.dictionaries(st.text(), below) | below.map(Secret),
    max_leaves=20,
)
OBJECTS = st.dictionaries(st.text(), VALUES)


def struct_of(content: dict[str, Any]) -> struct_pb2.Struct:
    """A dictionary as a protocol message, with Pulumi's markers."""
    return analyze_request(content, resource_type="a:b:C").properties


def without_secrets(value: Any) -> Any:
    """The value that the SDK passes to a policy."""
    if isinstance(value, Secret):
        return without_secrets(value.value)
    if isinstance(value, dict):
        return {key: without_secrets(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [without_secrets(entry) for entry in value]
    return value


def typed(value: Any) -> Any:
    """A value that differs from those that are equal but have another type, such as 1 from True; keys are sorted."""
    if isinstance(value, dict):
        return {key: typed(value[key]) for key in sorted(value)}
    return [typed(entry) for entry in value] if isinstance(value, list) else (type(value), value)


@given(OBJECTS)
def test_properties_survive_a_round_trip(content: dict[str, Any]) -> None:
    """Values, unknown values and secrets are read as they were written; integral floats become integers."""
    assert content == read_properties(struct_of(content))


@given(OBJECTS)
def test_the_sdk_passes_the_same_properties(content: dict[str, Any]) -> None:
    """A policy in the SDK gets the same values, except for the markers of secrets."""
    properties = deserialize_properties(json_format.MessageToDict(struct_of(content)))
    assert without_secrets(content) == thaw(proxy.unknown_checking_proxy(properties))


@pytest.mark.skipif(
    NATIVE is None, reason="pulumi_probes_native is not installed; scripts/install builds it where cargo is"
)
@given(OBJECTS)
@example({"": {}, "a": [[], {}, "", None, True, -1, 0.5, -0.0, 2**53, -(2**53) - 2, 1e300]})
@example(dict.fromkeys(["a" * length for length in (31, 32, 35, 36, 48, 49)], "b" * 36))
@example({"a": 2**53 - 1, "b": UNKNOWN_TEXT[:-1], "\x00": "é\U0001f600"})
def test_both_readers_agree(content: dict[str, Any]) -> None:
    """The native package reads the same, in the same types, or leaves the message to Python."""
    found = read_properties(struct_of(content))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pulumi_probes_policies.properties.NATIVE", None)
        assert typed(read_properties(struct_of(content))) == typed(found)


@pytest.mark.parametrize("marker", sorted(UNKNOWN_SENTINELS))
def test_an_unknown_value_is_left_to_python(marker: str) -> None:
    """At any depth."""
    assert {"a": [{"b": UNKNOWN}]} == read_properties(struct_of({"a": [{"b": marker}]}))


def test_one_property_is_read_by_itself() -> None:
    """Reading a key does not add it to the message."""
    struct = struct_of({"kind": Secret("Pod")})
    assert read_property(struct, "kind") == Secret("Pod")
    assert read_property(struct, "apiVersion") is None
    assert {"kind"} == dict(struct.fields).keys()


def test_what_is_neither_secret_nor_value_is_unknown() -> None:
    """An output with dependencies, an asset and a reference cannot be part of a manifest."""
    marked = {
        "known": {rpc._special_sig_key: rpc._special_output_value_sig, "value": 1, "dependencies": ["urn"]},
        "unknown": {rpc._special_sig_key: rpc._special_output_value_sig, "secret": True},
        "asset": {rpc._special_sig_key: rpc._special_asset_sig, "text": "x"},
        "reference": {rpc._special_sig_key: rpc._special_resource_sig, "urn": "urn"},
    }
    expected = {"known": 1, "unknown": Secret(UNKNOWN), "asset": UNKNOWN, "reference": UNKNOWN}
    assert expected == read_properties(struct_of(marked))


def test_the_markers_are_those_of_the_sdk() -> None:
    """If a release of Pulumi changed them, every unknown value would be read as a string."""
    sentinels = {value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_")}
    assert sentinels == set(pulumi_values.UNKNOWN_SENTINELS)
    assert rpc._special_sig_key == pulumi_values.SIGNATURE_KEY
    assert rpc._special_secret_sig == pulumi_values.SECRET_SIGNATURE
    assert rpc._special_output_value_sig == pulumi_values.OUTPUT_SIGNATURE
