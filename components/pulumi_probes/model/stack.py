"""The objects that are audited together: workloads, and the Services and PodDisruptionBudgets that select them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias, TypeVar

from msgspec import Struct

from pulumi_probes.model.cached import cached_property
from pulumi_probes.model.errors import MalformedValue, UnknownValue, ValueNotAvailable
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.node import Node
from pulumi_probes.model.selector import matches_labels, matches_selector
from pulumi_probes.model.selector_index import Selecting, SelectorIndex
from pulumi_probes.model.workload import Workload


class ServicePort(Struct, frozen=True):
    """An entry of a Service's `ports`: the target port in the pods, a number or a name, and its own name."""

    target: int | str
    name: str | None


class Service(Selecting):
    """A Service, as rules see it."""

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
        return self.spec.text("type", "") or "ClusterIP"

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
            found.append(ServicePort(target or port.integer("port"), port.optional_text("name")))
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


class DisruptionBudget(Selecting):
    """A PodDisruptionBudget, as rules see it."""

    @property
    def unhealthy_pod_eviction_policy(self) -> str:
        """`IfHealthyBudget` or `AlwaysAllow`: whether a running pod that is not Ready can always be evicted."""
        return self.spec.text("unhealthyPodEvictionPolicy", "") or "IfHealthyBudget"

    @property
    def required_labels(self) -> Node:
        """The `matchLabels` of its selector."""
        return self.spec["selector"]["matchLabels"]

    @property
    def has_expressions(self) -> bool:
        """Whether its selector has `matchExpressions` in addition to labels."""
        return self.spec["selector"].has("matchExpressions")

    @property
    def selects_nothing(self) -> bool:
        """Whether it selects no pods; an empty selector matches the whole namespace in policy/v1, nothing before it."""
        selector = self.spec["selector"]
        return not selector.is_set or (self.reference.api_version != "policy/v1" and not selector.keys())

    def selects(self, workload: Workload) -> bool:
        """Whether it selects the pods of `workload`; raises the errors of `Service.selects`."""
        if self.selects_nothing:
            return False
        return matches_selector(self.spec["selector"], workload.labels) and self.shares_namespace(workload)


class Stack(Struct, frozen=True, dict=True):
    """The objects that are deployed together.

    Attributes:
        workloads: the pod specifications; one object may have several of them.
        services: the Services of the core API.
        others: the manifests of all other objects.
        disruption_budgets: the PodDisruptionBudgets among the others.
    """

    workloads: tuple[Workload, ...]
    services: tuple[Service, ...] = ()
    others: tuple[Manifest, ...] = ()
    disruption_budgets: tuple[DisruptionBudget, ...] = ()

    def services_of(self, workload: Workload, *, where: Callable[[Service], bool] | None = None) -> Iterator[Service]:
        """The Services that select the pods of `workload`, in the order of the stack.

        Args:
            workload: a workload of this stack.
            where: only consider Services that meet this condition. It must be a function of a module, because the
                result is cached for it.

        Raises:
            UnknownValue: it is not known before deployment whether a Service selects the pods. Raised after all
                Services that certainly do, so that one unknown Service does not hide the others.
        """
        index = _index(self._service_indexes, self.services, where)
        return _those_that(lambda service: service.selects(workload), index.candidates(workload))

    def budgets_of(
        self, workload: Workload, *, where: Callable[[DisruptionBudget], bool] | None = None
    ) -> Iterator[DisruptionBudget]:
        """The PodDisruptionBudgets that select the pods of `workload`; arguments and errors as in `services_of`."""
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
            # A path without an object is relative to the workload, so the object is named for any other path.
            own = candidate.spec.is_unknown or blocked.path.segments[:2] in (("spec", "selector"), ("spec", "type"))
            problem = problem or (UnknownValue(blocked.path, of=str(candidate.reference)) if own else blocked)
        except MalformedValue as blocked:
            problem = problem or blocked
        else:
            if fits:
                yield candidate
    if problem is not None:
        raise problem
