"""Which Kubernetes object a Pulumi resource is."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_probes.codec.pulumi_resource import ObjectIdentity, identify, read_pulumi_resource, seconds_or_unset
from pulumi_probes.model.manifest import PulumiOptions
from pulumi_probes.model.values import UNKNOWN, Secret


@pytest.mark.parametrize(
    ("type_token", "api_version", "kind", "expected"),
    [
        ("kubernetes:apps/v1:Deployment", "apps/v1", "Deployment", ObjectIdentity("apps/v1", "Deployment")),
        ("kubernetes:core/v1:Pod", "v1", "Pod", ObjectIdentity("v1", "Pod")),
        ("kubernetes:core/v1:Pod", Secret("v1"), Secret("Pod"), ObjectIdentity("v1", "Pod")),
        ("kubernetes:apps/v1:DeploymentPatch", "apps/v1", "Deployment", ObjectIdentity("apps/v1", "Deployment", True)),
        # A custom resource may be called so.
        ("kubernetes:a.example/v1:OPatch", "a.example/v1", "OPatch", ObjectIdentity("a.example/v1", "OPatch")),
        ("kubernetes:keda.sh/v1:ScaledJob", "keda.sh/v1", "ScaledJob", ObjectIdentity("keda.sh/v1", "ScaledJob")),
        # Without properties the type says it.
        ("kubernetes:core/v1:Pod", None, None, ObjectIdentity("v1", "Pod")),
        ("kubernetes:core/v1:Pod", UNKNOWN, UNKNOWN, ObjectIdentity("v1", "Pod")),
        ("kubernetes:core/v1:Service", None, "", ObjectIdentity("v1", "Service")),
        ("kubernetes:apps/v1:StatefulSetPatch", None, None, ObjectIdentity("apps/v1", "StatefulSet", True)),
        ("kubernetes:helm.sh/v3:Release", None, None, None),
        ("kubernetes:yaml:ConfigFile", None, None, None),
        ("kubernetes:core/v1:ConfigMap", None, None, None),
        # What is no object of a cluster.
        ("pulumi:pulumi:Stack", None, None, None),
        ("pulumi:pulumi:Stack", "v1", "Pod", None),
        ("aws:s3/bucket:Bucket", None, None, None),
        ("Pod", None, None, None),
        ("", None, None, None),
    ],
)  # fmt: skip
def test_identity(type_token: str, api_version: Any, kind: Any, expected: ObjectIdentity | None) -> None:
    """The object's own fields count, then the type; a patch shows in the type."""
    assert identify(type_token, api_version, kind) == expected


def test_the_manifest_of_a_resource() -> None:
    """Contents are kept but for the provider's notes to itself; options go along."""
    options = PulumiOptions(urn="urn:x", create_timeout_seconds=300)
    content = {"apiVersion": "v1", "kind": "Pod", "spec": UNKNOWN, "__inputs": {"spec": {}}}
    manifest = read_pulumi_resource("kubernetes:core/v1:PodPatch", content, options)
    assert manifest is not None
    assert dict(manifest.content) == {"apiVersion": "v1", "kind": "Pod", "spec": UNKNOWN}
    assert manifest.is_patch
    assert manifest.pulumi == options


def test_a_missing_kind_is_filled_in() -> None:
    """Readers further on need not know types."""
    manifest = read_pulumi_resource("kubernetes:core/v1:Pod", {"spec": {}})
    assert manifest is not None
    assert {"apiVersion": "v1", "kind": "Pod", "spec": {}} == dict(manifest.content)


def test_what_is_no_object_has_no_manifest() -> None:
    """A bucket is none."""
    assert read_pulumi_resource("aws:s3/bucket:Bucket", {"bucket": "b"}) is None


def test_a_timeout_of_zero_is_unset() -> None:
    """The engine sends 0 for a timeout that nobody set."""
    assert seconds_or_unset(0.0) is None
    assert 90.0 == seconds_or_unset(90.0)
