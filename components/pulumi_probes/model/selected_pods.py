"""The pods that each Service selects, noted workload by workload.

An audit releases a workload before it reads the next one, and several processes share the workloads. So what rules
about Services need to know of all pods is noted while workloads are audited, and joined at the end.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct, field

from pulumi_probes.model.defaults import DEFAULT_NAMESPACE
from pulumi_probes.model.errors import UnknownValue, ValueNotAvailable
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.service import Service
from pulumi_probes.model.suggestions import closest
from pulumi_probes.model.values import UNKNOWN, revealed
from pulumi_probes.model.workload import Workload

_SET_AT_RUN_TIME: Final = frozenset(
    {
        *("apps.kubernetes.io/pod-index", "controller-revision-hash", "statefulset.kubernetes.io/pod-name"),
        *(
            "batch.kubernetes.io/controller-uid",
            "batch.kubernetes.io/job-completion-index",
            "batch.kubernetes.io/job-name",
        ),
        *("controller-uid", "job-name", "pod-template-generation", "pod-template-hash", "rollouts-pod-template-hash"),
        *("leaderworkerset.sigs.k8s.io/group-index", "leaderworkerset.sigs.k8s.io/name"),
        "leaderworkerset.sigs.k8s.io/worker-index",
    }
)
"""Labels that controllers add to the pods of a template."""

_MOST_VALUES: Final = 20

NamedPort = tuple[str, str]
"""The name of a port and its protocol."""


_Place = tuple[str, str, str]
"""A namespace, the name of a label, and a file or a directory."""


class PodNotes(Struct):
    """Notes about the pods of some workloads; a selector is known by its position among all of them.

    Attributes:
        selected: the number of workloads whose pods a selector selects.
        ports: the named target ports of its Services that some selected container declares.
        unreadable: the selectors of pods whose ports are not known.
        labels: the namespaces, the names of labels that pods have and Services require, and the files of the pods.
        idle: the same, with directories in place of files, for pods that no Service selects although they declare
            ports: the first values of the label, each with a workload and its file.
        added: the namespaces and the named ports of patches, which other pods may have.
        unknown: the namespaces with pods whose labels are not known before deployment; None for an unknown namespace.
    """

    selected: Counter[int] = field(default_factory=Counter[int])
    ports: set[tuple[int, NamedPort]] = field(default_factory=set[tuple[int, NamedPort]])
    unreadable: set[int] = field(default_factory=set[int])
    labels: set[_Place] = field(default_factory=set["_Place"])
    idle: dict[_Place, dict[str, tuple[str, str]]] = field(default_factory=dict["_Place", dict[str, tuple[str, str]]])
    added: set[tuple[str, NamedPort]] = field(default_factory=set[tuple[str, NamedPort]])
    unknown: set[str | None] = field(default_factory=set["str | None"])

    def extend(self, other: PodNotes) -> None:
        """Join with what was noted about other workloads."""
        self.selected.update(other.selected)
        self.ports |= other.ports
        self.unreadable |= other.unreadable
        self.labels |= other.labels
        self.added |= other.added
        for place, values in other.idle.items():
            for value, workload in values.items():
                self.add_idle(place, value, workload)
        self.unknown |= other.unknown

    def add_idle(self, place: _Place, value: str, workload: tuple[str, str]) -> None:
        """Note a value of a label, unless there are already many."""
        values = self.idle.setdefault(place, {})
        if len(values) < _MOST_VALUES:
            values.setdefault(value, workload)


class ServicePods(Struct, frozen=True):
    """The pods of a Service.

    Attributes:
        workloads: the number of workloads whose pods it selects.
        ports: its named target ports that some of these pods declare.
        has_unreadable_ports: whether some of their ports are not known.
        has_similar_pods: whether pods of its namespace in the same file have a label of the same name as one that it
            requires.
        idle: a workload with such pods that no Service selects, although they declare ports; in another file of the
            directory, only if the value of the label is the same or similar. None if there is none.
    """

    workloads: int
    ports: frozenset[NamedPort]
    has_unreadable_ports: bool
    has_similar_pods: bool
    idle: str | None


class _Wanted(Struct, frozen=True):
    """The labels of one or more Services of a namespace, and their named target ports."""

    namespace: str
    labels: dict[str, str]
    ports: set[NamedPort]


class PodSelector:
    """Finds the Services of a stack that select the pods of a workload; those with the same selector count as one."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._positions: dict[int, int | ValueNotAvailable | None] = {}
        self._wanted: list[_Wanted] = []
        known: dict[tuple[str, frozenset[tuple[str, str]]], int] = {}
        for service in services:
            try:
                self._positions[id(service)] = self._add(service, known)
            except ValueNotAvailable as problem:
                self._positions[id(service)] = problem
        frequency = Counter((wanted.namespace, *label) for wanted in self._wanted for label in wanted.labels.items())
        self._names: dict[str, set[str]] = {}
        self._filed: dict[tuple[str, str, str], list[tuple[int, _Wanted]]] = {}
        for position, wanted in enumerate(self._wanted):
            self._names.setdefault(wanted.namespace, set()).update(wanted.labels)
            # By the rarest label, so that one that every object has does not slow down the search.
            key = min(((wanted.namespace, *label) for label in wanted.labels.items()), key=frequency.__getitem__)
            self._filed.setdefault(key, []).append((position, wanted))

    def _add(self, service: Service, known: dict[tuple[str, frozenset[tuple[str, str]]], int]) -> int | None:
        """The position of what a Service wants; None if it selects no pods by labels of their template."""
        if service.selects_nothing:
            return None
        required = service.required_labels
        names = [name for name in required.keys() if name not in _SET_AT_RUN_TIME]  # noqa: SIM118 - a Node
        labels = {name: required.text(name) for name in names}
        if not labels:
            return None
        namespace = service.namespace or DEFAULT_NAMESPACE
        ports = _named_ports(service)
        position = known.setdefault((namespace, frozenset(labels.items())), len(self._wanted))
        if position == len(self._wanted):
            self._wanted.append(_Wanted(namespace, labels, set()))
        self._wanted[position].ports.update(ports)
        return position

    def note(self, workload: Workload, notes: PodNotes) -> None:
        """Note what the pods of a workload mean for the Services."""
        if not self._wanted:
            return
        try:
            namespace = workload.namespace or DEFAULT_NAMESPACE
        except ValueNotAvailable:
            notes.unknown.add(None)
            return
        names = self._names.get(namespace)
        if names is None:
            return
        labels = revealed(workload.labels.value)
        if workload.is_partial or not labels:
            # Without labels, a template is a patch that nothing marks as one.
            notes.added.update((namespace, port) for port in _declared(workload))
        own: dict[str, Any] = {}
        if isinstance(labels, dict):
            own = {name: revealed(labels[name]) for name in labels if name in names}
        if labels is UNKNOWN or UNKNOWN in own.values():
            notes.unknown.add(namespace)
        is_selected = self._note_services(workload, namespace, own, notes)
        if own and not workload.is_guessed and not workload.is_partial:
            _note_labels(workload, namespace, own, notes, is_idle=not is_selected and not workload.is_job)

    def _note_services(self, workload: Workload, namespace: str, own: Mapping[str, Any], notes: PodNotes) -> bool:
        """Whether some Service selects the pods."""
        is_selected = False
        for name, value in own.items():
            if isinstance(value, str):
                for position, wanted in self._filed.get((namespace, name, value), ()):
                    if wanted.labels.items() <= own.items():
                        is_selected = True
                        _note_selected(workload, position, wanted, notes)
        return is_selected

    def pods_of(self, service: Service, notes: PodNotes) -> ServicePods:
        """The pods of a Service, by what was noted about all workloads; raises the errors of `Stack.pods_of`."""
        position = self._positions[id(service)]
        if isinstance(position, ValueNotAvailable):
            raise position
        if position is None:
            return ServicePods(0, frozenset(), has_unreadable_ports=True, has_similar_pods=False, idle=None)
        wanted = self._wanted[position]
        selected = notes.selected[position]
        if not selected and not notes.unknown.isdisjoint({None, wanted.namespace}):
            raise UnknownValue(FieldPath(("metadata", "labels")), of="a workload that it may select")
        unit = _unit(service)
        return ServicePods(
            selected,
            frozenset(
                port
                for port in _named_ports(service)
                if (position, port) in notes.ports or (wanted.namespace, port) in notes.added
            ),
            has_unreadable_ports=position in notes.unreadable,
            has_similar_pods=any((wanted.namespace, name, unit) in notes.labels for name in wanted.labels),
            idle=None if selected else _idle(wanted, unit, notes),
        )


