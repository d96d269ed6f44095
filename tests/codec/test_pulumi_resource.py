"""The Kubernetes object of a Pulumi resource."""

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
        # A custom resource may have this name.
        ("kubernetes:a.example/v1:OPatch", "a.example/v1", "OPatch", ObjectIdentity("a.example/v1", "OPatch")),
        ("kubernetes:keda.sh/v1:ScaledJob", "keda.sh/v1", "ScaledJob", ObjectIdentity("keda.sh/v1", "ScaledJob")),
        # Without properties, the type determines the kind.
        ("kubernetes:core/v1:Pod", None, None, ObjectIdentity("v1", "Pod")),
        ("kubernetes:core/v1:Pod", UNKNOWN, UNKNOWN, ObjectIdentity("v1", "Pod")),
        ("kubernetes:core/v1:Service", None, "", ObjectIdentity("v1", "Service")),
        ("kubernetes:apps/v1:StatefulSetPatch", None, None, ObjectIdentity("apps/v1", "StatefulSet", True)),
        ("kubernetes:helm.sh/v3:Release", None, None, None),
        ("kubernetes:yaml:ConfigFile", None, None, None),
        ("kubernetes:core/v1:ConfigMap", None, None, None),
        # Not objects of a cluster.
        ("pulumi:pulumi:Stack", None, None, None),
        ("pulumi:pulumi:Stack", "v1", "Pod", None),
        ("aws:s3/bucket:Bucket", None, None, None),
        ("Pod", None, None, None),
        ("", None, None, None),
    ],
)  # fmt: skip
def test_identity(type_token: str, api_version: Any, kind: Any, expected: ObjectIdentity | None) -> None:
    """The fields of the object take precedence over the type; only the type shows whether it is a patch."""
    assert identify(type_token, api_version, kind) == expected


def test_the_manifest_of_a_resource() -> None:
    """The content is kept, except for internal data of the provider; options are kept too."""
    options = PulumiOptions(urn="urn:x", create_timeout_seconds=300)
    content = {"apiVersion": "v1", "kind": "Pod", "spec": UNKNOWN, "__inputs": {"spec": {}}}
    manifest = read_pulumi_resource("kubernetes:core/v1:PodPatch", content, options)
    assert manifest is not None
    assert dict(manifest.content) == {"apiVersion": "v1", "kind": "Pod", "spec": UNKNOWN}
    assert manifest.is_patch
    assert manifest.pulumi == options


def test_a_missing_kind_is_filled_in() -> None:
    """Later code does not need the type."""
    manifest = read_pulumi_resource("kubernetes:core/v1:Pod", {"spec": {}})
    assert manifest is not None
    assert {"apiVersion": "v1", "kind": "Pod", "spec": {}} == dict(manifest.content)


def test_other_resources_have_no_manifest() -> None:
    """A bucket is not a Kubernetes object."""
    assert read_pulumi_resource("aws:s3/bucket:Bucket", {"bucket": "b"}) is None


def test_a_timeout_of_zero_is_unset() -> None:
    """The engine sends 0 for an unset timeout."""
    assert seconds_or_unset(0.0) is None
    assert 90.0 == seconds_or_unset(90.0)
