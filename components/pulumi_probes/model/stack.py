"""What is judged together: the workloads of a stack, the Services that select them, and what else looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from pulumi_probes.model.errors import MalformedValue, UnknownValue, ValueNotAvailable
from pulumi_probes.model.finding import ResourceReference
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.node import Node
from pulumi_probes.model.selector import matches_labels, matches_selector
from pulumi_probes.model.workload import Workload


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One entry of a Service's `ports`: where in the pods it leads to, a number or a name, and what it is called."""

    target: int | str
    name: str | None


class Selecting:
    """An object that selects pods of its own namespace."""

    def __init__(self, manifest: Manifest, reference: ResourceReference) -> None:
        self.manifest = manifest
        self.reference = reference
        self.node = Node(manifest.content)

    @cached_property
    def spec(self) -> Node:
        """The object's `spec`."""
        return self.node["spec"]

    @cached_property
    def namespace(self) -> str | None:
        """The namespace, None when it is left to the provider."""
        return self.node["metadata"].optional_text("namespace")

    def shares_namespace(self, workload: Workload) -> bool:
        """Whether both stand in one namespace; raises as `Node.text` does."""
        return (self.namespace or "default") == (workload.namespace or "default")


class Service(Selecting):
    """A Kubernetes Service, as rules look at it."""

    @property
    def selector(self) -> dict[str, str]:
        """The labels it selects; empty selects nothing."""
        return self.spec.text_map("selector")

    @property
    def type(self) -> str:
        """`ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`."""
        return self.spec.text("type", "") or "ClusterIP"

    @property
    def is_headless(self) -> bool:
        """Whether it only gives names to its pods, without an address of its own."""
        return self.spec.optional_text("clusterIP") == "None"

    @property
    def publishes_not_ready(self) -> bool:
        """Whether pods are its endpoints before they are Ready."""
        return self.spec.boolean("publishNotReadyAddresses", default=False)

    @cached_property
    def ports(self) -> tuple[ServicePort, ...]:
        """Its ports."""
        found: list[ServicePort] = []
        for port in self.spec.items("ports"):
            target = port.integer_or_text("targetPort")
            found.append(ServicePort(target or port.integer("port"), port.optional_text("name")))
        return tuple(found)

    @property
    def target_ports(self) -> tuple[int | str, ...]:
        """The ports of the pods it sends traffic to, numbers or names."""
        return tuple(port.target for port in self.ports)

    def selects(self, workload: Workload) -> bool:
        """Whether it sends traffic to the pods of `workload`.

        Raises:
            UnknownValue: selector, labels or namespaces are not known before deployment, and what is known fits.
        """
        selector = self.spec["selector"]
        # Unlike a label selector an empty one selects nothing.
        if not selector.keys() or self.type == "ExternalName":
            return False
        return matches_labels(selector, workload.labels) and self.shares_namespace(workload)


class DisruptionBudget(Selecting):
    """A PodDisruptionBudget, as rules look at it."""

    @property
    def unhealthy_pod_eviction_policy(self) -> str:
        """`IfHealthyBudget` or `AlwaysAllow`: whether a running pod that is not Ready may always be evicted."""
        return self.spec.text("unhealthyPodEvictionPolicy", "") or "IfHealthyBudget"

    def selects(self, workload: Workload) -> bool:
        """Whether it counts the pods of `workload`; raises as `Service.selects` does."""
        selector = self.spec["selector"]
        if not selector.is_set:
            return False
        # In policy/v1 an empty selector takes the whole namespace, before it took nothing.
        if self.reference.api_version != "policy/v1" and not selector.keys():
            return False
        return matches_selector(selector, workload.labels) and self.shares_namespace(workload)


_SelectingT = TypeVar("_SelectingT", Service, DisruptionBudget)


@dataclass(frozen=True)
class Stack:
    """The objects that are deployed together.

    Attributes:
        workloads: what has a pod specification; one object may be several of them.
        services: the Services of the core API.
        others: the manifests of everything else.
        disruption_budgets: those of the others that are PodDisruptionBudgets.
    """

    workloads: tuple[Workload, ...]
    services: tuple[Service, ...] = ()
    others: tuple[Manifest, ...] = ()
    disruption_budgets: tuple[DisruptionBudget, ...] = ()

    def services_of(self, workload: Workload) -> Iterator[Service]:
        """The Services that select the pods of `workload`.

        Raises:
            UnknownValue: whether a Service selects them is not known before deployment. It comes after those that are
                known to, so that one unknown Service hides no other.
        """
        return _those_that(lambda service: service.selects(workload), self.services)

    def budgets_of(self, workload: Workload) -> Iterator[DisruptionBudget]:
        """The PodDisruptionBudgets that count the pods of `workload`; raises as `services_of` does."""
        return _those_that(lambda budget: budget.selects(workload), self.disruption_budgets)


def _those_that(test: Callable[[_SelectingT], bool], candidates: Iterable[_SelectingT]) -> Iterator[_SelectingT]:
    problem: ValueNotAvailable | None = None
    for candidate in candidates:
        try:
            fits = test(candidate)
        except UnknownValue as blocked:
            # A path is taken for one of the workload, unless the object is named.
            own = candidate.spec.is_unknown or blocked.path.segments[:2] in (("spec", "selector"), ("spec", "type"))
            problem = problem or (UnknownValue(blocked.path, of=str(candidate.reference)) if own else blocked)
        except MalformedValue as blocked:
            problem = problem or blocked
        else:
            if fits:
                yield candidate
    if problem is not None:
        raise problem
