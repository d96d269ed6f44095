"""A pod as the kubelet sees it: containers, probes, hooks and grace periods, as frozen data in milliseconds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerRole
from pulumi_probes.timeline.model.duration import MILLISECONDS
from pulumi_probes.timeline.model.scenario import InvalidScenario


class PodProbe(Struct, frozen=True, kw_only=True):
    """A probe's numbers in milliseconds, thresholds in attempts.

    Attributes:
        delay: `initialDelaySeconds`.
        period: `periodSeconds`.
        timeout: `timeoutSeconds`.
        successes: `successThreshold`.
        failures: `failureThreshold`.
        grace: the probe's own grace period; None for the pod's.
        handler: `httpGet`, `tcpSocket`, `grpc` or `exec`; None if the manifest has none or several.
        endpoint: the probed endpoint, equal for two probes of the same one; None if it is not known.
        always_errs: whether every attempt is an error, whatever the application does.
    """

    delay: int = 0
    period: int = 10 * MILLISECONDS
    timeout: int = 1 * MILLISECONDS
    successes: int = 1
    failures: int = 3
    grace: int | None = None
    handler: str | None = None
    endpoint: Any = None
    always_errs: bool = False

    def __post_init__(self) -> None:
        """Reject values that the API server rejects."""
        least = {"delay": 0, "period": 1, "timeout": 1, "successes": 1, "failures": 1}
        problems = [
            f"the probe's {name} must be at least {minimum}, not {getattr(self, name)}"
            for name, minimum in least.items()
            if getattr(self, name) < minimum
        ]
        if problems:
            raise InvalidScenario(problems)

    @property
    def initial_delay_seconds(self) -> int:
        """`initialDelaySeconds`."""
        return self.delay // MILLISECONDS

    @property
    def period_seconds(self) -> int:
        """`periodSeconds`."""
        return self.period // MILLISECONDS

    @property
    def timeout_seconds(self) -> int:
        """`timeoutSeconds`."""
        return self.timeout // MILLISECONDS

    @property
    def success_threshold(self) -> int:
        """`successThreshold`."""
        return self.successes

    @property
    def failure_threshold(self) -> int:
        """`failureThreshold`."""
        return self.failures


class PodContainer(Struct, frozen=True, kw_only=True):
    """One container.

    Attributes:
        name: its name.
        role: regular, sidecar or plain init container.
        startup: its startup probe.
        readiness: its readiness probe.
        liveness: its liveness probe.
        pre_stop: the duration of its preStop hook in milliseconds; 0 for no hook.
        post_start: the duration of its postStart hook in milliseconds; 0 for no hook.
        restart_policy: its own `restartPolicy` (since Kubernetes 1.35); None for the pod's.
    """

    name: str
    role: ContainerRole = ContainerRole.REGULAR
    startup: PodProbe | None = None
    readiness: PodProbe | None = None
    liveness: PodProbe | None = None
    pre_stop: int = 0
    post_start: int = 0
    restart_policy: str | None = None

    @property
    def is_sidecar(self) -> bool:
        """Whether it is an init container that keeps running."""
        return self.role is ContainerRole.SIDECAR

    @property
    def counts_for_readiness(self) -> bool:
        """Whether the pod is Ready only if this container is ready."""
        return self.role in (ContainerRole.REGULAR, ContainerRole.SIDECAR)

    def probe(self, kind: ProbeKind) -> PodProbe | None:
        """The probe of a kind."""
        if kind is ProbeKind.STARTUP:
            return self.startup
        return self.readiness if kind is ProbeKind.READINESS else self.liveness

    @property
    def probes(self) -> Iterator[tuple[ProbeKind, PodProbe]]:
        """The probes that are set, startup first."""
        for kind in ProbeKind:
            probe = self.probe(kind)
            if probe is not None:
                yield kind, probe


class Pod(Struct, frozen=True, kw_only=True, dict=True):
    """A pod.

    Attributes:
        name: its name in a diagram.
        init_containers: plain init containers and sidecars, in the order in which they start.
        containers: the regular containers.
        grace: `terminationGracePeriodSeconds`, in milliseconds.
        restart_policy: `Always`, `OnFailure` or `Never`.
    """

    containers: tuple[PodContainer, ...]
    name: str = "pod"
    init_containers: tuple[PodContainer, ...] = ()
    grace: int = 30 * MILLISECONDS
    restart_policy: str = "Always"

    @cached_property
    def all_containers(self) -> tuple[PodContainer, ...]:
        """The init containers, then the regular ones."""
        return self.init_containers + self.containers

    def without_container_policies(self) -> Pod:
        """The pod as an API server keeps it that does not know `restartPolicy` of a container."""
        if all(item.restart_policy is None for item in self.all_containers):
            return self
        return replace(
            self,
            init_containers=tuple(replace(item, restart_policy=None) for item in self.init_containers),
            containers=tuple(replace(item, restart_policy=None) for item in self.containers),
        )

    def container(self, name: str) -> PodContainer | None:
        """The container with a name; None if there is none."""
        return next((item for item in self.all_containers if item.name == name), None)

    def may_restart(self, container: PodContainer, exit_code: int) -> bool:
        """Whether the restart policy restarts a container that has ended with `exit_code`.

        Mirrors `pkg/api/v1/pod/util.go: ContainerShouldRestart`, without a container's restart rules;
        see docs/explanation/kubelet/pod-sync.md#restart-policy.
        """
        if container.is_sidecar:
            return True
        policy = container.restart_policy or self.restart_policy
        return policy == "Always" or (policy == "OnFailure" and exit_code != 0)

    def restarts_after_probe(self, container: PodContainer) -> bool:
        """Whether the sync that kills a container because of a probe also restarts it.

        The exit code is not known yet and does not matter: see docs/explanation/kubelet/pod-sync.md#kills-and-starts.
        """
        return container.is_sidecar or (container.restart_policy or self.restart_policy) != "Never"
