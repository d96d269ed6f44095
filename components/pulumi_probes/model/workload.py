"""The read-only view of a workload that rules look at.

Every property reads the Kubernetes dictionary when it is asked for, with the API server's defaults; one that is not
known before deployment raises `UnknownValue`, one of the wrong type `MalformedValue`. So a rule states its formula and
nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from pulumi_probes.model.errors import MalformedValue, UnknownValue, ValueNotAvailable
from pulumi_probes.model.finding import ResourceReference, Violation
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.node import Node
from pulumi_probes.model.path import Path
from pulumi_probes.model.probe import (
    DEFAULT_FAILURE_THRESHOLD,
    DEFAULT_PERIOD_SECONDS,
    DEFAULT_SUCCESS_THRESHOLD,
    DEFAULT_TERMINATION_GRACE_PERIOD_SECONDS,
    DEFAULT_TIMEOUT_SECONDS,
    ProbeKind,
)

PROBE_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
"""The handlers of a probe, in the order in which the API server reads them."""

LIFECYCLE_HANDLERS = ("exec", "httpGet", "tcpSocket", "sleep")
"""The handlers of a lifecycle hook."""

JOB_KINDS = frozenset({"Job", "CronJob"})


class ContainerRole(Enum):
    """What a container is for; a sidecar is an init container with `restartPolicy: Always`."""

    REGULAR = "container"
    INIT = "init container"
    SIDECAR = "sidecar"
    EPHEMERAL = "ephemeral container"


@dataclass(frozen=True, slots=True)
class ContainerPort:
    """One entry of a container's `ports`."""

    number: int
    name: str | None
    protocol: str


class Located:
    """Something with a place in an object, about which a rule can say something."""

    def __init__(self, node: Node, container_name: str | None = None) -> None:
        self.node = node
        self._container_name = container_name

    @property
    def path(self) -> Path:
        """Where it stands, from the top of the object."""
        return self.node.path

    def violation(self, *, what: str, consequence: str, fix: str, field: str = "") -> Violation:
        """A violation here, or at a field below: ``field="httpGet.port"``."""
        path = self.path
        for key in field.split(".") if field else ():
            path = path / key
        return Violation(path=path, what=what, consequence=consequence, fix=fix, container=self._container_name)


class Hook(Located):
    """A lifecycle hook, `preStop` or `postStart`."""

    @property
    def handlers(self) -> tuple[str, ...]:
        """The handlers that are set; the API demands exactly one."""
        return tuple(name for name in LIFECYCLE_HANDLERS if self.node.has(name))


