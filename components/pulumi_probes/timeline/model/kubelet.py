"""The kubelet's own parameters: its version, the phases of its tickers and its latencies.

What differs between versions is described in docs/explanation/kubelet/versions.md#changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from pulumi_probes.model.probe import ProbeKind
from pulumi_probes.model.version import DEFAULT, KubernetesVersion
from pulumi_probes.timeline.model.scenario import InvalidScenario

ERROR_TRIES: Final = 3
"""How often the kubelet tries when the prober itself fails.

`maxProbeRetries` of the kubelet; see docs/explanation/kubelet/attempt.md#outcomes.
"""

ALWAYS_TRIGGERED_SINCE: Final = KubernetesVersion(1, 32)
"""From here on a manual readiness run restarts the period, and a startup worker rests after success too.

See docs/explanation/kubelet/probe-worker.md#manual-runs and docs/explanation/kubelet/probe-worker.md#hold.
"""

SIDECARS_OUTLIVE_NEVER_SINCE: Final = KubernetesVersion(1, 33)
"""From here on the workers of a sidecar survive its restart in a pod with `restartPolicy: Never`.

`pkg/kubelet/prober/worker.go: doProbe`; see docs/explanation/kubelet/probe-worker.md#one-worker-per-probe.
"""

OWN_DEEDS_SEEN_SINCE: Final = KubernetesVersion(1, 36)
"""From here on the kubelet looks at the runtime right after it has done something, not only once a second.

`PLEGOnDemandRelist`, `pkg/kubelet/pleg/generic.go: RequestRelist`;
see docs/explanation/kubelet/pod-sync.md#the-pod-worker.
"""

TIMED_BACK_OFF_SINCE: Final = KubernetesVersion(1, 35)
"""From here on a refused start is tried again when the back-off ends, not every 10 to 15 s.

`pkg/kubelet/pod_workers.go: completeWork`;
see docs/explanation/kubelet/back-off.md#when-a-refused-start-is-tried-again.
"""


@dataclass(frozen=True, kw_only=True)
class BackOffSettings:
    """CrashLoopBackOff in milliseconds; the numbers of Kubernetes unless the kubelet is configured otherwise.

    Mirrors `pkg/kubelet/kubelet.go: newCrashLoopBackOff`; see docs/explanation/kubelet/back-off.md#settings.

    Attributes:
        initial: the first delay.
        longest: delays double up to this.
        forgotten_after: a container that ran this long starts afresh.
    """

    initial: int = 10_000
    longest: int = 300_000
    forgotten_after: int = 600_000


@dataclass(frozen=True, kw_only=True)
class Kubelet:
    """Everything about the kubelet that is not in the manifest. Without arguments it is as fast as can be.

    A bound holds for every phase and fraction; the latencies come on top of it.

    Attributes:
        version: of Kubernetes.
        phases: when a worker's ticker ticks, in milliseconds from zero and modulo its period; 0 where absent.
        clock_fraction: the milliseconds of the wall clock at zero; the kubelet cuts start times to whole seconds.
        seen_after: from a container's start or exit until the kubelet notices (PLEG, up to 1 s); from 1.36 on it
            notices at once what it has done itself.
        acts_after: from a probe's verdict until the pod worker acts on it.
        starts_after: what creating a container takes.
        starts: what it takes for one process of one container, counted from 1, where that is known.
        published_after: from readiness to the change of the endpoints.
        resync_every: the pod worker's own rhythm, 60 to 90 s in truth; None leaves it out.
        second_looks: for one process of one container how long after the sync that first sees it the next one comes:
            the first whose request for a readiness run finds it. At once where absent; up to 2 s in truth.
        requeue_jitter: where in its range a retry after CrashLoopBackOff falls, 0 for the earliest, 100 the latest.
        back_off: the delays of CrashLoopBackOff.
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
        """Refuse what no clock could do."""
        problems = [
            f"{name} is {value}; it must not be negative"
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
        """From a start or a kill of its own until the kubelet notices."""
        return 0 if self.version >= OWN_DEEDS_SEEN_SINCE else self.seen_after

    def start_latency(self, container: str, life: int) -> int:
        """What creating a container takes before its process with this number runs."""
        return self.starts.get((container, life), self.starts_after)

    @cached_property
    def rebases(self) -> bool:
        """Whether a manual readiness run restarts the period."""
        return self.version >= ALWAYS_TRIGGERED_SINCE

    def requeued_after(self, remaining: int) -> int:
        """How long after a refused start the next try comes; `remaining` is what is left of the back-off."""
        # 60 s is the resync interval, 10 s the period after a failed sync; both are lengthened by up to one half.
        base = max(0, min(remaining, 60_000)) if self.version >= TIMED_BACK_OFF_SINCE else 10_000
        return base + base * self.requeue_jitter // 200


IDEAL: Final = Kubelet()
"""No latency, every ticker in phase with the pod's set-up."""

TYPICAL: Final = Kubelet(seen_after=500, starts_after=300, published_after=200, resync_every=75_000)
"""About what a quiet node shows."""
