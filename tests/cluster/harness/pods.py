"""Pods with actors: the parts of a manifest other than the probes under test."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from harness.node import PAUSE_IMAGE

RESTRICTED: Final[Mapping[str, Any]] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""The settings that Pod Security `restricted` requires of a container."""


def actor_container(name: str = "app", script: Mapping[str, Any] | None = None, *, port: int = 8080) -> dict[str, Any]:
    """A container with an actor that follows a script; without one, it responds to everything at once.

    Args:
        name: the name of the container, also in its notes.
        script: the script, in the format of `tests/cluster/actor/script.go`.
        port: the port for HTTP and gRPC, unique in the pod; the next port is for TCP.
    """
    environment = {"CONTAINER": name, "PORT": str(port), "TCP_PORT": str(port + 1)}
    if script is not None:
        environment["SCRIPT"] = json.dumps(script)
    return {
        "name": name,
        "image": PAUSE_IMAGE,
        "imagePullPolicy": "Never",
        "args": ["play"],
        "env": [{"name": key, "value": value} for key, value in environment.items()],
        "ports": [{"name": f"{name[:10]}-http", "containerPort": port}],
        "securityContext": dict(RESTRICTED),
        "volumeMounts": [{"name": "state", "mountPath": "/state"}],
    }


def actor_pod(
    name: str,
    namespace: str = "default",
    containers: Sequence[Mapping[str, Any]] = (),
    **spec: Any,
) -> dict[str, Any]:
    """A pod of actors: by default, one that responds to everything; `spec` is added to its specification."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {
            "automountServiceAccountToken": False,
            "containers": list(containers) or [actor_container()],
            "volumes": [{"name": "state", "emptyDir": {}}],
            **spec,
        },
    }
