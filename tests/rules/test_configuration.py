"""The configuration file: keys, types, mistakes, exclusions."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.finding import ResourceReference
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.rules import (
    INTERNAL_ERROR_POLICY,
    NOT_EVALUATED_POLICY,
    PACK_SETTINGS,
    WAIVED_POLICY,
    Evaluation,
    configuration_key,
    configuration_schema,
    evaluate,
    is_excluded,
    load_rules,
    pack_setting,
    read_configuration,
)

PARAMETERS = {
    "minimum_seconds": 30,
    "ratio": 1.5,
    "strict": False,
    "mode": "soft",
    "kinds": ("Job", "CronJob"),
    "shells": frozenset({"sh", "bash"}),
}


def test_keys_are_camel_case() -> None:
    """Parameters are written as in Kubernetes and Pulumi."""
    assert "minimumDelaySeconds" == configuration_key("minimum_delay_seconds")
    assert "strict" == configuration_key("strict")


def test_the_schema_has_type_and_default() -> None:
    """Each parameter has a JSON schema with its type and its default."""
    assert {
        "minimumSeconds": {"type": "integer", "default": 30},
        "ratio": {"type": "number", "default": 1.5},
        "strict": {"type": "boolean", "default": False},
        "mode": {"type": "string", "default": "soft"},
        "kinds": {"type": "array", "items": {"type": "string"}, "default": ["Job", "CronJob"]},
        "shells": {"type": "array", "items": {"type": "string"}, "default": ["bash", "sh"]},
        "exclude": {"type": "array", "items": {"type": "string"}, "default": []},
    } == configuration_schema(PARAMETERS)


def test_values_get_the_type_of_the_default() -> None:
    """Pulumi sends every number as a float and every list as a list."""
    given_values = {"minimumSeconds": 7.0, "ratio": 2, "strict": True, "kinds": ["Pod"], "shells": ["zsh"]}
    assert read_configuration(PARAMETERS, given_values) == (
        {"minimum_seconds": 7, "ratio": 2.0, "strict": True, "kinds": ("Pod",), "shells": frozenset({"zsh"})},
        [],
    )


@pytest.mark.parametrize(
    ("given_values", "mistake"),
    [
        ({"minimumSecond": 7}, "'minimumSecond' is not a parameter. Did you mean 'minimumSeconds'?"),
        (
            {"zzz": 7},
            "'zzz' is not a parameter. Known parameters: minimumSeconds, ratio, strict, mode, kinds, shells, exclude.",
        ),
        ({"minimum_seconds": 7}, "'minimum_seconds' is not a parameter. Did you mean 'minimumSeconds'?"),
        ({"minimumSeconds": 7.5}, "`minimumSeconds` must be a whole number, not 7.5."),
        ({"minimumSeconds": "7"}, "`minimumSeconds` must be a whole number, not a string."),
        ({"minimumSeconds": True}, "`minimumSeconds` must be a whole number, not a boolean."),
        ({"minimumSeconds": float("nan")}, "`minimumSeconds` must be a whole number, not nan."),
        ({"strict": "true"}, "`strict` must be true or false, not a string."),
        ({"mode": 1}, "`mode` must be a string, not a number."),
        ({"kinds": "Job"}, "`kinds` must be a list of strings, not a string."),
        ({"kinds": ["Job", 1]}, "`kinds` must be a list of strings, not a list with a number."),
        ({"mode": None}, "`mode` must be a string, not null."),
    ],
)
def test_mistakes_are_named(given_values: dict[str, Any], mistake: str) -> None:
    """Unknown keys and values of the wrong type are reported, and the default applies."""
    assert read_configuration(PARAMETERS, given_values) == ({}, [mistake])


def test_every_rule_can_exclude() -> None:
    """A rule without parameters of its own has `exclude` too."""
    assert ({"exclude": ("kube-system/*",)}, []) == read_configuration({}, {"exclude": ["kube-system/*"]})
    assert ({}, ["'a' is not a parameter. Known parameters: exclude."]) == read_configuration({}, {"a": 1})


KEYS = st.sampled_from([configuration_key(name) for name in PARAMETERS]) | st.text(max_size=8)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)


@given(st.dictionaries(KEYS, SCALARS | st.lists(SCALARS | st.lists(SCALARS, max_size=2), max_size=3), max_size=6))
def test_nothing_in_a_configuration_crashes(given_values: dict[str, Any]) -> None:
    """Every value in the file becomes a setting or a mistake."""
    values, mistakes = read_configuration(PARAMETERS, given_values)
    assert len(values) + len(mistakes) == len(given_values)


def test_every_rule_can_be_configured() -> None:
    """Each parameter of each rule has a type that a configuration file supports, and a valid default."""
    for rule in load_rules():
        schema = configuration_schema(rule.parameters)
        defaults = {key: entry["default"] for key, entry in schema.items()}
        assert read_configuration(rule.parameters, defaults) == ({**rule.parameters, "exclude": ()}, [])


RESOURCE = ResourceReference(
    kind="Deployment",
    api_version="apps/v1",
    name="cart-1a2b3c4d",
    namespace="shop",
    urn="urn:pulumi:dev::shop::kubernetes:apps/v1:Deployment::cart",
)


@pytest.mark.parametrize(
    ("pattern", "excluded"),
    [
        ("cart", True),  # the name in the program
        ("cart-*", True),  # the name of the object
        ("shop/*", True),
        ("shop/cart-????????", True),
        ("urn:pulumi:dev::*::cart", True),
        ("shop", False),
        ("shop*", False),
        ("default/*", False),
        ("art", False),
        ("CART", False),
        ("urn:pulumi:prod::*", False),
        ("*:Deployment::cart", False),
        ("", False),
    ],
)
def test_patterns_name_resources(pattern: str, excluded: bool) -> None:
    """A pattern is compared with names, with namespace/name or with the URN, depending on its form."""
    assert is_excluded(RESOURCE, [pattern]) is excluded


def test_a_resource_without_namespace_is_in_the_default_one() -> None:
    """As for the API server."""
    resource = ResourceReference(kind="Pod", api_version="v1", name="web")
    assert is_excluded(resource, ["default/*"])


def test_a_resource_without_a_name_matches_no_name() -> None:
    """Such a resource can only be named by its name in the program or by its URN."""
    resource = ResourceReference(kind="Pod", api_version="v1", urn="urn:pulumi:dev::p::kubernetes:core/v1:Pod::web")
    assert is_excluded(resource, ["we?"])
    assert not is_excluded(ResourceReference(kind="Pod", api_version="v1"), ["*"])


def test_an_excluded_workload_is_skipped() -> None:
    """A rule has no findings for a workload that its configuration excludes."""
    rule = next(rule for rule in load_rules() if rule.code == "PRB204")
    documents = [yaml.safe_load(text) for text in rule.documentation.bad]
    stack = read_stack(Manifest(content=document) for document in documents)
    name = stack.workloads[0].reference.name
    assert name is not None
    assert evaluate(stack, [rule]).findings != []
    assert evaluate(stack, [rule], {rule.name: {"exclude": (name,)}}) == Evaluation()


def test_policies_about_the_audit_have_other_names_than_rules() -> None:
    """A configuration file contains both, so every name must be unique."""
    assert {rule.name for rule in load_rules()}.isdisjoint(PACK_SETTINGS)


@pytest.mark.parametrize(
    ("policy", "parameter", "default"),
    [
        (NOT_EVALUATED_POLICY, "strict", False),
        (INTERNAL_ERROR_POLICY, "strict", False),
        (WAIVED_POLICY, "allowed", True),
    ],
)
def test_the_audit_is_lenient_unless_configured(policy: str, parameter: str, default: bool) -> None:
    """Only a configuration makes an update fail for a rule that was not evaluated or that failed, or for a waiver."""
    assert default is pack_setting(policy, parameter, {})
    assert (not default) is pack_setting(policy, parameter, {parameter: not default})
