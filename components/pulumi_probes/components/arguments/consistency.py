"""Finds arguments that contradict each other in ways that Kubernetes rejects; rules check everything about probes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import pulumi

from pulumi_probes.components.arguments.problems import Problem
from pulumi_probes.components.labels import INSTANCE_LABEL, NAME_LABEL
from pulumi_probes.model.field_path import FieldPath, Segment

_CONTAINER_LISTS = ("sidecars", "init_containers")
_NEEDS_NODE_PORTS = ("node_port", "external_traffic_policy")
_NEEDS_LOAD_BALANCER = ("load_balancer_class", "load_balancer_source_ranges", "allocate_load_balancer_node_ports")


def contradictions(
    arguments: Mapping[str, Any],
    *,
    name: str,
    port_name: str,
    service_port: int,
    left_out: Collection[FieldPath] = (),
) -> Iterator[Problem]:
    """The contradictions between the arguments of a component.

    Args:
        arguments: the arguments of the component.
        name: the name of its objects.
        port_name: the name of its main port.
        service_port: the default port of its Service.
        left_out: arguments that are invalid by themselves; checks that depend on them are skipped.
    """
    yield from _labels(arguments)
    yield from _names(arguments, name)
    yield from _port_names(arguments, port_name)
    yield from _service_ports(arguments, service_port)
    yield from _environment(arguments)
    if FieldPath(("service", "type")) not in left_out:
        yield from _service(arguments)


def _labels(arguments: Mapping[str, Any]) -> Iterator[Problem]:
    for argument in ("labels", "pod_labels"):
        labels = arguments.get(argument, {})
        for label in (NAME_LABEL, INSTANCE_LABEL):
            if not isinstance(labels, pulumi.Output) and label in labels:
                yield Problem(
                    path=FieldPath((argument, label)),
                    what="must not be set: it is a label in the Service's selector.",
                    consequence="With another value the Service would not select the pods.",
                    fix="Leave it out; `name` sets it.",
                )


def _names(arguments: Mapping[str, Any], name: str) -> Iterator[Problem]:
    taken = {name}
    for argument in _CONTAINER_LISTS:
        for index, container in enumerate(arguments.get(argument, ())):
            if container["name"] in taken:
                yield Problem(
                    path=FieldPath((argument, index, "name")),
                    what=f"must be unique within the pod; another container is named {container['name']}.",
                    fix="Use another name.",
                )
            taken.add(container["name"])


def _port_names(arguments: Mapping[str, Any], port_name: str) -> Iterator[Problem]:
    """Duplicates across containers, which the API server accepts; a rule reports those within one container."""
    owners: dict[str, tuple[Segment, ...]] = {port_name: ()}
    for where, port in _further_ports(arguments):
        owner = where[:-2]
        if owners.setdefault(port["name"], owner) != owner:
            yield Problem(
                path=FieldPath((*where, "name")),
                what=f"must be unique within the pod; another container has a port named {port['name']}.",
                consequence="The Service refers to ports by name and could route to either.",
                fix="Use another name.",
            )


def _service_ports(arguments: Mapping[str, Any], service_port: int) -> Iterator[Problem]:
    taken = {(arguments.get("service", {}).get("port", service_port), "TCP")}
    for where, port in _further_ports(arguments):
        if "service_port" not in port:
            continue
        number = (port["service_port"], port.get("protocol", "TCP"))
        if number in taken:
            yield Problem(
                path=FieldPath((*where, "service_port")),
                what=f"must be unique within the Service, which already has port {number[0]} ({number[1]}).",
                fix="Use another port.",
            )
        taken.add(number)


def _further_ports(arguments: Mapping[str, Any]) -> Iterator[tuple[tuple[Segment, ...], Mapping[str, Any]]]:
    """The ports other than the main port, each with its path."""
    owners: list[tuple[tuple[Segment, ...], Mapping[str, Any]]] = [((), arguments)]
    owners += [(("sidecars", index), sidecar) for index, sidecar in enumerate(arguments.get("sidecars", ()))]
    for where, owner in owners:
        for index, port in enumerate(owner.get("ports", ())):
            yield (*where, "ports", index), port


def _environment(arguments: Mapping[str, Any]) -> Iterator[Problem]:
    owners: list[tuple[tuple[Segment, ...], Mapping[str, Any]]] = [((), arguments)]
    for argument in _CONTAINER_LISTS:
        entries: Sequence[Mapping[str, Any]] = arguments.get(argument, ())
        owners += [((argument, index), entry) for index, entry in enumerate(entries)]
    for where, owner in owners:
        values = owner.get("env", {})
        if isinstance(values, pulumi.Output):
            continue
        for variable in sorted(set(values) & set(owner.get("env_value_from", {}))):
            yield Problem(
                path=FieldPath((*where, "env_value_from", variable)),
                what="must not be set, because env contains it, too.",
                fix="Remove one of them.",
            )


def _service(arguments: Mapping[str, Any]) -> Iterator[Problem]:
    service = arguments.get("service", {})
    kind = service.get("type", "ClusterIP")
    needs = {name: "NodePort or LoadBalancer" for name in _NEEDS_NODE_PORTS if kind == "ClusterIP"}
    needs |= {name: "LoadBalancer" for name in _NEEDS_LOAD_BALANCER if kind != "LoadBalancer"}
    for name, wanted in needs.items():
        if name in service:
            yield Problem(
                path=FieldPath(("service", name)),
                what=f"must not be set for a Service of type {kind}.",
                fix=f"Set service.type to {wanted}, or leave it out.",
            )
    if kind != "ClusterIP":
        return
    for where, port in _further_ports(arguments):
        if "node_port" in port:
            yield Problem(
                path=FieldPath((*where, "node_port")),
                what="must not be set for a Service of type ClusterIP.",
                fix="Set service.type to NodePort or LoadBalancer, or leave it out.",
            )
