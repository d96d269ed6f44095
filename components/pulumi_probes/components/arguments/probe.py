"""Arguments for probes and lifecycle hooks.

`pulumi_probes.components.arguments.component` says why there is no ``from __future__ import annotations`` here.
"""

from collections.abc import Sequence

from typing_extensions import NotRequired, TypedDict


class HttpHeaderArgs(TypedDict):
    """One request header of an HTTP probe. It is stored in the clear, so it is no place for a secret."""

    name: str
    """The header's name."""
    value: str
    """The header's value."""


class HttpGetArgs(TypedDict):
    """A GET request; an answer with status 200 to 399 passes."""

    path: NotRequired[str]
    """The path, / by default."""
    port: NotRequired[int]
    """The port's number; the container's own named port by default."""
    port_name: NotRequired[str]
    """The name of one of the container's ports, instead of a number."""
    host: NotRequired[str]
    """Another host than the pod; almost always a mistake, and a rule says so."""
    scheme: NotRequired[str]
    """HTTP, or HTTPS, whose certificate the kubelet does not verify. HTTP by default."""
    http_headers: NotRequired[Sequence[HttpHeaderArgs]]
    """Headers of the request."""
    protocol: NotRequired[str]
    """The version of HTTP; only clusters that have the field take it."""


class TcpSocketArgs(TypedDict):
    """A connection attempt; passes once connected, even for a hung process."""

    port: NotRequired[int]
    """The port's number; the container's own named port by default."""
    port_name: NotRequired[str]
    """The name of one of the container's ports, instead of a number."""
    host: NotRequired[str]
    """Another host than the pod; almost always a mistake, and a rule says so."""


class GrpcArgs(TypedDict):
    """A call of grpc.health.v1.Health/Check; only SERVING passes."""

    port: NotRequired[int]
    """The port's number, since the API takes no name here; the container's own port by default."""
    service: NotRequired[str]
    """The name that is asked for; empty by default, which means the server as a whole."""
    mode: NotRequired[str]
    """TLS or Plaintext, on clusters with the feature gate GRPCContainerProbeTLS."""


class ExecArgs(TypedDict):
    """A command run inside the container, without a shell; exit status 0 passes."""

    command: Sequence[str]
    """The program and its arguments."""


class SleepArgs(TypedDict):
    """A pause, only possible as a lifecycle hook."""

    seconds: int
    """How long, in seconds."""


class ProbeArgs(TypedDict):
    """A probe with every field of the Kubernetes API.

    Where a preset has computed a probe, what is written here wins over it field by field, and a handler replaces the
    preset's. The result is checked by the same rules.
    """

    http_get: NotRequired[HttpGetArgs]
    """Ask by HTTP."""
    tcp_socket: NotRequired[TcpSocketArgs]
    """Ask by connecting."""
    grpc: NotRequired[GrpcArgs]
    """Ask by gRPC."""
    exec: NotRequired[ExecArgs]
    """Ask by running a command."""
    initial_delay_seconds: NotRequired[int]
    """Seconds after the container's start before the first attempt may run."""
    timeout_seconds: NotRequired[int]
    """Seconds after which an attempt has failed."""
    period_seconds: NotRequired[int]
    """Seconds between the starts of two attempts."""
    success_threshold: NotRequired[int]
    """Successes in a row that make a failed probe pass; must be 1 except for readiness."""
    failure_threshold: NotRequired[int]
    """Failures in a row that make a passed probe fail."""
    termination_grace_period_seconds: NotRequired[int]
    """Seconds until SIGKILL after this probe's verdict, instead of the pod's; not for readiness."""


class LifecycleHandlerArgs(TypedDict):
    """What runs right after a container's start or right before SIGTERM."""

    sleep: NotRequired[SleepArgs]
    """Wait."""
    exec: NotRequired[ExecArgs]
    """Run a command in the container."""
    http_get: NotRequired[HttpGetArgs]
    """Send a request."""
    tcp_socket: NotRequired[TcpSocketArgs]
    """Connect; Kubernetes accepts it for old objects only."""
