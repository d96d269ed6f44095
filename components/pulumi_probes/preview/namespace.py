"""The namespace that an object without one gets from its provider or chart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_probes.codec.pulumi_resource import PROVIDER_TYPE
from pulumi_probes.model.values import UNKNOWN, revealed
from pulumi_probes.preview.recording import Recording, Registration

_CLUSTER_SCOPED = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "FlowSchema",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PodSecurityPolicy",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }
)
"""The kinds without a namespace; the provider assumes that all others are namespaced."""


def is_cluster_scoped(kind: Any) -> bool:
    """Whether objects of a kind of Kubernetes have no namespace."""
    return kind in _CLUSTER_SCOPED


def in_namespace(content: Mapping[str, Any], namespace: Any) -> Mapping[str, Any]:
    """The object with the namespace of its provider, unless it has one."""
    metadata = revealed(content.get("metadata"))
    if revealed(namespace) in (None, "") or metadata is UNKNOWN or is_cluster_scoped(content.get("kind")):
        return content
    if isinstance(metadata, Mapping) and metadata.get("namespace"):
        return content
    return {**content, "metadata": {**(metadata if isinstance(metadata, Mapping) else {}), "namespace": namespace}}


def provider_namespace(registration: Registration, recording: Recording) -> Any:
    """The namespace in the configuration of a resource's provider; None if it has none."""
    return namespace_of(recording.find(registration.provider))


def namespace_of(provider: Registration | None) -> Any:
    """The namespace in the configuration of a provider; None if it has none, or belongs to another package."""
    if provider is None or provider.type_token != PROVIDER_TYPE:
        return None
    return provider.inputs.get("namespace")


def is_builtin(content: Mapping[str, Any]) -> bool:
    """Whether the kind of an object is built into Kubernetes, not a custom resource."""
    group, _, _ = str(content.get("apiVersion")).rpartition("/")
    return "." not in group or group.endswith(".k8s.io")
