"""The read-only view of a container, its probes and its lifecycle hooks.

Properties read the Kubernetes dictionary when they are accessed, and apply the defaults of the API server. They raise
`UnknownValue` for a value that is not known before deployment, and `MalformedValue` for one of the wrong type.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from pulumi_probes.model.cached import cached_property
from pulumi_probes.model.container_ports import ContainerPort, ContainerPorts
from pulumi_probes.model.defaults import (
    DEFAULT_FAILURE_THRESHOLD,
    DEFAULT_PERIOD_SECONDS,
    DEFAULT_SUCCESS_THRESHOLD,
    DEFAULT_TIMEOUT_SECONDS,
)
from pulumi_probes.model.errors import MalformedValue, UnknownValue, ValueNotAvailable
from pulumi_probes.model.located import Located
from pulumi_probes.model.node import Node
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload_object import WorkloadObject
from pulumi_probes.model.written_number import whole_number

PROBE_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
"""The handlers of a probe, in the order in which the API server reads them."""

LIFECYCLE_HANDLERS = ("exec", "httpGet", "tcpSocket", "sleep")
"""The handlers of a lifecycle hook."""

HOOKS = ("postStart", "preStop")
"""The lifecycle hooks."""


class ContainerRole(Enum):
    """The role of a container; a sidecar is an init container with `restartPolicy: Always`."""

    REGULAR = "container"
    INIT = "init container"
    SIDECAR = "sidecar"
    EPHEMERAL = "ephemeral container"


class Handled(Located):
    """Something with a handler: a probe or a lifecycle hook."""

    allowed_handlers: ClassVar[tuple[str, ...]] = ()

    def __init__(self, title: str, container: Container, node: Node) -> None:
        super().__init__(node, container.display_name)
        self.title = title
        self.container = container

    @cached_property
    def handlers(self) -> tuple[str, ...]:
        """The handlers that are set; the API requires exactly one."""
        return tuple(name for name in self.allowed_handlers if self.node.has(name))

    @cached_property
    def handler(self) -> str | None:
        """The only handler; None if there is none, or more than one."""
        handlers = self.handlers
        return handlers[0] if len(handlers) == 1 else None

    @cached_property
    def body(self) -> Node:
        """The fields of the only handler; an empty node if there is not exactly one."""
        handler = self.handler
        return Node(None, self.path) if handler is None else self.node[handler]

    @cached_property
    def port(self) -> int | str | None:
        """The port as written, a number or a name; None if the handler has no port, or it is absent."""
        return self.body.integer_or_text("port") if self.handler in ("httpGet", "tcpSocket", "grpc") else None

    @cached_property
    def port_number(self) -> int | None:
        """The port number as the kubelet determines it: from a port name of this container, otherwise from digits."""
        port = self.port
        if port is None or isinstance(port, int):
            return port
        declared = self.container.find_port(port)
        if declared is not None:
            return declared.number
        return whole_number(port)

    @cached_property
    def command(self) -> tuple[str, ...]:
        """The command of the exec handler; empty for other handlers."""
        return self.node["exec"].texts("command")

    @property
    def own_host(self) -> str | None:
        """The host to connect to if it is not the pod; None for the pod itself."""
        return self.body.optional_text("host") or None if self.handler in ("httpGet", "tcpSocket") else None


class Hook(Handled):
    """A lifecycle hook, `preStop` or `postStart`."""

    allowed_handlers = LIFECYCLE_HANDLERS

    @property
    def sleep_seconds(self) -> int | None:
        """The duration of a native sleep in seconds; None for other handlers."""
        return self.body.integer("seconds", 0, bits=64) if self.handler == "sleep" else None


class ContainerProbe(Handled):
    """A probe of a container, with the numbers of `Timings`, defaults applied.

    In a patch, an absent number is unknown: it is not the default, but whatever the cluster has.
    """

    allowed_handlers = PROBE_HANDLERS

    def __init__(self, kind: ProbeKind, container: Container, node: Node) -> None:
        super().__init__(f"{kind.word} probe", container, node)
        self.kind = kind
        self._numbers: dict[str, int] = {}

    @property
    def initial_delay_seconds(self) -> int:
        """`initialDelaySeconds`; 0 if unset."""
        return self._number("initialDelaySeconds", 0)

    @property
    def timeout_seconds(self) -> int:
        """`timeoutSeconds`; 1 if unset."""
        return self._number("timeoutSeconds", DEFAULT_TIMEOUT_SECONDS, zero_is_unset=True)

    @property
    def period_seconds(self) -> int:
        """`periodSeconds`; 10 if unset."""
        return self._number("periodSeconds", DEFAULT_PERIOD_SECONDS, zero_is_unset=True)

    @property
    def success_threshold(self) -> int:
        """`successThreshold`; 1 if unset."""
        return self._number("successThreshold", DEFAULT_SUCCESS_THRESHOLD, zero_is_unset=True)

    @property
    def failure_threshold(self) -> int:
        """`failureThreshold`; 3 if unset."""
        return self._number("failureThreshold", DEFAULT_FAILURE_THRESHOLD, zero_is_unset=True)

    @property
    def termination_grace_period_seconds(self) -> int | None:
        """The probe's own grace period in seconds; None if unset."""
        return self.node.optional_integer("terminationGracePeriodSeconds", bits=64)

    def _number(self, key: str, default: int, *, zero_is_unset: bool = False) -> int:
        number = self._numbers.get(key)
        if number is None:
            if self.container.workload.is_partial and not self.node.has(key):
                raise UnknownValue(self.path / key)
            number = self.node.integer(key, default, zero_is_unset=zero_is_unset)
            if number < 0:
                raise MalformedValue(self.path / key, "must be greater than or equal to 0")
            self._numbers[key] = number
        return number

    @cached_property
    def endpoint(self) -> tuple[object, ...] | None:
        """The checked endpoint or command; equal for probes that check the same, with port names resolved."""
        handler = self.handler
        if handler is None:
            return None
        if handler == "exec":
            return ("exec", self.command)
        body = self.body
        port = self.port_number if self.port_number is not None else self.port
        if handler == "grpc":
            return ("grpc", port, body.text("service", ""))
        if handler == "tcpSocket":
            return ("tcpSocket", port, self.own_host)
        headers = tuple(
            sorted((header.text("name", "").lower(), header.text("value", "")) for header in body.items("httpHeaders"))
        )
        scheme, path = body.word("scheme", "HTTP"), body.text("path", "") or "/"
        return ("httpGet", scheme, self.own_host, port, path, headers)


