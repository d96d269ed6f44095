"""The read-only view of a workload that rules look at.

Every property reads the Kubernetes dictionary when it is asked for, with the API server's defaults; one that is not
known before deployment raises `UnknownValue`, one of the wrong type `MalformedValue`. So a rule states its formula and
nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pulumi_probes.model.container import (
    HOOKS,
    LIFECYCLE_HANDLERS,
    PROBE_HANDLERS,
    Container,
    ContainerPort,
    ContainerProbe,
    ContainerRole,
    Handled,
    Hook,
    Located,
)
from pulumi_probes.model.errors import MalformedValue, ValueNotAvailable
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import ResourceReference
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.node import Node
from pulumi_probes.model.probe import DEFAULT_TERMINATION_GRACE_PERIOD_SECONDS, ProbeKind

__all__ = [
    "HOOKS",
    "KUBERNETES_SHAPE",
    "LIFECYCLE_HANDLERS",
    "PROBE_HANDLERS",
    "Container",
    "ContainerPort",
    "ContainerProbe",
    "ContainerRole",
    "Handled",
    "Hook",
    "Located",
    "PodShape",
    "Workload",
]


@dataclass(frozen=True, slots=True)
class PodShape:
    """The names of the fields that hold containers; custom resources have names of their own.

    A dot leads one level down. `single_containers` are fields that hold one container each, such as Argo's `container`;
    the others hold lists.
    """

    containers: tuple[str, ...] = ("containers",)
    single_containers: tuple[str, ...] = ()
    init_containers: tuple[str, ...] = ("initContainers",)
    ephemeral_containers: tuple[str, ...] = ("ephemeralContainers",)


KUBERNETES_SHAPE = PodShape()


class Workload(Located):
    """An object with a pod specification in it: a Deployment, a Pod, a CronJob, a Rollout.

    Attributes:
        manifest: the whole object.
        reference: which object it is.
        pod_spec_path: where in it the pod specification stands.
        is_guessed: whether its kind is unknown and something in it only looks like a pod specification.
        is_job: whether its pods run to an end.
        is_completed: whether its controller fills in what is missing, as Knative does with ports and probes.
        is_overlay: whether its controller lays it over containers that are written elsewhere, as KServe does.
    """

    def __init__(
        self,
        manifest: Manifest,
        reference: ResourceReference,
        pod_spec_path: FieldPath,
        shape: PodShape = KUBERNETES_SHAPE,
        *,
        is_guessed: bool = False,
        is_job: bool = False,
        is_completed: bool = False,
        is_overlay: bool = False,
    ) -> None:
        self.manifest = manifest
        self.reference = reference
        self.is_guessed = is_guessed
        self.is_job = is_job
        self.is_completed = is_completed
        self.is_overlay = is_overlay
        self.top = Node(manifest.content)
        self.pod_spec_path = pod_spec_path
        self._shape = shape
        super().__init__(self.top.reach(pod_spec_path))

    @property
    def kind(self) -> str:
        """The object's kind, without the suffix `Patch`."""
        return self.reference.kind

    @property
    def group(self) -> str:
        """The API group; empty for the core API."""
        return self.reference.api_version.rpartition("/")[0]

    @cached_property
    def namespace(self) -> str | None:
        """The namespace, None when it is left to the provider."""
        return self.top["metadata"].optional_text("namespace")

    @property
    def is_partial(self) -> bool:
        """Whether an absent field says nothing, because this is laid over something: a patch, or an overlay."""
        return self.manifest.is_patch or self.is_overlay

    @property
    def is_complete(self) -> bool:
        """Whether an absent field is absent in the cluster too: no patch or overlay, and no controller fills it in."""
        return not self.is_partial and not self.is_completed

    @property
    def serves(self) -> bool:
        """Whether its pods are meant to run for ever, so that they may get requests."""
        return not self.is_job and self.restart_policy == "Always"

    @property
    def pod_spec(self) -> Node:
        """The pod specification."""
        return self.node

    @cached_property
    def spec(self) -> Node:
        """The object's own `spec`, with replicas, strategy and deadlines."""
        return self.top["spec"]

    @cached_property
    def template_path(self) -> FieldPath:
        """The pod template: it holds `metadata` and `spec`; some custom resources hold everything in one object."""
        segments = self.pod_spec_path.segments
        return FieldPath(segments[:-1]) if segments[-1:] == ("spec",) else self.pod_spec_path

    @cached_property
    def pod_metadata(self) -> Node:
        """The metadata of the pods."""
        return self.top.reach(self.template_path / "metadata")

    @cached_property
    def labels(self) -> Node:
        """The labels of the pods."""
        return self.pod_metadata.reach(FieldPath(("labels",)))

    def annotation(self, name: str) -> str | None:
        """An annotation of the object."""
        return self.top["metadata"]["annotations"].optional_text(name)

    @cached_property
    def termination_grace_period_seconds(self) -> int:
        """The pod's grace period, 30 s when unset."""
        seconds = self.pod_spec.integer(
            "terminationGracePeriodSeconds", DEFAULT_TERMINATION_GRACE_PERIOD_SECONDS, bits=64
        )
        # The API server replaces a negative one of a pod, but not that of a template.
        return 1 if seconds < 0 and self.kind == "Pod" else seconds

    @cached_property
    def restart_policy(self) -> str:
        """`Always`, `OnFailure` or `Never`."""
        return self.pod_spec.text("restartPolicy", "") or "Always"

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """The regular containers."""
        return tuple(self._read(ContainerRole.REGULAR))

    @cached_property
    def init_containers(self) -> tuple[Container, ...]:
        """Plain init containers and sidecars, in the order in which they start."""
        return tuple(self._read(ContainerRole.INIT))

    @cached_property
    def ephemeral_containers(self) -> tuple[Container, ...]:
        """Containers added for debugging."""
        return tuple(self._read(ContainerRole.EPHEMERAL))

    @cached_property
    def all_containers(self) -> tuple[Container, ...]:
        """Containers of every role."""
        return self.init_containers + self.containers + self.ephemeral_containers

    @cached_property
    def sidecars(self) -> tuple[Container, ...]:
        """The init containers that go on running."""
        return tuple(container for container in self.init_containers if container.role is ContainerRole.SIDECAR)

    @cached_property
    def probed_containers(self) -> tuple[Container, ...]:
        """The containers that may have probes: sidecars, then regular ones."""
        return self.sidecars + self.containers

    @cached_property
    def known_ports(self) -> dict[int | str, list[tuple[Container, ContainerPort]]]:
        """The ports that the probed containers declare, by number and by name, without those that cannot be read."""
        found: dict[int | str, list[tuple[Container, ContainerPort]]] = {}
        for container in self.probed_containers:
            for port in container.known_ports:
                found.setdefault(port.number, []).append((container, port))
                if port.name is not None:
                    found.setdefault(port.name, []).append((container, port))
        return found

    @cached_property
    def unreadable(self) -> tuple[ValueNotAvailable, ...]:
        """Containers that cannot be looked at, because they or their list are unknown or of the wrong type."""
        problems: list[ValueNotAvailable] = []
        for role in (ContainerRole.INIT, ContainerRole.REGULAR, ContainerRole.EPHEMERAL):
            for entry in self._entries(role):
                if isinstance(entry, ValueNotAvailable):
                    problems.append(entry)
                elif role is ContainerRole.INIT and isinstance(kind := _init_role(self, entry), ValueNotAvailable):
                    problems.append(kind)
        return tuple(problems)

    def _read(self, role: ContainerRole) -> Iterator[Container]:
        for entry in self._entries(role):
            if isinstance(entry, ValueNotAvailable):
                continue
            found = _init_role(self, entry) if role is ContainerRole.INIT else role
            if isinstance(found, ContainerRole):
                yield Container(self, found, entry)

    def _entries(self, role: ContainerRole) -> Iterator[Node | ValueNotAvailable]:
        """The containers of a role, and what stands in the way of the others."""
        shape = self._shape
        if role is ContainerRole.REGULAR:
            keys, singles = shape.containers, shape.single_containers
        else:
            keys = shape.init_containers if role is ContainerRole.INIT else shape.ephemeral_containers
            singles = ()
        for key in (*singles, *keys):
            try:
                node = self.pod_spec
                for step in key.split("."):
                    node = node[step]
                if key in singles:
                    entries: tuple[Node, ...] = (node,) if node.is_set else ()
                else:
                    entries = tuple(node[index] for index in range(len(node.entries())))
            except ValueNotAvailable as problem:
                yield problem
                continue
            for entry in entries:
                try:
                    # An entry that is no object has no fields.
                    entry.keys()
                except ValueNotAvailable as problem:
                    yield problem
                else:
                    yield entry


def _init_role(workload: Workload, node: Node) -> ContainerRole | ValueNotAvailable:
    """Whether an init container is a sidecar, or why nobody can tell."""
    try:
        policy = node.optional_text("restartPolicy")
    except MalformedValue:
        return ContainerRole.INIT
    except ValueNotAvailable as problem:
        return problem
    # Only a sidecar may have a probe, so a patch that sets one is a patch of a sidecar.
    probed = policy is None and workload.is_partial and any(node.has(kind.value) for kind in ProbeKind)
    return ContainerRole.SIDECAR if policy == "Always" or probed else ContainerRole.INIT
