"""The cost of a stack's probes on a node, probe by probe, and the cost of alternatives."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import add

from msgspec import Struct

from pulumi_probes.cost.attempt import NOTHING, AttemptCost, Mechanism, mechanism_of
from pulumi_probes.cost.figures import CostFigures, measured_figures
from pulumi_probes.cost.replicas import Replicas
from pulumi_probes.cost.scaling import Scaling
from pulumi_probes.model.errors import MalformedValue, ValueNotAvailable
from pulumi_probes.model.finding import ResourceReference
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.workload import Container, Workload


class ProbeLoad(Struct, frozen=True):
    """One probe, in all pods of a workload on an average node.

    Attributes:
        container: the name of the container, if it is known.
        kind: startup, readiness or liveness.
        mechanism: how it performs its check.
        period_seconds: seconds between attempts.
        attempts: attempts per second.
        cost: CPU time in thousandths of a CPU.
    """

    container: str | None
    kind: ProbeKind
    mechanism: Mechanism
    period_seconds: int
    attempts: float
    cost: AttemptCost

    @property
    def ends(self) -> bool:
        """Whether it runs only until the container has started."""
        return self.kind is ProbeKind.STARTUP


class WorkloadLoad(Struct, frozen=True):
    """All probes of a workload on an average node.

    Attributes:
        resource: the workload.
        replicas: the number of its pods.
        probes: its probes, in the order of its containers.
    """

    resource: ResourceReference
    replicas: Replicas
    probes: tuple[ProbeLoad, ...]

    @property
    def lasting(self) -> tuple[ProbeLoad, ...]:
        """The probes that run as long as their pods do."""
        return tuple(probe for probe in self.probes if not probe.ends)

    @property
    def cost(self) -> AttemptCost:
        """The cost of the lasting probes in thousandths of a CPU."""
        return total(self.lasting)


class Uncounted(Struct, frozen=True):
    """A workload, container or probe whose cost cannot be determined.

    Attributes:
        resource: the workload.
        problem: the value that cannot be read.
    """

    resource: ResourceReference
    problem: ValueNotAvailable

    @property
    def is_malformed(self) -> bool:
        """Whether the manifest is invalid, so that no cluster would accept it either."""
        return isinstance(self.problem, MalformedValue)


class StackLoad(Struct, frozen=True):
    """All probes of a stack on an average node.

    Attributes:
        nodes: the number of nodes that the pods are spread over.
        figures: the figures that the costs are computed with.
        workloads: the workloads that have probes, in the order of the manifests.
        uncounted: what the costs do not include.
    """

    nodes: int
    figures: CostFigures
    workloads: tuple[WorkloadLoad, ...]
    uncounted: tuple[Uncounted, ...]

    @property
    def probes(self) -> tuple[ProbeLoad, ...]:
        """All probes."""
        return tuple(probe for workload in self.workloads for probe in workload.probes)

    @property
    def lasting(self) -> tuple[ProbeLoad, ...]:
        """The probes that run as long as their pods do."""
        return tuple(probe for probe in self.probes if not probe.ends)

    @property
    def pods(self) -> float:
        """The number of pods with probes on an average node."""
        return sum(workload.replicas.on_a_node(self.nodes) for workload in self.workloads)

    @property
    def cost(self) -> AttemptCost:
        """The cost of the lasting probes in thousandths of a CPU."""
        return total(self.lasting)

    @property
    def starting(self) -> AttemptCost:
        """The additional cost of startup probes while all pods start at once, in thousandths of a CPU."""
        return total(tuple(probe for probe in self.probes if probe.ends))

    def by_mechanism(self) -> Iterator[tuple[Mechanism, tuple[ProbeLoad, ...]]]:
        """The lasting probes by mechanism; mechanisms without probes are left out."""
        lasting = self.lasting
        for mechanism in Mechanism:
            found = tuple(probe for probe in lasting if probe.mechanism is mechanism)
            if found:
                yield mechanism, found

    def otherwise(self, mechanism: Mechanism) -> AttemptCost:
        """The cost if every lasting probe used this mechanism, in thousandths of a CPU."""
        return self.figures[mechanism] * sum(probe.attempts for probe in self.lasting)


def total(probes: tuple[ProbeLoad, ...]) -> AttemptCost:
    """The cost of several probes."""
    return reduce(add, (probe.cost for probe in probes), NOTHING)


def load_of(stack: Stack, *, nodes: int = 1, figures: CostFigures | None = None) -> StackLoad:
    """The cost of a stack's probes on an average node.

    Pods of Jobs count as if they always ran, and workloads with an autoscaler have its maximum of replicas. A probe is
    attempted once per period; additional attempts of a failing readiness probe are not included.

    Args:
        stack: all objects that are deployed together.
        nodes: the number of nodes that the pods are spread over, at least 1.
        figures: the costs of an attempt; the measured ones if None.
    """
    figures = figures if figures is not None else measured_figures()
    workloads: list[WorkloadLoad] = []
    uncounted: list[Uncounted] = []
    scaling = Scaling(stack)
    for workload in stack.workloads:
        if scaling.made(workload):
            continue
        uncounted += [Uncounted(workload.reference, problem) for problem in workload.unreadable]
        if not any(_has_probes(container) for container in workload.probed_containers):
            continue
        try:
            replicas = scaling.replicas_of(workload)
        except ValueNotAvailable as problem:
            uncounted.append(Uncounted(workload.reference, problem))
            continue
        found = list(_probes(workload, replicas.on_a_node(nodes), figures))
        uncounted += [entry for entry in found if isinstance(entry, Uncounted)]
        probes = tuple(entry for entry in found if isinstance(entry, ProbeLoad))
        workloads.append(WorkloadLoad(workload.reference, replicas, probes))
    return StackLoad(nodes, figures, tuple(workloads), tuple(uncounted))


def _has_probes(container: Container) -> bool:
    try:
        return any(container.has_probe(kind) for kind in ProbeKind)
    except ValueNotAvailable:
        return True


def _probes(workload: Workload, pods: float, figures: CostFigures) -> Iterator[ProbeLoad | Uncounted]:
    for container in workload.probed_containers:
        for kind in ProbeKind:
            try:
                probe = container.probe(kind)
                if probe is None:
                    continue
                mechanism, period = mechanism_of(probe), probe.period_seconds
                if mechanism is None:
                    raise MalformedValue(probe.path, "must have exactly one handler")
            except ValueNotAvailable as problem:
                yield Uncounted(workload.reference, problem)
                continue
            attempts = pods / max(1, period)
            yield ProbeLoad(
                container=container.display_name,
                kind=kind,
                mechanism=mechanism,
                period_seconds=period,
                attempts=attempts,
                cost=figures[mechanism] * attempts,
            )
