"""The objects that are audited together: workloads, and the Services and PodDisruptionBudgets that select them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from pulumi_probes.model.autoscaler import Autoscaler, ScaledName, autoscalers_by_target, scaled_name
from pulumi_probes.model.cached import cached_property
from pulumi_probes.model.errors import MalformedValue, UnknownValue, ValueNotAvailable
from pulumi_probes.model.finding import ResourceReference
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.node import Node
from pulumi_probes.model.selected_pods import PodNotes, PodSelector, ServicePods
from pulumi_probes.model.selector import matches_selector
from pulumi_probes.model.selector_index import Selecting, SelectorIndex
from pulumi_probes.model.service import Service, ServicePort
from pulumi_probes.model.workload import Workload

__all__ = ["DisruptionBudget", "Service", "ServicePort", "Stack"]


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
        autoscalers: the HorizontalPodAutoscalers and ScaledObjects among the others.
        pod_notes: what was noted about the pods of workloads that are not in it; None if all of them are.
    """

    workloads: tuple[Workload, ...]
    services: tuple[Service, ...] = ()
    others: tuple[Manifest, ...] = ()
    disruption_budgets: tuple[DisruptionBudget, ...] = ()
    autoscalers: tuple[tuple[Manifest, ResourceReference], ...] = ()
    pod_notes: PodNotes | None = None

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

    def autoscaler_of(self, workload: Workload) -> Autoscaler | None:
        """The autoscaler that sets the number of replicas of `workload`; None if none in this stack does."""
        return self._autoscaler_index.get(scaled_name(workload.reference)) if self.autoscalers else None

    def pods_of(self, service: Service) -> ServicePods:
        """The pods that a Service of this stack selects.

        Raises:
            UnknownValue: its labels, or those of workloads that it may select, are not known before deployment.
        """
        return self.pod_selector.pods_of(service, self._noted)

    def with_pods(self, notes: PodNotes) -> Stack:
        """The same objects, with what was noted about the pods of all workloads by the selector of this stack."""
        result = replace(self, pod_notes=notes)
        # A cached value; building it again takes as long as for the first time.
        vars(result)["pod_selector"] = self.pod_selector
        return result

    @cached_property
    def pod_selector(self) -> PodSelector:
        """Finds the Services that select the pods of a workload."""
        return PodSelector(self.services)

    @cached_property
    def _noted(self) -> PodNotes:
        if self.pod_notes is not None:
            return self.pod_notes
        notes = PodNotes()
        for workload in self.workloads:
            self.pod_selector.note(workload, notes)
        return notes

    @cached_property
    def _autoscaler_index(self) -> dict[ScaledName, Autoscaler]:
        return autoscalers_by_target(self.autoscalers)

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