class ContainerProbe(Located):
    """A probe as it stands in a container; has every number of `Timings`, defaults filled in.

    In a patch an absent number is not the default but whatever the cluster has, so it is unknown.
    """

    def __init__(self, kind: ProbeKind, container: Container, node: Node) -> None:
        super().__init__(node, container.display_name)
        self.kind = kind
        self.container = container

    @property
    def initial_delay_seconds(self) -> int:
        """`initialDelaySeconds`, 0 when unset."""
        return self._number("initialDelaySeconds", 0)

    @property
    def timeout_seconds(self) -> int:
        """`timeoutSeconds`, 1 when unset."""
        return self._number("timeoutSeconds", DEFAULT_TIMEOUT_SECONDS, zero_is_unset=True)

    @property
    def period_seconds(self) -> int:
        """`periodSeconds`, 10 when unset."""
        return self._number("periodSeconds", DEFAULT_PERIOD_SECONDS, zero_is_unset=True)

    @property
    def success_threshold(self) -> int:
        """`successThreshold`, 1 when unset."""
        return self._number("successThreshold", DEFAULT_SUCCESS_THRESHOLD, zero_is_unset=True)

    @property
    def failure_threshold(self) -> int:
        """`failureThreshold`, 3 when unset."""
        return self._number("failureThreshold", DEFAULT_FAILURE_THRESHOLD, zero_is_unset=True)

    @property
    def termination_grace_period_seconds(self) -> int | None:
        """The probe's own grace period, None when unset."""
        return self.node.optional_integer("terminationGracePeriodSeconds")

    def _number(self, key: str, default: int, *, zero_is_unset: bool = False) -> int:
        if self.container.workload.is_partial and not self.node.has(key):
            raise UnknownValue(self.path / key)
        return self.node.integer(key, default, zero_is_unset=zero_is_unset)

    @property
    def handlers(self) -> tuple[str, ...]:
        """The handlers that are set; the API demands exactly one."""
        return tuple(name for name in PROBE_HANDLERS if self.node.has(name))

    @property
    def handler(self) -> str | None:
        """The one handler, or None when there is none or more than one."""
        handlers = self.handlers
        return handlers[0] if len(handlers) == 1 else None

    @property
    def port(self) -> int | str | None:
        """The port as written, number or name; None for exec or when absent."""
        handler = self.handler
        return None if handler in (None, "exec") else self.node[handler].integer_or_text("port")

    @property
    def port_number(self) -> int | None:
        """The port's number as the kubelet finds it: a name among this container's ports, else digits."""
        port = self.port
        if port is None or isinstance(port, int):
            return port
        for declared in self.container.ports:
            if declared.name == port:
                return declared.number
        return int(port) if port.isascii() and port.isdigit() else None

    @property
    def command(self) -> tuple[str, ...]:
        """The exec command; empty for other handlers."""
        return self.node["exec"].texts("command")

    @property
    def endpoint(self) -> tuple[object, ...] | None:
        """What is asked, in a form in which two probes that ask the same compare equal; named ports are resolved."""
        handler = self.handler
        if handler is None:
            return None
        body = self.node[handler]
        if handler == "exec":
            return ("exec", self.command)
        port = self.port_number if self.port_number is not None else self.port
        if handler == "grpc":
            return ("grpc", port, body.text("service", ""))
        if handler == "tcpSocket":
            return ("tcpSocket", port, body.optional_text("host"))
        headers = tuple(
            sorted((header.text("name").lower(), header.text("value", "")) for header in body.items("httpHeaders"))
        )
        return (
            "httpGet",
            body.text("scheme", "HTTP"),
            body.optional_text("host"),
            port,
            body.text("path", "") or "/",
            headers,
        )


class Container(Located):
    """A container of any role."""

    def __init__(self, workload: Workload, role: ContainerRole, node: Node) -> None:
        self.workload = workload
        self.role = role
        try:
            self.display_name = node.optional_text("name")
        except ValueNotAvailable:
            self.display_name = None
        super().__init__(node, self.display_name)

    @property
    def name(self) -> str:
        """The container's name."""
        return self.node.text("name")

    @property
    def may_have_probes(self) -> bool:
        """Whether the API allows probes here: regular containers and sidecars."""
        return self.role in (ContainerRole.REGULAR, ContainerRole.SIDECAR)

    @cached_property
    def ports(self) -> tuple[ContainerPort, ...]:
        """The declared ports."""
        return tuple(
            ContainerPort(port.integer("containerPort"), port.optional_text("name"), port.text("protocol", "") or "TCP")
            for port in self.node.items("ports")
        )

    def has_probe(self, kind: ProbeKind) -> bool:
        """Whether the field is set."""
        return self.node.has(kind.value)

    def probe(self, kind: ProbeKind) -> ContainerProbe | None:
        """The probe of one kind."""
        return ContainerProbe(kind, self, self.node[kind.value]) if self.node.has(kind.value) else None

    @property
    def probes(self) -> tuple[ContainerProbe, ...]:
        """The probes that are set, startup first."""
        return tuple(probe for kind in ProbeKind if (probe := self.probe(kind)) is not None)

    @property
    def startup(self) -> ContainerProbe | None:
        """The startup probe."""
        return self.probe(ProbeKind.STARTUP)

    @property
    def readiness(self) -> ContainerProbe | None:
        """The readiness probe."""
        return self.probe(ProbeKind.READINESS)

    @property
    def liveness(self) -> ContainerProbe | None:
        """The liveness probe."""
        return self.probe(ProbeKind.LIVENESS)

    def hook(self, name: str) -> Hook | None:
        """The lifecycle hook `preStop` or `postStart`."""
        lifecycle = self.node["lifecycle"]
        return Hook(lifecycle[name], self.display_name) if lifecycle.has(name) else None


@dataclass(frozen=True, slots=True)
class PodShape:
    """The names of the fields that hold containers; custom resources have names of their own.

    A field may hold a list of containers or, as in Argo's `container`, a single one.
    """

    containers: tuple[str, ...] = ("containers",)
    init_containers: tuple[str, ...] = ("initContainers",)
    ephemeral_containers: tuple[str, ...] = ("ephemeralContainers",)


