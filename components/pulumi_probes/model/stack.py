"""What is judged together: the workloads of a stack, the Services that select them, and what else looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, TypeVar

from pulumi_probes.model.errors import MalformedValue, UnknownValue, ValueNotAvailable
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.node import Node
from pulumi_probes.model.selector import matches_labels, matches_selector
from pulumi_probes.model.selector_index import Selecting, SelectorIndex
from pulumi_probes.model.workload import Workload


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One entry of a Service's `ports`: where in the pods it leads to, a number or a name, and what it is called."""

    target: int | str
    name: str | None


class Service(Selecting):
    """A Kubernetes Service, as rules look at it."""

    @property
    def required_labels(self) -> Node:
        """The labels of the pods that it selects."""
        return self.spec["selector"]

    @property
    def selects_nothing(self) -> bool:
        """Whether it has no selector, or ignores it; unlike a label selector an empty one selects nothing."""
        return not self.required_labels.keys() or self.type == "ExternalName"

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
        if self.selects_nothing:
            return False
        return matches_labels(self.required_labels, workload.labels) and self.shares_namespace(workload)


class DisruptionBudget(Selecting):
    """A PodDisruptionBudget, as rules look at it."""

    @property
    def unhealthy_pod_eviction_policy(self) -> str:
        """`IfHealthyBudget` or `AlwaysAllow`: whether a running pod that is not Ready may always be evicted."""
        return self.spec.text("unhealthyPodEvictionPolicy", "") or "IfHealthyBudget"

    @property
    def required_labels(self) -> Node:
        """The `matchLabels` of its selector."""
        return self.spec["selector"]["matchLabels"]

    @property
    def has_expressions(self) -> bool:
        """Whether its selector has `matchExpressions` beside the labels."""
        return self.spec["selector"].has("matchExpressions")

    @property
    def selects_nothing(self) -> bool:
        """Whether it has no selector; in policy/v1 an empty one takes the whole namespace, before it took nothing."""
        selector = self.spec["selector"]
        return not selector.is_set or (self.reference.api_version != "policy/v1" and not selector.keys())

    def selects(self, workload: Workload) -> bool:
        """Whether it counts the pods of `workload`; raises as `Service.selects` does."""
        if self.selects_nothing:
            return False
        return matches_selector(self.spec["selector"], workload.labels) and self.shares_namespace(workload)


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

    def services_of(self, workload: Workload, *, where: Callable[[Service], bool] | None = None) -> Iterator[Service]:
        """The Services that select the pods of `workload`, in the order of the stack.

        Args:
            workload: a workload of this stack.
            where: leaves out the Services for which it is false, without looking at them for each workload. Pass a
                function of a module: what it says is kept for the next workload.

        Raises:
            UnknownValue: whether a Service selects them is not known before deployment. It comes after those that are
                known to, so that one unknown Service hides no other.
        """
        index = _index(self._service_indexes, self.services, where)
        return _those_that(lambda service: service.selects(workload), index.candidates(workload))

    def budgets_of(
        self, workload: Workload, *, where: Callable[[DisruptionBudget], bool] | None = None
    ) -> Iterator[DisruptionBudget]:
        """The PodDisruptionBudgets that count the pods of `workload`; takes and raises what `services_of` does."""
        index = _index(self._budget_indexes, self.disruption_budgets, where)
        return _those_that(lambda budget: budget.selects(workload), index.candidates(workload))

    @cached_property
    def _service_indexes(self) -> _Indexes[Service]:
        return {}

    @cached_property
    def _budget_indexes(self) -> _Indexes[DisruptionBudget]:
        return {}


_SelectingT = TypeVar("_SelectingT", Service, DisruptionBudget)

_Indexes: TypeAlias = "dict[Callable[[_SelectingT], bool] | None, SelectorIndex[_SelectingT]]"


def _index(
    indexes: _Indexes[_SelectingT], objects: Iterable[_SelectingT], where: Callable[[_SelectingT], bool] | None
) -> SelectorIndex[_SelectingT]:
    if where not in indexes:
        chosen = objects if where is None else [item for item in objects if _may_be(where, item)]
        indexes[where] = SelectorIndex(chosen)
    return indexes[where]


def _may_be(condition: Callable[[_SelectingT], bool], item: _SelectingT) -> bool:
    try:
        return condition(item)
    except ValueNotAvailable:
        return True


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
