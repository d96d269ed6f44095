"""A Service, which selects pods by their labels."""

from __future__ import annotations

from msgspec import Struct

from pulumi_probes.model.cached import cached_property
from pulumi_probes.model.node import Node
from pulumi_probes.model.selector import matches_labels
from pulumi_probes.model.selector_index import Selecting
from pulumi_probes.model.workload import Workload


class ServicePort(Struct, frozen=True):
    """An entry of a Service's `ports`: the target port in the pods, a number or a name, its own name and protocol."""

    target: int | str
    name: str | None
    protocol: str = "TCP"


class Service(Selecting):
    """A Service, as rules see it."""

    is_guessed = False
    """As for a workload; the kind of a Service is always known."""

    @property
    def top(self) -> Node:
        """The whole object."""
        return self.node

    @property
    def required_labels(self) -> Node:
        """The labels of the pods that it selects."""
        return self.spec["selector"]

    @property
    def selects_nothing(self) -> bool:
        """Whether it has no selector, or ignores it; an empty one selects nothing, unlike an empty label selector."""
        return not self.required_labels.keys() or self.type == "ExternalName"

    @property
    def type(self) -> str:
        """`ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`."""
        return self.spec.word("type", "ClusterIP")

    @property
    def is_headless(self) -> bool:
        """Whether it has no IP address of its own, and only gives names to its pods."""
        return self.spec.optional_text("clusterIP") == "None"

    @property
    def publishes_not_ready(self) -> bool:
        """Whether pods are its endpoints even if they are not Ready."""
        return self.spec.boolean("publishNotReadyAddresses", default=False)

    @cached_property
    def ports(self) -> tuple[ServicePort, ...]:
        """Its ports."""
        found: list[ServicePort] = []
        for port in self.spec.items("ports"):
            target = port.integer_or_text("targetPort")
            protocol = port.text("protocol", "") or "TCP"
            found.append(ServicePort(target or port.integer("port"), port.optional_text("name"), protocol))
        return tuple(found)

    @property
    def target_ports(self) -> tuple[int | str, ...]:
        """The target ports in the pods, numbers or names."""
        return tuple(port.target for port in self.ports)

    def selects(self, workload: Workload) -> bool:
        """Whether it selects the pods of `workload`.

        Raises:
            UnknownValue: everything known matches, but selector, labels or namespaces are not known before deployment.
        """
        if self.selects_nothing:
            return False
        return matches_labels(self.required_labels, workload.labels) and self.shares_namespace(workload)
