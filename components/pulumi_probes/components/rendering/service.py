"""Renders arguments to the Service and the PodDisruptionBudget, as plain Kubernetes dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pulumi_probes.components.component_spec import ComponentSpec
from pulumi_probes.components.rendering.container import rendered
from pulumi_probes.components.rendering.metadata import merged, metadata, selector
from pulumi_probes.model.annotations import TIMEOUT_SECONDS
from pulumi_probes.model.defaults import DEFAULT_AWAIT_TIMEOUT_SECONDS

DEFAULT_NODE_PORTS: Final = range(30000, 32768)
"""The default of the API server's option --service-node-port-range; a cluster may have another range."""


def render_service(spec: ComponentSpec, *, default_port: int) -> dict[str, Any]:
    """The Service; it refers to the container's port by name, as the probes do."""
    service: Mapping[str, Any] = spec.arguments.get("service", {})
    serving = {
        "name": spec.port_name,
        "port": service.get("port", default_port),
        "targetPort": spec.port_name,
        "protocol": "TCP",
        **rendered(service, "node_port", "app_protocol"),
    }
    further = [
        {
            "name": entry["name"],
            "port": entry["service_port"],
            "targetPort": entry["name"],
            "protocol": entry.get("protocol", "TCP"),
            **rendered(entry, "node_port", "app_protocol"),
        }
        for entry in _ports(spec.arguments)
        if "service_port" in entry
    ]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(
            spec.name, spec.arguments, labels=service.get("labels"), annotations=_annotations(spec, service)
        ),
        "spec": {
            "type": service.get("type", "ClusterIP"),
            "selector": selector(spec.name),
            "ports": [serving, *further],
            **rendered(
                service,
                "external_traffic_policy",
                "internal_traffic_policy",
                "traffic_distribution",
                "session_affinity",
                "ip_family_policy",
                "ip_families",
                "load_balancer_class",
                "load_balancer_source_ranges",
                "allocate_load_balancer_node_ports",
            ),
        },
    }


def render_disruption_budget(spec: ComponentSpec) -> dict[str, Any] | None:
    """A budget of one evicted pod at a time; None for a single replica, whose node could otherwise not be drained."""
    if spec.replicas <= 1 or not spec.arguments.get("pod_disruption_budget", True):
        return None
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(spec.name, spec.arguments),
        "spec": {
            "maxUnavailable": 1,
            # A pod that is not Ready serves no requests and must not block a drain.
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": selector(spec.name)},
        },
    }


def _annotations(spec: ComponentSpec, service: Mapping[str, Any]) -> Any:
    """Pulumi waits for a Ready pod of the Service too, with a time limit of its own."""
    given = service.get("annotations")
    seconds = spec.contract.rollout.await_timeout_seconds
    if seconds <= DEFAULT_AWAIT_TIMEOUT_SECONDS:
        return given
    return merged({TIMEOUT_SECONDS: str(seconds)}, {} if given is None else given)


def unusual_node_ports(service: Mapping[str, Any]) -> list[int]:
    """The node ports of a rendered Service that an API server with the default range rejects."""
    entries = service.get("spec", {}).get("ports", ())
    numbers = [entry.get("nodePort") for entry in entries if isinstance(entry, Mapping)]
    return [number for number in numbers if isinstance(number, int) and number not in DEFAULT_NODE_PORTS]


def _ports(arguments: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    sidecars = [port for sidecar in arguments.get("sidecars", ()) for port in sidecar.get("ports", ())]
    return [*arguments.get("ports", ()), *sidecars]
