"""The fields of the Kubernetes API that this project reads, with their types.

The API server rejects fields of the wrong type. `kubernetes_schema` has all fields, for those that it drops.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from pulumi_probes.codec.quantity import check_quantities
from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.node import Node

Reader = Callable[[Node, str], object]


class Entries(Struct, frozen=True):
    """A list of objects."""

    fields: Fields


Fields = Mapping[str, "Reader | Entries | Fields"]
"""Field name -> how it is read: a reader for a value, the fields of an object, or the entries of a list of objects."""


def _int64(node: Node, key: str) -> object:
    return node.optional_integer(key, bits=64)


def _boolean(node: Node, key: str) -> object:
    return node.boolean(key, default=False)


def _grpc_port(node: Node, key: str) -> object:
    """Accepts a string too, because grpc-port-not-a-number reports it with a better message."""
    return node.integer_or_text(key)


def _quantities(node: Node, key: str) -> object:
    check_quantities(node[key])
    return None


def _texts(node: Node, key: str) -> object:
    return node.texts(key)


def _labels(node: Node, key: str) -> object:
    return node.text_map(key)


_INT32: Final[Reader] = Node.optional_integer
_TEXT: Final[Reader] = Node.optional_text
_INT_OR_TEXT: Final[Reader] = Node.integer_or_text

EXEC: Final[Fields] = {"command": _texts}
HTTP_GET: Final[Fields] = {
    "path": _TEXT,
    "port": _INT_OR_TEXT,
    "host": _TEXT,
    "scheme": _TEXT,
    "httpHeaders": Entries({"name": _TEXT, "value": _TEXT}),
    "protocol": _TEXT,
}
TCP_SOCKET: Final[Fields] = {"port": _INT_OR_TEXT, "host": _TEXT}
GRPC: Final[Fields] = {"port": _grpc_port, "service": _TEXT, "mode": _TEXT}
SLEEP: Final[Fields] = {"seconds": _int64}

PROBE: Final[Fields] = {
    "initialDelaySeconds": _INT32,
    "timeoutSeconds": _INT32,
    "periodSeconds": _INT32,
    "successThreshold": _INT32,
    "failureThreshold": _INT32,
    "terminationGracePeriodSeconds": _int64,
    "exec": EXEC,
    "httpGet": HTTP_GET,
    "tcpSocket": TCP_SOCKET,
    "grpc": GRPC,
}
"""All fields of a probe."""

HOOK: Final[Fields] = {"exec": EXEC, "httpGet": HTTP_GET, "tcpSocket": TCP_SOCKET, "sleep": SLEEP}
"""All fields of a lifecycle hook."""

LIFECYCLE: Final[Fields] = {"postStart": HOOK, "preStop": HOOK, "stopSignal": _TEXT}
"""All fields of `lifecycle`."""

CONTAINER_HEALTH: Final[Fields] = {
    "restartPolicy": _TEXT,
    "ports": Entries({"containerPort": _INT32, "name": _TEXT, "protocol": _TEXT, "hostPort": _INT32, "hostIP": _TEXT}),
    "livenessProbe": PROBE,
    "readinessProbe": PROBE,
    "startupProbe": PROBE,
    "lifecycle": LIFECYCLE,
}
"""The fields of a container that concern its health."""

CONTAINER_SETTINGS: Final[Fields] = {
    "name": _TEXT,
    "env": Entries({"name": _TEXT, "value": _TEXT}),
    "resources": {"limits": _quantities, "requests": _quantities},
}
"""The other fields of a container that this project reads."""

POD_SPEC: Final[Fields] = {
    "terminationGracePeriodSeconds": _int64,
    "restartPolicy": _TEXT,
    "hostNetwork": _boolean,
}
"""The fields of a pod specification that this project reads, except its containers."""

METADATA: Final[Fields] = {"name": _TEXT, "namespace": _TEXT, "labels": _labels, "annotations": _labels}
"""The fields of the metadata of an object or a template that this project reads."""

_ROLLING_UPDATE: Final[Fields] = {"maxSurge": _INT_OR_TEXT, "maxUnavailable": _INT_OR_TEXT, "partition": _INT32}

APPS_SPEC: Final[Fields] = {
    "replicas": _INT32,
    "minReadySeconds": _INT32,
    "progressDeadlineSeconds": _INT32,
    "podManagementPolicy": _TEXT,
    "serviceName": _TEXT,
    "strategy": {"type": _TEXT, "rollingUpdate": _ROLLING_UPDATE},
    "updateStrategy": {"type": _TEXT, "rollingUpdate": _ROLLING_UPDATE},
}
"""The fields of the `spec` of a Deployment, StatefulSet, DaemonSet or ReplicaSet that this project reads."""


def unreadable_fields(node: Node, fields: Fields) -> Iterator[ValueNotAvailable]:
    """The malformed and unknown fields of an object."""
    if _is_plain_object(node.value, fields):
        return
    try:
        keys = node.keys()
    except ValueNotAvailable as problem:
        yield problem
        return
    for key in keys:
        kind: Any = fields.get(key)
        if kind is None or _is_plain(node.value[key], kind):
            continue
        try:
            if isinstance(kind, Entries):
                for entry in node.items(key):
                    yield from unreadable_fields(entry, kind.fields)
            elif isinstance(kind, dict):
                yield from unreadable_fields(node[key], kind)
            else:
                kind(node, key)
        except ValueNotAvailable as problem:
            yield problem


_PLAIN_QUANTITY: Final = re.compile(r"[0-9]{1,9}(?:m|Ki|Mi|Gi)?\Z")

_AT_FIRST_SIGHT: Final[Mapping[Reader, Callable[[Any], bool]]] = {
    _TEXT: lambda value: type(value) is str,
    _INT32: lambda value: type(value) is int and -(2**31) <= value < 2**31,
    _INT_OR_TEXT: lambda value: type(value) is str or (type(value) is int and -(2**31) <= value < 2**31),
    _int64: lambda value: type(value) is int and -(2**31) <= value < 2**31,
    _boolean: lambda value: type(value) is bool,
    _quantities: lambda value: (
        type(value) is dict and all(type(entry) is str and _PLAIN_QUANTITY.match(entry) for entry in value.values())
    ),
    _texts: lambda value: type(value) is list and all(type(entry) is str for entry in value),
    _labels: lambda value: type(value) is dict and all(type(entry) is str for entry in value.values()),
}


def _is_plain(value: Any, kind: Any) -> bool:
    """Whether a value is certainly valid, by a fast check; nearly all are, and a container has a hundred of them."""
    if type(kind) is dict:
        return _is_plain_object(value, kind)
    if type(kind) is Entries:
        return type(value) is list and all(_is_plain_object(entry, kind.fields) for entry in value)
    check = _AT_FIRST_SIGHT.get(kind)
    return check is not None and check(value)


def _is_plain_object(value: Any, fields: Fields) -> bool:
    if type(value) is not dict:
        return False
    for key, entry in value.items():
        kind = fields.get(key)
        # Most values are strings and numbers, so they are checked without a function call.
        if kind is None or entry is None or (kind is _TEXT and type(entry) is str):
            continue
        if (kind is _INT32 or kind is _INT_OR_TEXT) and type(entry) is int and -(2**31) <= entry < 2**31:
            continue
        if not _is_plain(entry, kind):
            return False
    return True