class Container(Located):
    """A container of any role.

    Attributes:
        workload: the object that contains it, without its other containers.
        role: the role of the container.
        display_name: the name; None if it is absent, malformed or not known before deployment.
    """

    def __init__(self, workload: WorkloadObject, role: ContainerRole, node: Node) -> None:
        self.workload = workload
        self.role = role
        try:
            self.display_name = node.optional_text("name")
        except ValueNotAvailable:
            self.display_name = None
        self._ports = ContainerPorts(node)
        super().__init__(node, self.display_name)

    @property
    def name(self) -> str:
        """The container's name."""
        return self.node.text("name")

    @property
    def may_have_probes(self) -> bool:
        """Whether the API allows probes: for regular containers and sidecars."""
        return self.role in (ContainerRole.REGULAR, ContainerRole.SIDECAR)

    @property
    def ports(self) -> tuple[ContainerPort, ...]:
        """The declared ports; raises the errors of `ContainerPorts.every`."""
        return self._ports.every

    @property
    def known_ports(self) -> tuple[ContainerPort, ...]:
        """The declared ports that can be read."""
        return self._ports.known

    def find_port(self, wanted: int | str) -> ContainerPort | None:
        """The declared port with this number or name, or None; raises the errors of `ContainerPorts.find`."""
        return self._ports.find(wanted)

    def has_probe(self, kind: ProbeKind) -> bool:
        """Whether the probe is set."""
        return self.node.has(kind.value)

    def probe(self, kind: ProbeKind) -> ContainerProbe | None:
        """The probe of a kind; None if it is not set."""
        if kind is ProbeKind.STARTUP:
            return self.startup
        return self.readiness if kind is ProbeKind.READINESS else self.liveness

    @cached_property
    def probes(self) -> tuple[ContainerProbe, ...]:
        """The probes that are set, startup first."""
        return tuple(probe for probe in (self.startup, self.readiness, self.liveness) if probe is not None)

    @cached_property
    def startup(self) -> ContainerProbe | None:
        """The startup probe."""
        return self._read_probe(ProbeKind.STARTUP)

    @cached_property
    def readiness(self) -> ContainerProbe | None:
        """The readiness probe."""
        return self._read_probe(ProbeKind.READINESS)

    @cached_property
    def liveness(self) -> ContainerProbe | None:
        """The liveness probe."""
        return self._read_probe(ProbeKind.LIVENESS)

    def _read_probe(self, kind: ProbeKind) -> ContainerProbe | None:
        node = self.node[kind.value]
        return ContainerProbe(kind, self, node) if node.is_set else None

    @cached_property
    def hooks(self) -> tuple[Hook, ...]:
        """The lifecycle hooks that are set."""
        lifecycle = self.node["lifecycle"]
        return tuple(Hook(f"{name} hook", self, lifecycle[name]) for name in HOOKS if lifecycle.has(name))

    def release(self) -> None:
        """Forget the probes and hooks that have been read; see `Workload.release`."""
        for name in ("startup", "readiness", "liveness", "probes", "hooks"):
            vars(self).pop(name, None)

    def hook(self, name: str) -> Hook | None:
        """The lifecycle hook `preStop` or `postStart`."""
        return next((hook for hook in self.hooks if hook.title == f"{name} hook"), None)
