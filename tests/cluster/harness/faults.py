"""Causes faults in pods of a live cluster: processes that hang, nodes that are drained."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Final

from harness.client import ApiError, Client, Object
from harness.cluster import Cluster
from harness.process import wait_until
from harness.services import Deployed

_LOOK_SECONDS: Final = 0.1
_EVICTION_RETRY_SECONDS: Final = 1.0
"""If a disruption budget rejects an eviction, `kubectl drain` retries after 5 s; the tests are shorter."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """The times at which a hung pod left traffic and was restarted, in seconds; None if it did not happen in time.

    Attributes:
        left_traffic: until its address was no longer ready in the EndpointSlices.
        restarted: until its next container was running.
    """

    left_traffic: float | None
    restarted: float | None


def stop_processes(cluster: Cluster, pod: Object) -> list[int]:
    """Stop all processes of a pod's first container, as if they hung; the kernel still accepts connections.

    Raises:
        ProcessLookupError: the container has no processes.
    """
    node = next(node for node in cluster.nodes if node.name == pod["spec"]["nodeName"])
    found = node.container_processes(pod["status"]["containerStatuses"][0]["containerID"])
    if not found:
        raise ProcessLookupError(f"no process of {pod['metadata']['name']}")
    for pid in found:
        os.kill(pid, signal.SIGSTOP)
    return found


def continue_processes(found: list[int]) -> None:
    """Continue stopped processes; those that were killed in the meantime are gone."""
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def follow(deployed: Deployed, pod: Object, began: float, seconds: float) -> Trouble:
    """Observe a hung pod until it is restarted, for a maximum time.

    Args:
        deployed: the service that the pod belongs to.
        pod: the pod before it hung.
        began: the time at which it hung, as returned by `time.monotonic`.
        seconds: the maximum time.
    """
    left: float | None = None
    while (now := time.monotonic() - began) < seconds:
        if left is None and pod["status"]["podIP"] not in deployed.ready_addresses():
            left = now
        current = deployed.client.get("v1", "Pod", pod["metadata"]["name"], deployed.namespace)
        status = current["status"]["containerStatuses"][0]
        if status["restartCount"] > pod["status"]["containerStatuses"][0]["restartCount"] and (
            "running" in status["state"]
        ):
            return Trouble(left, time.monotonic() - began)
        time.sleep(_LOOK_SECONDS)
    return Trouble(left, None)


@contextlib.contextmanager
def drained(client: Client, node: str, namespaces: tuple[str, ...], seconds: float) -> Generator[None]:
    """Drain a node of the pods in some namespaces, as `kubectl drain` does; uncordoned afterwards.

    Raises:
        TimeoutError: a disruption budget forbade an eviction for too long.
    """
    client.merge("v1", "Node", node, None, {"spec": {"unschedulable": True}})
    try:
        for namespace in namespaces:
            for pod in client.list("v1", "Pod", namespace, fieldSelector=f"spec.nodeName={node}"):
                name = pod["metadata"]["name"]
                if not wait_until(lambda: _evicted(client, namespace, name), seconds, every=_EVICTION_RETRY_SECONDS):  # noqa: B023 - called at once
                    raise TimeoutError(f"{namespace}/{name} may not be evicted")
        yield
    finally:
        client.merge("v1", "Node", node, None, {"spec": {"unschedulable": False}})


def _evicted(client: Client, namespace: str, name: str) -> bool:
    eviction = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": name, "namespace": namespace},
    }
    try:
        client.request("POST", f"{client.path('v1', 'Pod', namespace, name)}/eviction", eviction)
    except ApiError as refusal:
        if refusal.reason == "TooManyRequests":
            return False
        if refusal.reason != "NotFound":
            raise
    return True
