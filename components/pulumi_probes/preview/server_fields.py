"""The fields of an object that the API server or a controller fills in, so that a program cannot know them yet.

Fields with a fixed default are not among them: their value is the same in every cluster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from google.protobuf import struct_pb2

from pulumi_probes.codec.pulumi_values import SIGNATURE_KEY, UNKNOWN_TEXT
from pulumi_probes.model.values import UNKNOWN, revealed
from pulumi_probes.preview.namespace import is_cluster_scoped

_METADATA: Final = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid")
_SPEC: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("v1", "Service"): ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"),
    ("v1", "Pod"): ("nodeName", "serviceAccountName"),
    ("v1", "PersistentVolume"): ("claimRef",),
    ("v1", "PersistentVolumeClaim"): ("storageClassName", "volumeName"),
    ("batch/v1", "Job"): ("selector",),
    ("networking.k8s.io/v1", "Ingress"): ("ingressClassName",),
}
"""Fields of the specification, by version and kind."""

_TYPES_WITH_NODE_PORTS: Final = frozenset({"NodePort", "LoadBalancer"})


def add_server_fields(outputs: struct_pb2.Struct, inputs: Mapping[str, Any], *, namespace: Any) -> None:
    """Mark absent fields as unknown in the outputs of an object.

    Args:
        outputs: the outputs, which are changed.
        inputs: the inputs as plain data.
        namespace: the namespace that the provider gives to objects without one; None if it is not known.
    """
    for path, value in _absent(inputs, UNKNOWN_TEXT if namespace in (None, "") else namespace):
        _set(outputs, path, value)


def _absent(inputs: Mapping[str, Any], namespace: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    metadata = revealed(inputs.get("metadata"))
    if metadata is None or isinstance(metadata, Mapping):
        known: Mapping[str, Any] = metadata or {}
        if not known.get("name"):
            yield ("metadata", "name"), UNKNOWN_TEXT
        if known.get("namespace") is None and not is_cluster_scoped(inputs.get("kind")):
            yield ("metadata", "namespace"), namespace
        yield from ((("metadata", key), UNKNOWN_TEXT) for key in _METADATA if known.get(key) is None)
    spec = revealed(inputs.get("spec"))
    if not isinstance(spec, Mapping):
        return
    identity = (str(inputs.get("apiVersion")), str(inputs.get("kind")))
    kind_of_service = revealed(spec.get("type"))
    if identity == ("v1", "Service") and kind_of_service == "ExternalName":
        return
    yield from ((("spec", key), UNKNOWN_TEXT) for key in _SPEC.get(identity, ()) if spec.get(key) is None)
    if identity == ("v1", "Service") and (kind_of_service in _TYPES_WITH_NODE_PORTS or kind_of_service is UNKNOWN):
        if revealed(spec.get("externalTrafficPolicy")) == "Local" and spec.get("healthCheckNodePort") is None:
            yield ("spec", "healthCheckNodePort"), UNKNOWN_TEXT
        ports = revealed(spec.get("ports"))
        for index, port in enumerate(ports if isinstance(ports, list) else ()):
            entry = revealed(port)
            if isinstance(entry, Mapping) and entry.get("nodePort") is None:
                yield ("spec", "ports", index, "nodePort"), UNKNOWN_TEXT


def _set(outputs: struct_pb2.Struct, path: tuple[str | int, ...], value: Any) -> None:
    """Set a field, also inside values that are marked as secret."""
    place = outputs
    for position, key in enumerate(path[:-1]):
        if isinstance(key, int):
            continue
        below = _content(place.fields[key])
        following = path[position + 1]
        if isinstance(following, int):
            below = _content(below.list_value.values[following])
        place = below.struct_value
    place.update({str(path[-1]): value})


def _content(value: struct_pb2.Value) -> struct_pb2.Value:
    """The value inside the markers of secrets and outputs."""
    while SIGNATURE_KEY in value.struct_value.fields and "value" in value.struct_value.fields:
        value = value.struct_value.fields["value"]
    return value