KUBERNETES_SHAPE = PodShape()


class Workload(Located):
    """An object with a pod specification in it: a Deployment, a Pod, a CronJob, a Rollout."""

    def __init__(
        self,
        manifest: Manifest,
        reference: ResourceReference,
        pod_spec_path: Path,
        shape: PodShape = KUBERNETES_SHAPE,
        *,
        is_guessed: bool = False,
    ) -> None:
        self.manifest = manifest
        self.reference = reference
        self.is_guessed = is_guessed
        self.top = Node(manifest.content)
        self._shape = shape
        self._unreadable: list[ValueNotAvailable] = []
        self.pod_spec_path = pod_spec_path
        super().__init__(self.top.reach(pod_spec_path))

    @property
    def kind(self) -> str:
        """The object's kind, without the suffix `Patch`."""
        return self.reference.kind

    @property
    def namespace(self) -> str | None:
        """The namespace, None when it is left to the provider."""
        return self.top["metadata"].optional_text("namespace")

    @property
    def is_partial(self) -> bool:
        """Whether an absent field says nothing, because this is a patch of an object."""
        return self.manifest.is_patch

    @property
    def is_job(self) -> bool:
        """Whether its pods run to an end."""
        return self.kind in JOB_KINDS or self.kind in ("ScaledJob", "Workflow", "CronWorkflow", "WorkflowTemplate")

    @property
    def pod_spec(self) -> Node:
        """The pod specification."""
        return self.node

    @property
    def spec(self) -> Node:
        """The object's own `spec`, with replicas, strategy and deadlines."""
        return self.top["spec"]

    @property
    def pod_metadata(self) -> Node:
        """The metadata of the pods: beside the pod specification."""
        return self.top.reach(Path((*self.pod_spec_path.segments[:-1], "metadata")))

    def annotation(self, name: str) -> str | None:
        """An annotation of the object."""
        return self.top["metadata"]["annotations"].optional_text(name)

    @property
    def termination_grace_period_seconds(self) -> int:
        """The pod's grace period, 30 s when unset."""
        return self.pod_spec.integer("terminationGracePeriodSeconds", DEFAULT_TERMINATION_GRACE_PERIOD_SECONDS)

    @property
    def restart_policy(self) -> str:
        """`Always`, `OnFailure` or `Never`."""
        return self.pod_spec.text("restartPolicy", "Always")

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """The regular containers."""
        return tuple(Container(self, ContainerRole.REGULAR, node) for node in self._objects(self._shape.containers))

    @cached_property
    def init_containers(self) -> tuple[Container, ...]:
        """Plain init containers and sidecars, in the order in which they start."""
        return tuple(Container(self, _init_role(node), node) for node in self._objects(self._shape.init_containers))

    @cached_property
    def ephemeral_containers(self) -> tuple[Container, ...]:
        """Containers added for debugging."""
        return tuple(
            Container(self, ContainerRole.EPHEMERAL, node) for node in self._objects(self._shape.ephemeral_containers)
        )

    @property
    def all_containers(self) -> tuple[Container, ...]:
        """Containers of every role."""
        return self.init_containers + self.containers + self.ephemeral_containers

    @property
    def probed_containers(self) -> tuple[Container, ...]:
        """The containers that may have probes: sidecars, then regular ones."""
        return tuple(container for container in self.init_containers + self.containers if container.may_have_probes)

    @property
    def unreadable(self) -> tuple[ValueNotAvailable, ...]:
        """Containers that cannot be looked at, because they or their list are unknown or of the wrong type."""
        _ = self.all_containers
        return tuple(self._unreadable)

    def _objects(self, keys: tuple[str, ...]) -> Iterator[Node]:
        for key in keys:
            try:
                node = self.pod_spec[key]
                nodes = (node,) if isinstance(node.value, Mapping) else tuple(self.pod_spec.items(key))
            except ValueNotAvailable as problem:
                self._unreadable.append(problem)
                continue
            for entry in nodes:
                try:
                    entry.keys()
                except ValueNotAvailable as problem:
                    self._unreadable.append(problem)
                else:
                    yield entry


def _init_role(node: Node) -> ContainerRole:
    try:
        return ContainerRole.SIDECAR if node.optional_text("restartPolicy") == "Always" else ContainerRole.INIT
    except MalformedValue:
        return ContainerRole.INIT
