"""Arguments for probes and lifecycle hooks.

There is no ``from __future__ import annotations`` here, for the reason given in
`pulumi_probes.components.arguments.component`.
"""

from collections.abc import Sequence

from typing_extensions import NotRequired, TypedDict


class HttpHeaderArgs(TypedDict):
    """A request header of an HTTP probe. Kubernetes stores it in plain text, so it must not contain a secret."""

    name: str
    """The header's name."""
    value: str
    """The header's value."""


class HttpGetArgs(TypedDict):
    """A GET request; a response with status 200 to 399 is a success."""

    path: NotRequired[str]
    """The path of the request; / by default."""
    port: NotRequired[int]
    """The number of the port (1 to 65535); by default the container's main port."""
    port_name: NotRequired[str]
    """The name of one of the container's ports, as an alternative to `port`."""
    host: NotRequired[str]
    """The host to connect to; by default the pod itself. Another host is almost always a mistake."""
    scheme: NotRequired[str]
    """The scheme: HTTP (the default) or HTTPS, for which the kubelet does not verify the certificate."""
    http_headers: NotRequired[Sequence[HttpHeaderArgs]]
    """The headers of the request."""
    protocol: NotRequired[str]
    """The version of HTTP, on clusters whose API has this field."""


class TcpSocketArgs(TypedDict):
    """A TCP connection attempt; it succeeds once connected, even if the process hangs."""

    port: NotRequired[int]
    """The number of the port (1 to 65535); by default the container's main port."""
    port_name: NotRequired[str]
    """The name of one of the container's ports, as an alternative to `port`."""
    host: NotRequired[str]
    """The host to connect to; by default the pod itself. Another host is almost always a mistake."""


class GrpcArgs(TypedDict):
    """A call of grpc.health.v1.Health/Check; only the status SERVING is a success."""

    port: NotRequired[int]
    """The number of the port (the API accepts no name here); by default the container's main port."""
    service: NotRequired[str]
    """The service name in the request; empty by default, for the server as a whole."""
    mode: NotRequired[str]
    """Plaintext (the default) or TLS; requires the feature gate GRPCContainerProbeTLS."""


class ExecArgs(TypedDict):
    """A command that runs inside the container, without a shell; exit status 0 is a success."""

    command: Sequence[str]
    """The program and its arguments."""


class SleepArgs(TypedDict):
    """A sleep; available for lifecycle hooks only."""

    seconds: int
    """The duration in seconds."""


class ProbeArgs(TypedDict):
    """A probe with every field of the Kubernetes API.

    Where a preset computes a probe, the fields set here override it one by one, and a handler replaces the preset's.
    The same rules check the result.
    """

    http_get: NotRequired[HttpGetArgs]
    """Send an HTTP request."""
    tcp_socket: NotRequired[TcpSocketArgs]
    """Open a TCP connection."""
    grpc: NotRequired[GrpcArgs]
    """Call the gRPC health service."""
    exec: NotRequired[ExecArgs]
    """Run a command in the container."""
    initial_delay_seconds: NotRequired[int]
    """Seconds between the start of the container and the earliest first attempt; Kubernetes' default is 0."""
    timeout_seconds: NotRequired[int]
    """Seconds after which an attempt counts as failed; Kubernetes' default is 1."""
    period_seconds: NotRequired[int]
    """Seconds between the starts of two attempts; Kubernetes' default is 10."""
    success_threshold: NotRequired[int]
    """Consecutive successes after which a failed probe passes; must be 1 for startup and liveness probes."""
    failure_threshold: NotRequired[int]
    """Consecutive failures after which the probe fails; Kubernetes' default is 3."""
    termination_grace_period_seconds: NotRequired[int]
    """Seconds until SIGKILL after this probe has failed, overriding the pod's; not allowed for readiness probes."""


class LifecycleHandlerArgs(TypedDict):
    """The action of a hook, right after the start of a container (postStart) or before SIGTERM (preStop)."""

    sleep: NotRequired[SleepArgs]
    """Sleep for some seconds."""
    exec: NotRequired[ExecArgs]
    """Run a command in the container."""
    http_get: NotRequired[HttpGetArgs]
    """Send an HTTP request; the hook ignores the status of the response."""
    tcp_socket: NotRequired[TcpSocketArgs]
    """Open a TCP connection; deprecated, Kubernetes does not support it."""
