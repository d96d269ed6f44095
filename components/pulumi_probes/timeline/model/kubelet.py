"""The kubelet's own parameters: its version, the phases of its tickers and its latencies.

docs/explanation/kubelet/versions.md#changes describes the differences between versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

from msgspec import Struct, field

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.version import DEFAULT, KubernetesVersion
from pulumi_probes.timeline.model.scenario import InvalidScenario

ERROR_TRIES: Final = 3
"""The number of times that the kubelet tries an attempt if the prober itself fails.

`maxProbeRetries` of the kubelet; see docs/explanation/kubelet/attempt.md#outcomes.
"""

ALWAYS_TRIGGERED_SINCE: Final = KubernetesVersion(1, 32)
"""Since this version, a manual readiness run restarts the period, and a startup worker is on hold after success too.

See docs/explanation/kubelet/probe-worker.md#manual-runs and docs/explanation/kubelet/probe-worker.md#hold.
"""

SIDECARS_OUTLIVE_NEVER_SINCE: Final = KubernetesVersion(1, 33)
"""Since this version, the workers of a sidecar keep running after its restart in a pod with `restartPolicy: Never`.

`pkg/kubelet/prober/worker.go: doProbe`; see docs/explanation/kubelet/probe-worker.md#one-worker-per-probe.
"""

OWN_ACTIONS_SEEN_SINCE: Final = KubernetesVersion(1, 36)
"""Since this version, the kubelet relists right after its own actions, not only once a second.

`PLEGOnDemandRelist`, `pkg/kubelet/pleg/generic.go: RequestRelist`;
see docs/explanation/kubelet/pod-sync.md#the-pod-worker.
"""

TIMED_BACK_OFF_SINCE: Final = KubernetesVersion(1, 35)
"""Since this version, a refused start is retried when the back-off ends, not every 10 to 15 s.

`pkg/kubelet/pod_workers.go: completeWork`;
see docs/explanation/kubelet/back-off.md#when-a-refused-start-is-tried-again.
"""

STARTED_INHERITED_SINCE: Final = KubernetesVersion(1, 35)
"""Since this version, a new process is `started` if the previous status was, until its startup worker wakes up.

`pkg/kubelet/kubelet_pods.go: convertToAPIContainerStatuses`, under `ChangeContainerStatusOnKubeletRestart`;
see docs/explanation/kubelet/versions.md#started-is-inherited.
"""

CONTAINER_POLICIES_SINCE: Final = KubernetesVersion(1, 35)
"""Since this version, containers other than sidecars may have a `restartPolicy`; before, the API server drops it.

`ContainerRestartRules`; see docs/explanation/kubelet/versions.md#changes.
"""


class BackOffSettings(Struct, frozen=True, kw_only=True, dict=True):
    """The settings of CrashLoopBackOff in milliseconds; the defaults are those of the kubelet.

    Mirrors `pkg/kubelet/kubelet.go: newCrashLoopBackOff`; see docs/explanation/kubelet/back-off.md#settings.

    Attributes:
        initial: the first delay.
        longest: the maximum to which the delay doubles.
        forgotten_after: how long a container must run for its delay to be reset.
    """

    initial: int = 10_000
    longest: int = 300_000
    forgotten_after: int = 600_000


class Kubelet(Struct, frozen=True, kw_only=True, dict=True):
    """Everything about the kubelet that is not in the manifest. By default, all latencies are 0.

    Bounds hold for every phase and fraction; latencies are not included in them.

    Attributes:
        version: the Kubernetes version.
        phases: the phase of each worker's ticker, in milliseconds from zero and modulo its period; 0 by default.
        clock_fraction: the milliseconds of the wall clock at zero; the kubelet truncates start times to whole seconds.
        seen_after: milliseconds from a container's start or exit until the kubelet notices it (PLEG, up to 1 s); since
            1.36, it notices its own actions at once.
        acts_after: milliseconds from a probe's verdict until the pod worker acts on it.
        starts_after: milliseconds that creating a container takes.
        starts: the same for single processes of a container, counted from 1; `starts_after` by default.
        published_after: milliseconds from a change of readiness to the change of the endpoints.
        resync_every: the interval of the pod worker's periodic syncs in milliseconds, in reality 60 to 90 s; None for
            no periodic syncs.
        second_looks: for single processes of a container, milliseconds from the sync that first sees the process to the
            next one, which is the first that can trigger its readiness probe; 0 by default, in reality up to 2 s.
        requeue_jitter: the position of a retry after CrashLoopBackOff in its range, from 0 (earliest) to 100 (latest).
        back_off: the settings of CrashLoopBackOff.
    """

    version: KubernetesVersion = DEFAULT
    phases: Mapping[tuple[str, ProbeKind], int] = field(default_factory=dict[tuple[str, ProbeKind], int])
    clock_fraction: int = 0
    seen_after: int = 0
    acts_after: int = 0
    starts_after: int = 0
    starts: Mapping[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])
    published_after: int = 0
    resync_every: int | None = None
    second_looks: Mapping[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])
    requeue_jitter: int = 0
    back_off: BackOffSettings = field(default_factory=BackOffSettings)

    def __post_init__(self) -> None:
        """Reject values that are out of range."""
        problems = [
            f"{name} is {value}; it must be 0 or greater"
            for name in ("clock_fraction", "seen_after", "acts_after", "starts_after", "published_after")
            if (value := getattr(self, name)) < 0
        ]
        if self.resync_every is not None and self.resync_every <= 0:
            problems.append(f"resync_every is {self.resync_every}; it must be positive")
        if not 0 <= self.requeue_jitter <= 100:  # noqa: PLR2004 - per cent
            problems.append(f"requeue_jitter is {self.requeue_jitter}; it is a percentage")
        if problems:
            raise InvalidScenario(problems)

    @cached_property
    def own_seen_after(self) -> int:
        """Milliseconds from a start or kill by the kubelet itself until it notices the result."""
        return 0 if self.version >= OWN_ACTIONS_SEEN_SINCE else self.seen_after

    def start_latency(self, container: str, life: int) -> int:
        """Milliseconds that creating a container takes before its process with this number runs."""
        return self.starts.get((container, life), self.starts_after)

    @cached_property
    def rebases(self) -> bool:
        """Whether a manual readiness run restarts the period."""
        return self.version >= ALWAYS_TRIGGERED_SINCE

    def requeued_after(self, remaining: int) -> int:
        """Milliseconds from a refused start to its retry; `remaining` is the rest of the back-off."""
        # 60 s is the resync interval, 10 s the delay after a failed sync; jitter adds up to one half to both.
        base = max(0, min(remaining, 60_000)) if self.version >= TIMED_BACK_OFF_SINCE else 10_000
        return base + base * self.requeue_jitter // 200


IDEAL: Final = Kubelet()
"""No latencies, and every ticker in phase with the pod's setup."""

TYPICAL: Final = Kubelet(seen_after=500, starts_after=300, published_after=200, resync_every=75_000)
"""Latencies that are typical of a node with little load."""
