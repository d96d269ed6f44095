"""The output of the pulumi command is read as manifests, with unknown and secret values marked."""

from __future__ import annotations

import json

import pytest

from pulumi_probes.codec.documents import read_text
from pulumi_probes.codec.pulumi_values import (
    MASKED_SECRET,
    OUTPUT_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN_SENTINELS,
    revived,
)
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.values import UNKNOWN, Secret

URN = "urn:pulumi:dev::shop::kubernetes:apps/v1:Deployment::web"
INPUTS = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "__fieldManager": "x"}
STATE = {
    "urn": URN,
    "type": "kubernetes:apps/v1:Deployment",
    "inputs": INPUTS,
    "customTimeouts": {"create": 900, "update": 0},
}
OTHERS = [
    {"urn": "urn:x", "type": "aws:s3/bucket:Bucket", "inputs": {"bucket": "b"}},
    {"urn": "urn:y", "type": "pulumi:pulumi:Stack"},
    {**STATE, "delete": True},
    {**STATE, "type": "kubernetes:apps/v1:DeploymentPatch"},
    "nonsense",
]


@pytest.mark.parametrize(
    "export",
    [
        {"version": 3, "deployment": {"manifest": {}, "resources": [STATE, *OTHERS]}},
        {"version": 3, "checkpoint": {"stack": "dev", "latest": {"manifest": {}, "resources": [STATE, *OTHERS]}}},
        {"config": {}, "steps": [{"op": "create", "newState": state} for state in [STATE, OTHERS[0], OTHERS[3]]]},
    ],
)
def test_exports(export: dict[str, object]) -> None:
    """States, checkpoints and previews yield their Kubernetes objects with URN, timeouts and patches."""
    documents = read_text(json.dumps(export), "stack.json")
    assert ([], []) == (documents.errors, documents.others)
    whole, patch = documents.manifests
    assert {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}} == whole.content
    assert (URN, 900.0, None) == (
        whole.pulumi.urn,
        whole.pulumi.create_timeout_seconds,
        whole.pulumi.update_timeout_seconds,
    )
    assert (False, True) == (whole.is_patch, patch.is_patch)


def test_a_stack_without_resources() -> None:
    """An empty stack is valid and yields no objects."""
    documents = read_text('{"version": 3, "deployment": {"manifest": {}}}', "x")
    assert ([], []) == (documents.manifests, documents.errors)


def test_marks() -> None:
    """Unknown, secret, encrypted and masked values become the special leaves of the model."""
    secret = {SIGNATURE_KEY: SECRET_SIGNATURE}
    output = {SIGNATURE_KEY: OUTPUT_SIGNATURE}
    assert [UNKNOWN] * len(UNKNOWN_SENTINELS) == revived(sorted(UNKNOWN_SENTINELS))
    assert Secret(UNKNOWN) == revived({**secret, "ciphertext": "abc"})
    assert Secret({"a": 1}) == revived({**secret, "plaintext": '{"a": 1}'})
    assert Secret(UNKNOWN) == revived({**secret, "plaintext": "{"})
    assert Secret("x") == revived({**secret, "value": "x"})
    assert Secret(UNKNOWN) == revived(MASKED_SECRET)
    assert UNKNOWN == revived(output)
    assert Secret(1) == revived({**output, "value": 1, "secret": True})
    assert UNKNOWN == revived({SIGNATURE_KEY: "c44067f5952c0a294b673a41bacd8c17", "text": "asset"})


@pytest.mark.parametrize(
    ("position", "shown"),
    [
        ("project:///__main__.py#12,4", "__main__.py:12"),
        ("project:///shop/web%20app.py#3", "shop/web app.py:3"),
        ("file:///srv/shop/__main__.py#7,1", "/srv/shop/__main__.py:7"),
        ("project:///__main__.py", None),
        ("project:///__main__.py#x", None),
        ("project:///#3", None),
        ("https://example.com/x#3", None),
        ("project://[#3", None),
        ("", None),
        (3, None),
        (None, None),
    ],
)
def test_source_positions(position: object, shown: str | None) -> None:
    """An object of a state is located at the line of the program that the engine has recorded."""
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
    resource = {"type": "kubernetes:core/v1:Pod", "urn": "x", "inputs": pod, "sourcePosition": position}
    state = {"version": 3, "deployment": {"manifest": {}, "resources": [resource]}}
    (manifest,) = read_text(json.dumps(state), "state.json").manifests
    location = manifest.source.locate(FieldPath(("spec",))) if manifest.source is not None else None
    assert shown == (None if location is None else str(location))
