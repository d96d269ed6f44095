"""The read-only view of a workload for rules.

Properties read the Kubernetes dictionary when they are accessed, and apply the defaults of the API server. They raise
`UnknownValue` for a value that is not known before deployment, and `MalformedValue` for one of the wrong type, so that
rules need no error handling.
"""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.cached import cached_property
from pulumi_probes.model.container import (
    HOOKS,
    LIFECYCLE_HANDLERS,
    PROBE_HANDLERS,
    Container,
    ContainerProbe,
    ContainerRole,
    Handled,
    Hook,
)
from pulumi_probes.model.container_ports import ContainerPort
from pulumi_probes.model.errors import MalformedValue, ValueNotAvailable
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import ResourceReference
from pulumi_probes.model.located import Located
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.node import Node
from pulumi_probes.model.pod_shape import KUBERNETES_SHAPE, PodShape
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload_object import WorkloadObject

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


class Workload(WorkloadObject):
    """A workload with its containers: a Deployment, a Pod, a CronJob, a Rollout."""

    def __init__(
        self,
        manifest: Manifest,
        reference: ResourceReference,
        pod_spec_path: FieldPath,
        shape: PodShape = KUBERNETES_SHAPE,
        *,
        group: str | None = None,
        is_guessed: bool = False,
        is_job: bool = False,
        is_completed: bool = False,
        is_overlay: bool = False,
        injected: frozenset[FieldPath] = frozenset(),
    ) -> None:
        super().__init__(
            manifest,
            reference,
            pod_spec_path,
            group=group,
            is_guessed=is_guessed,
            is_job=is_job,
            is_completed=is_completed,
            is_overlay=is_overlay,
        )
        self._shape = shape
        self._injected = injected

    @property
    def is_injected(self) -> bool:
        """Whether an injector has changed the object, so that its text is not that of its author."""
        return bool(self._injected)

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """The regular containers."""
        return tuple(self._read(ContainerRole.REGULAR))

    @cached_property
    def init_containers(self) -> tuple[Container, ...]:
        """Init containers and sidecars, in the order in which they start."""
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
        """The init containers that keep running."""
        return tuple(container for container in self.init_containers if container.role is ContainerRole.SIDECAR)

    @cached_property
    def probed_containers(self) -> tuple[Container, ...]:
        """The containers that may have probes: sidecars, then regular ones."""
        return self.sidecars + self.containers

    @cached_property
    def known_ports(self) -> dict[int | str, list[tuple[Container, ContainerPort]]]:
        """The declared ports of containers that may have probes, by number and by name, if they can be read.

        A Service routes to the first one with the name of its target port; sidecars come last.
        """
        found: dict[int | str, list[tuple[Container, ContainerPort]]] = {}
        for container in self.containers + self.sidecars:
            for port in container.known_ports:
                found.setdefault(port.number, []).append((container, port))
                if port.name is not None:
                    found.setdefault(port.name, []).append((container, port))
        return found

    @cached_property
    def unreadable(self) -> tuple[ValueNotAvailable, ...]:
        """Errors about containers that are unknown or malformed, or whose list is."""
        problems: list[ValueNotAvailable] = []
        for role in (ContainerRole.INIT, ContainerRole.REGULAR, ContainerRole.EPHEMERAL):
            for entry in self._entries(role):
                if isinstance(entry, ValueNotAvailable):
                    problems.append(entry)
                elif role is ContainerRole.INIT and isinstance(kind := self._init_role(entry), ValueNotAvailable):
                    problems.append(kind)
        return tuple(problems)

    def release(self) -> None:
        """Forget the containers that have been read; they are read again if something asks for them.

        Containers and probes refer to each other, so only the garbage collector could free them, and with many objects
        that takes a quarter of the time of an audit.
        """
        own = vars(self)
        for name in ("init_containers", "containers", "ephemeral_containers"):
            for container in own.pop(name, ()):
                container.release()
        for name in ("all_containers", "sidecars", "probed_containers", "known_ports"):
            own.pop(name, None)

    def _read(self, role: ContainerRole) -> Iterator[Container]:
        for entry in self._entries(role):
            if isinstance(entry, ValueNotAvailable):
                continue
            found = self._init_role(entry) if role is ContainerRole.INIT else role
            if isinstance(found, ContainerRole):
                yield Container(self, found, entry)

    def _entries(self, role: ContainerRole) -> Iterator[Node | ValueNotAvailable]:
        """The containers of a role without those of injectors."""
        for entry in self._shape.entries(self.pod_spec, role):
            if not self._injected or isinstance(entry, ValueNotAvailable) or entry.path not in self._injected:
                yield entry

    def _init_role(self, node: Node) -> ContainerRole | ValueNotAvailable:
        """Whether an init container is a sidecar, or the error if that is unknown."""
        try:
            policy = node.optional_text("restartPolicy")
        except MalformedValue:
            return ContainerRole.INIT
        except ValueNotAvailable as problem:
            return problem
        # Only sidecars may have probes, so a patch that sets one must be a patch of a sidecar.
        probed = policy is None and self.is_partial and any(node.has(kind.value) for kind in ProbeKind)
        return ContainerRole.SIDECAR if policy == "Always" or probed else ContainerRole.INIT