def _directory(unit: str) -> str:
    return os.path.dirname(unit)  # noqa: PTH120 - paths stay as typed


def _unit(item: Workload | Service) -> str:
    source = item.manifest.source
    return "" if source is None else source.unit


def _note_labels(workload: Workload, namespace: str, own: Mapping[str, Any], notes: PodNotes, *, is_idle: bool) -> None:
    unit = _unit(workload)
    notes.labels.update((namespace, name, unit) for name in own)
    if is_idle and workload.known_ports:
        for name, value in own.items():
            if isinstance(value, str):
                notes.add_idle((namespace, name, _directory(unit)), value, (str(workload.reference), unit))


def _declared(workload: Workload) -> Iterator[NamedPort]:
    """The named ports of the containers that may serve requests."""
    for container in workload.probed_containers:
        for port in container.known_ports:
            if port.name is not None:
                yield port.name, port.protocol


def _idle(wanted: _Wanted, unit: str, notes: PodNotes) -> str | None:
    """The workload that a Service without pods is probably meant for."""
    for name, value in wanted.labels.items():
        values = notes.idle.get((wanted.namespace, name, _directory(unit)), {})
        for workload, file in values.values():
            if file == unit:
                return workload
        similar = closest(value, values)
        if similar is not None:
            return values[similar][0]
    return None


def _note_selected(workload: Workload, position: int, wanted: _Wanted, notes: PodNotes) -> None:
    notes.selected[position] += 1
    if not wanted.ports:
        return
    declared = workload.known_ports
    for port in wanted.ports:
        if any(found.protocol == port[1] for _, found in declared.get(port[0], ())):
            notes.ports.add((position, port))
    if not workload.is_complete or workload.is_guessed or _hides_ports(workload):
        notes.unreadable.add(position)


def _hides_ports(workload: Workload) -> bool:
    """Whether a container or a port cannot be read."""
    if workload.unreadable:
        return True
    try:
        for container in workload.probed_containers:
            _ = container.ports
    except ValueNotAvailable:
        return True
    return False


def _named_ports(service: Service) -> list[NamedPort]:
    return [(port.target, port.protocol) for port in service.ports if isinstance(port.target, str)]
