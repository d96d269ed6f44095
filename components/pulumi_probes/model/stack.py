"""What is judged together: the workloads of a stack and the Services that select them."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_probes.model.finding import ResourceReference
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.node import Node
from pulumi_probes.model.workload import Workload


class Service:
    """A Kubernetes Service, as rules look at it."""

    def __init__(self, manifest: Manifest, reference: ResourceReference) -> None:
        self.manifest = manifest
        self.reference = reference
        self.node = Node(manifest.content)

    @property
    def selector(self) -> dict[str, str]:
        """The labels it selects; empty selects nothing."""
        return self.node["spec"].text_map("selector")

    @property
    def target_ports(self) -> tuple[int | str, ...]:
        """The ports of the pods it sends traffic to, numbers or names."""
        targets: list[int | str] = []
        for port in self.node["spec"].items("ports"):
            target = port.integer_or_text("targetPort")
            targets.append(port.integer("port") if target is None or target == 0 else target)
        return tuple(targets)

    def selects(self, workload: Workload) -> bool:
        """Whether it sends traffic to the pods of `workload`.

        Raises:
            UnknownValue: selector, labels or namespaces are not known before deployment.
        """
        selector = self.selector
        if not selector or workload.is_job:
            return False
        if (self.namespace or "default") != (workload.namespace or "default"):
            return False
        labels = workload.pod_metadata.text_map("labels")
        return all(labels.get(name) == value for name, value in selector.items())

    @property
    def namespace(self) -> str | None:
        """The namespace, None when it is left to the provider."""
        return self.node["metadata"].optional_text("namespace")


@dataclass(frozen=True)
class Stack:
    """The objects that are deployed together."""

    workloads: tuple[Workload, ...]
    services: tuple[Service, ...] = ()
    others: tuple[Manifest, ...] = ()

    def services_of(self, workload: Workload) -> tuple[Service, ...]:
        """The Services that select the pods of `workload`; raises as `Service.selects` does."""
        return tuple(service for service in self.services if service.selects(workload))
