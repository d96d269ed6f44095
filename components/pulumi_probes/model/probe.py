"""Probes and health contracts as frozen data.

The defaults of a `Probe` are those of the API server
(https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe).
"""

from __future__ import annotations

from msgspec import Struct

from pulumi_probes.model.defaults import (
    DEFAULT_AWAIT_TIMEOUT_SECONDS,
    DEFAULT_FAILURE_THRESHOLD,
    DEFAULT_PERIOD_SECONDS,
    DEFAULT_PROGRESS_DEADLINE_SECONDS,
    DEFAULT_SUCCESS_THRESHOLD,
    DEFAULT_TERMINATION_GRACE_PERIOD_SECONDS,
    DEFAULT_TIMEOUT_SECONDS,
)
from pulumi_probes.model.probe_kind import ProbeKind


class HttpHeader(Struct, frozen=True, kw_only=True):
    """A request header of an HTTP probe; names may repeat."""

    name: str
    value: str


class HttpGet(Struct, frozen=True, kw_only=True):
    """A GET request; a response with status 200 to 399 is a success.

    HttpGet(path="/readyz", port="http")
    HttpGet(path="/readyz", port=8443, scheme="HTTPS")   # the certificate is not verified
    """

    port: int | str
    path: str = "/"
    host: str | None = None
    scheme: str = "HTTP"
    http_headers: tuple[HttpHeader, ...] = ()
    protocol: str | None = None


class TcpSocket(Struct, frozen=True, kw_only=True):
    """A TCP connection attempt; succeeds once connected, even if the kernel accepts for a hung process."""

    port: int | str
    host: str | None = None


class Grpc(Struct, frozen=True, kw_only=True):
    """A call of `grpc.health.v1.Health/Check`; only SERVING is a success. The port must be a number."""

    port: int
    service: str = ""
    mode: str | None = None


class Exec(Struct, frozen=True, kw_only=True):
    """A command run in the container, without a shell; exit status 0 is a success."""

    command: tuple[str, ...]


class Sleep(Struct, frozen=True, kw_only=True):
    """A sleep, for lifecycle hooks only."""

    seconds: int


Handler = HttpGet | TcpSocket | Grpc | Exec
LifecycleHandler = HttpGet | TcpSocket | Exec | Sleep


class Probe(Struct, frozen=True, kw_only=True):
    """A probe with all fields of the API, defaults applied.

    Probe(handler=HttpGet(port="http"))                       # every 10 s, timeout 1 s, fails after 3 failures
    Probe(handler=Grpc(port=9090), period_seconds=5)          # every 5 s
    """

    handler: Handler
    initial_delay_seconds: int = 0
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS
    period_seconds: int = DEFAULT_PERIOD_SECONDS
    success_threshold: int = DEFAULT_SUCCESS_THRESHOLD
    failure_threshold: int = DEFAULT_FAILURE_THRESHOLD
    termination_grace_period_seconds: int | None = None


class Lifecycle(Struct, frozen=True, kw_only=True):
    """The lifecycle hooks of a container, which run right after its start and right before SIGTERM."""

    post_start: LifecycleHandler | None = None
    pre_stop: LifecycleHandler | None = None
    stop_signal: str | None = None


class Shutdown(Struct, frozen=True, kw_only=True):
    """The shutdown of a pod, in seconds.

    Attributes:
        pre_stop_sleep_seconds: sleep before SIGTERM, while the pod is removed from load balancers.
        termination_grace_period_seconds: time from the start of the shutdown until SIGKILL, including the sleep.
        post_start_sleep_seconds: sleep right after the start of the container, or None for no hook.
    """

    pre_stop_sleep_seconds: int
    termination_grace_period_seconds: int = DEFAULT_TERMINATION_GRACE_PERIOD_SECONDS
    post_start_sleep_seconds: int | None = None


class Rollout(Struct, frozen=True, kw_only=True):
    """The rollout settings of a Deployment, in pods and seconds.

    Attributes:
        max_surge: pods above `replicas` during a rollout.
        max_unavailable: pods below `replicas` during a rollout.
        min_ready_seconds: time that a pod must stay Ready before it counts as available.
        progress_deadline_seconds: the longest time without progress before Kubernetes reports the rollout as failed.
        await_timeout_seconds: time that Pulumi waits for the rollout.
    """

    max_surge: int = 1
    max_unavailable: int = 0
    min_ready_seconds: int = 0
    progress_deadline_seconds: int = DEFAULT_PROGRESS_DEADLINE_SECONDS
    await_timeout_seconds: int = DEFAULT_AWAIT_TIMEOUT_SECONDS


class HealthContract(Struct, frozen=True, kw_only=True):
    """Probes, shutdown and rollout settings of a workload that fit each other."""

    startup: Probe | None
    readiness: Probe | None
    liveness: Probe | None
    shutdown: Shutdown
    rollout: Rollout

    def probe(self, kind: ProbeKind) -> Probe | None:
        """The probe of a kind."""
        return {
            ProbeKind.STARTUP: self.startup,
            ProbeKind.READINESS: self.readiness,
            ProbeKind.LIVENESS: self.liveness,
        }[kind]
