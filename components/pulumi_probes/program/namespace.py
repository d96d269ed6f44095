"""The namespace that an object gets from its provider or its chart when it names none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_probes.model.values import UNKNOWN, revealed

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
"""The kinds that are in no namespace; the provider takes every other kind to be in one."""


def in_namespace(content: Mapping[str, Any], namespace: Any) -> Mapping[str, Any]:
    """An object with the namespace that its provider puts it into when it names none."""
    metadata = revealed(content.get("metadata"))
    if revealed(namespace) in (None, "") or metadata is UNKNOWN or content.get("kind") in _CLUSTER_SCOPED:
        return content
    if isinstance(metadata, Mapping) and metadata.get("namespace"):
        return content
    return {**content, "metadata": {**(metadata if isinstance(metadata, Mapping) else {}), "namespace": namespace}}
