"""An index of the objects that may select the pods of a workload, by namespace and label."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from heapq import merge
from operator import itemgetter
from typing import Generic, TypeAlias, TypeVar

from pulumi_probes.model.cached import cached_property
from pulumi_probes.model.defaults import DEFAULT_NAMESPACE
from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.finding import ResourceReference
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.node import Node
from pulumi_probes.model.workload import Workload


class Selecting(ABC):
    """An object that selects pods of its namespace by their labels."""

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
        """The namespace; None if it is left to the provider. Raises the errors of `Node.text`."""
        return self.node["metadata"].optional_text("namespace")

    @property
    @abstractmethod
    def selects_nothing(self) -> bool:
        """Whether it selects no pods, whatever their labels."""

    @property
    @abstractmethod
    def required_labels(self) -> Node:
        """The labels that a pod must have to be selected."""

    @property
    def has_expressions(self) -> bool:
        """Whether a pod must match `matchExpressions` in addition to these labels."""
        return False

    def shares_namespace(self, workload: Workload) -> bool:
        """Whether both are in the same namespace; raises the errors of `Node.text`."""
        return (self.namespace or DEFAULT_NAMESPACE) == (workload.namespace or DEFAULT_NAMESPACE)


_SelectingT = TypeVar("_SelectingT", bound=Selecting)

_Numbered: TypeAlias = "list[tuple[int, _SelectingT]]"
"""Objects with their position in the stack."""


class SelectorIndex(Generic[_SelectingT]):
    """The objects of one kind in a stack, indexed to find those that may select a workload.

    Objects are indexed by their namespace and the rarest of their required labels, so that a label that every object
    carries does not slow down the search. An object whose labels are not known before deployment always remains a
    candidate.
    """

    def __init__(self, objects: Iterable[_SelectingT]) -> None:
        # With their positions, because candidates are returned in the order of the stack.
        self._by_label: dict[str | None, dict[str, dict[str, _Numbered[_SelectingT]]]] = {}
        self._unfiled: defaultdict[str | None, _Numbered[_SelectingT]] = defaultdict(list)
        filed = [
            (number, item, _namespace_of(item), _required(item))
            for number, item in enumerate(objects)
            if not _selects_nothing(item)
        ]
        frequency = Counter((namespace, label) for _, _, namespace, labels in filed for label in (labels or {}).items())
        opaque: set[str | None] = set()
        for number, item, namespace, labels in filed:
            if labels:
                name, value = min(labels.items(), key=lambda label: frequency[namespace, label])
                names = self._by_label.setdefault(namespace, {})
                names.setdefault(name, {}).setdefault(value, []).append((number, item))
            elif labels is not None:
                self._unfiled[namespace].append((number, item))
            elif namespace not in opaque:
                # One object with unknown labels already makes the result unknown, so others can be left out.
                opaque.add(namespace)
                self._unfiled[namespace].append((number, item))
        self._everything = [(number, item) for number, item, _, _ in filed]

    def candidates(self, workload: Workload) -> Iterator[_SelectingT]:
        """The objects that may select the pods of `workload`, in the order of the stack."""
        # Merged lazily, because most rules stop at the first object.
        for _, item in merge(*self._filed(workload), key=itemgetter(0)):
            yield item

    def _filed(self, workload: Workload) -> Iterator[_Numbered[_SelectingT]]:
        try:
            namespaces = {workload.namespace or DEFAULT_NAMESPACE, None}
        except ValueNotAvailable:
            yield self._everything
            return
        for namespace in namespaces:
            yield from self._in_namespace(namespace, workload)

    def _in_namespace(self, namespace: str | None, workload: Workload) -> Iterator[_Numbered[_SelectingT]]:
        if namespace in self._unfiled:
            yield self._unfiled[namespace]
        by_label = self._by_label.get(namespace)
        if by_label is None:
            return
        labels = workload.labels
        try:
            names = labels.keys()
        except ValueNotAvailable:
            names = tuple(by_label)
        for name in names:
            by_value = by_label.get(name)
            if by_value is None:
                continue
            try:
                value = labels.text(name)
            except ValueNotAvailable:
                yield from by_value.values()
            else:
                if value in by_value:
                    yield by_value[value]


def _namespace_of(item: Selecting) -> str | None:
    """The namespace in which an object selects; None if it is not known before deployment."""
    try:
        return item.namespace or DEFAULT_NAMESPACE
    except ValueNotAvailable:
        return None


def _selects_nothing(item: Selecting) -> bool:
    try:
        return item.selects_nothing
    except ValueNotAvailable:
        return False


def _required(item: Selecting) -> dict[str, str] | None:
    """The required labels that are known; None if labels are required but all of them are unknown."""
    known: dict[str, str] = {}
    try:
        wanted = item.required_labels
        names = wanted.keys()
    except ValueNotAvailable:
        return None
    for name in names:
        with suppress(ValueNotAvailable):
            known[name] = wanted.text(name)
    return known if known or not names or item.has_expressions else None
