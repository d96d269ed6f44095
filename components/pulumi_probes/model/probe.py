"""Probes as frozen data: what the kubelet asks, how often, and what counts.

A `Probe` holds what the API server would store, so its defaults are the API server's
(https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

DEFAULT_TIMEOUT_SECONDS = 1
DEFAULT_PERIOD_SECONDS = 10
DEFAULT_SUCCESS_THRESHOLD = 1
DEFAULT_FAILURE_THRESHOLD = 3
DEFAULT_TERMINATION_GRACE_PERIOD_SECONDS = 30
DEFAULT_PROGRESS_DEADLINE_SECONDS = 600
DEFAULT_AWAIT_TIMEOUT_SECONDS = 600  # of Pulumi, not of the API server


class ProbeKind(Enum):
    """The three kinds of probe; the value is the field's name in a container."""

    # Members are single objects; Enum would look up and hash their names.
    __hash__ = object.__hash__

    STARTUP = "startupProbe"
    READINESS = "readinessProbe"
    LIVENESS = "livenessProbe"

    @property
    def word(self) -> str:
        """The kind as a word in a sentence: startup, readiness or liveness."""
        return self.value.removesuffix("Probe")


class Timings(Protocol):
    """The five numbers that decide when a probe acts; `Probe` has them, and so has the view that rules get."""

    @property
    def initial_delay_seconds(self) -> int:
        """Seconds after the container's start before the first attempt may run."""
        ...

    @property
    def period_seconds(self) -> int:
        """Seconds between the starts of two attempts, unless an attempt takes longer."""
        ...

    @property
    def timeout_seconds(self) -> int:
        """Seconds after which an attempt has failed."""
        ...

    @property
    def success_threshold(self) -> int:
        """Successes in a row that make a failed probe pass."""
        ...

    @property
    def failure_threshold(self) -> int:
        """Failures in a row that make a passed probe fail."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpHeader:
    """One request header of an HTTP probe; names may repeat."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpGet:
    """A GET request; an answer with status 200 to 399 passes.

    HttpGet(path="/readyz", port="http")
    HttpGet(path="/readyz", port=8443, scheme="HTTPS")   # the certificate is not verified
    """

    port: int | str
    path: str = "/"
    host: str | None = None
    scheme: str = "HTTP"
    http_headers: tuple[HttpHeader, ...] = ()
    protocol: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpSocket:
    """A connection attempt; passes once connected, whoever accepts, even the kernel for a hung process."""

    port: int | str
    host: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grpc:
    """A call of `grpc.health.v1.Health/Check`; only SERVING passes. The port is a number, never a name."""

    port: int
    service: str = ""
    mode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exec:
    """A command run inside the container, without a shell; exit status 0 passes."""

    command: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleep:
    """A pause, only possible as a lifecycle hook."""

    seconds: int


Handler = HttpGet | TcpSocket | Grpc | Exec
LifecycleHandler = HttpGet | TcpSocket | Exec | Sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One probe with all the fields the API has, defaults filled in.

    Probe(handler=HttpGet(port="http"))                       # every 10 s, 1 s to answer, 3 failures count
    Probe(handler=Grpc(port=9090), period_seconds=5)          # every 5 s
    """

    handler: Handler
    initial_delay_seconds: int = 0
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS
    period_seconds: int = DEFAULT_PERIOD_SECONDS
    success_threshold: int = DEFAULT_SUCCESS_THRESHOLD
    failure_threshold: int = DEFAULT_FAILURE_THRESHOLD
    termination_grace_period_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """The hooks of a container: what runs right after its start and right before SIGTERM."""

    post_start: LifecycleHandler | None = None
    pre_stop: LifecycleHandler | None = None
    stop_signal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown:
    """How a pod ends, in seconds.

    Attributes:
        pre_stop_sleep_seconds: pause before SIGTERM, while endpoints are taken out of load balancers.
        termination_grace_period_seconds: from the decision to stop until SIGKILL, the pause included.
        post_start_sleep_seconds: pause right after the container's start, or None for no hook.
    """

    pre_stop_sleep_seconds: int
    termination_grace_period_seconds: int = DEFAULT_TERMINATION_GRACE_PERIOD_SECONDS
    post_start_sleep_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """How a Deployment replaces its pods, numbers in pods and seconds.

    Attributes:
        max_surge: pods above `replicas` during an update.
        max_unavailable: pods that may be missing during an update.
        min_ready_seconds: how long a pod must stay Ready before it counts as available.
        progress_deadline_seconds: the longest gap without progress before Kubernetes reports the rollout as failed.
        await_timeout_seconds: how long Pulumi waits for the rollout.
    """

    max_surge: int = 1
    max_unavailable: int = 0
    min_ready_seconds: int = 0
    progress_deadline_seconds: int = DEFAULT_PROGRESS_DEADLINE_SECONDS
    await_timeout_seconds: int = DEFAULT_AWAIT_TIMEOUT_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthContract:
    """Everything that decides how a workload starts, is watched, stops and is replaced; parts that fit each other."""

    startup: Probe | None
    readiness: Probe | None
    liveness: Probe | None
    shutdown: Shutdown
    rollout: Rollout

    def probe(self, kind: ProbeKind) -> Probe | None:
        """The probe of one kind."""
        return {
            ProbeKind.STARTUP: self.startup,
            ProbeKind.READINESS: self.readiness,
            ProbeKind.LIVENESS: self.liveness,
        }[kind]
