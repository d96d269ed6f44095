"""Assertions about probes for your own tests, in seconds.

```python
from pulumi_probes.testing import assert_hung_pod_leaves_traffic_within, assert_no_restart_when

def test_cart():
    assert_hung_pod_leaves_traffic_within("deploy/cart.yaml", 15)
    assert_no_restart_when("deploy/cart.yaml", "dependency-down 5m")
```

The subject of an assertion can be a component of this project, a health contract (the result of a preset), a manifest
as a dictionary or a list of them, or the path of a file or directory of manifests. The assertion must hold for all its
workloads, whatever the phases of the kubelet's tickers. Latencies other than those of probes, 0 to 3 s, are not
included.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NoReturn, Protocol

from msgspec.structs import replace

from pulumi_probes.codec.files import read_paths
from pulumi_probes.codec.manifest import read_stack
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.probe import HealthContract
from pulumi_probes.model.values import UNKNOWN, revealed
from pulumi_probes.model.version import DEFAULT, KubernetesVersion, supported_version
from pulumi_probes.timeline.bounds.pod import ContainerStart, pod_ready_seconds
from pulumi_probes.timeline.bounds.probe import Interval
from pulumi_probes.timeline.bounds.workload import HealthSummary, format_interval
from pulumi_probes.timeline.drawing.event_log import event_log
from pulumi_probes.timeline.model.duration import MILLISECONDS, format_seconds
from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.model.result import EventKind
from pulumi_probes.timeline.model.scenario import Scenario
from pulumi_probes.timeline.scenarios.file import read_scenario
from pulumi_probes.timeline.scenarios.named import named_scenario
from pulumi_probes.timeline.simulated_workload import SimulatedWorkload, simulated_contract, simulated_workload
from pulumi_probes.timeline.simulator import simulate

__all__ = [
    "Probed",
    "assert_hung_pod_is_restarted_within",
    "assert_hung_pod_leaves_traffic_within",
    "assert_no_restart_when",
    "assert_ready_within",
    "assert_rolls_out_within",
    "assert_survives_start_of",
]


class HasManifests(Protocol):
    """A component of this project, which knows the objects that it registers."""

    @property
    def manifests(self) -> Mapping[str, Mapping[str, Any]]:
        """The objects by kind; their leaves may be Outputs."""
        ...


Probed = HealthContract | HasManifests | Mapping[str, Any] | Sequence[Mapping[str, Any]] | str | os.PathLike[str]
"""The subject of an assertion."""

_SHOWN_MOMENTS: Final = 12

# Where `__tracebackhide__` is set, pytest leaves the frame out, so that a failure ends in the line of the user's test.


def assert_ready_within(probed: Probed, seconds: int, *, starts_in: int | None = None) -> None:
    """Assert that a pod becomes Ready at most `seconds` after its start.

    Args:
        probed: the subject, see above.
        seconds: seconds from the start of the pod's first container.
        starts_in: seconds that every container takes until it responds; by default, the slowest startup
            that is guaranteed.

    Raises:
        AssertionError: it may take longer, or never happen.
    """
    __tracebackhide__ = True
    for simulated in _simulated_workloads(probed):
        if not simulated.summary.becomes_ready:
            _fail(
                simulated,
                f"must be Ready within {format_seconds(seconds)}, but never is, because a probe uses a port name that "
                "its container does not declare",
                "Use the name of a port that the container declares.",
            )
        latest = simulated.summary.ready_within if starts_in is None else _ready_by(simulated, starts_in)
        if latest is None:
            _fail(
                simulated,
                f"must be Ready within {format_seconds(seconds)}, but its start has no time limit",
                "Add a startup probe, or set the expected duration: starts_in=...",
            )
        if latest > seconds:
            start = "the slowest allowed startup" if starts_in is None else f"a startup of {format_seconds(starts_in)}"
            _fail(
                simulated,
                f"must be Ready within {format_seconds(seconds)}, but {start} may take {format_seconds(latest)}",
                "Use a smaller periodSeconds for the startup or readiness probe.",
            )


def assert_survives_start_of(probed: Probed, seconds: int) -> None:
    """Assert that a container whose application responds `seconds` after its start is never killed for being slow.

    Raises:
        AssertionError: it is killed for some phase of the kubelet's ticker.
    """
    __tracebackhide__ = True
    for simulated, name, health in _containers(probed):
        limit = health.guaranteed_start
        if limit is not None and limit < seconds:
            killed = health.never_answers_killed or Interval(limit, limit)
            _fail(
                simulated,
                f"{name} must allow a startup of {format_seconds(seconds)}, but only {format_seconds(limit)} is "
                f"guaranteed; it is killed after {format_interval(killed)}",
                "(failureThreshold - 1) * periodSeconds of the startup probe must be at least the slowest startup.",
            )


def assert_hung_pod_leaves_traffic_within(probed: Probed, seconds: int) -> None:
    """Assert that a pod with a hung container is removed from the endpoints at most `seconds` after the hang.

    Only containers with a readiness probe are checked, and there must be one.

    Raises:
        AssertionError: it may receive traffic for longer, or no readiness probe would detect the hang.
    """
    __tracebackhide__ = True
    for simulated in _simulated_workloads(probed):
        known = [
            (item.name, item.health.hung_leaves_traffic)
            for item in simulated.summary.containers
            if item.health.hung_leaves_traffic is not None
        ]
        if not known:
            _fail(
                simulated,
                f"must stop receiving traffic within {format_seconds(seconds)} of a hang, but no readiness probe "
                "detects it",
                "Add a readiness probe.",
            )
        for name, leaves in known:
            if leaves.latest > seconds:
                _fail(
                    simulated,
                    f"{name} must stop receiving traffic within {format_seconds(seconds)} of a hang, but takes "
                    f"{format_interval(leaves)}",
                    "periodSeconds + (failureThreshold - 1) * max(periodSeconds, timeoutSeconds) + timeoutSeconds of "
                    "the readiness probe must not be larger.",
                )


def assert_hung_pod_is_restarted_within(probed: Probed, seconds: int) -> None:
    """Assert that a hung container is killed and restarted at most `seconds` after the hang.

    Only containers with a liveness probe are checked, and there must be one.

    Raises:
        AssertionError: it may take longer, or no liveness probe would detect the hang.
    """
    __tracebackhide__ = True
    for simulated in _simulated_workloads(probed):
        known = [
            (item.name, item.health.hung_restarted)
            for item in simulated.summary.containers
            if item.health.hung_restarted is not None
        ]
        if not known:
            _fail(
                simulated,
                f"must be restarted within {format_seconds(seconds)} of a hang, but no liveness probe detects it",
                "Add a liveness probe.",
            )
        for name, restarted in known:
            if restarted.latest > seconds:
                _fail(
                    simulated,
                    f"{name} must be restarted within {format_seconds(seconds)} of a hang, but takes "
                    f"{format_interval(restarted)}",
                    "Make the liveness probe faster, or set its own terminationGracePeriodSeconds.",
                )


def assert_rolls_out_within(probed: Probed, seconds: int) -> None:
    """Assert that a rollout takes at most `seconds` if every startup succeeds, and that no deadline is exceeded.

    Raises:
        AssertionError: it may take longer, may never end, or is reported as failed before it ends.
    """
    __tracebackhide__ = True
    for simulated in _simulated_workloads(probed):
        summary = simulated.summary
        takes = summary.rollout_within
        if takes is None:
            _fail(
                simulated,
                f"must roll out within {format_seconds(seconds)}, but a rollout has no time limit",
                "Give every container a startup or liveness probe, and use a strategy that replaces pods by itself.",
            )
        if takes > seconds:
            _fail(
                simulated,
                f"must roll out within {format_seconds(seconds)}, but may take {format_seconds(takes)}",
                "Start more pods at a time (maxSurge), or start faster.",
            )
        if summary.fits_progress_deadline is False or summary.fits_update_timeout is False:
            _fail(simulated, summary.lines()[-1], "Raise the deadline.")


def assert_no_restart_when(
    probed: Probed,
    scenario: str | Mapping[str, Any] | Scenario,
    *,
    container: str | None = None,
    kubernetes: str = str(DEFAULT),
) -> None:
    """Assert that no container is restarted in a scenario, whatever the phases of the kubelet's tickers.

    The scenario is simulated for every phase in which an attempt falls on, just before or just after a moment at which
    something changes.

    Args:
        probed: the subject, see above.
        scenario: a name such as ``dependency-down 5m``, the content of a scenario file, or a `Scenario`.
        container: the container that a named scenario applies to; by default the first one with probes.
        kubernetes: the Kubernetes version of the kubelet.

    Raises:
        AssertionError: a container is restarted; the message lists the events that lead to it.
        InvalidScenario: the scenario does not fit these containers.
        ValueError: `kubernetes` is not a supported version.
    """
    __tracebackhide__ = True
    version = supported_version(kubernetes)
    for simulated in _simulated_workloads(probed):
        planned = _scenario(simulated, scenario, container, version)
        for kubelet in _phases(simulated, planned, version):
            timeline = simulate(simulated.pod, planned, kubelet)
            restart = next((event for event in timeline.of_kind(EventKind.RUNNING) if (event.life or 1) > 1), None)
            if restart is None:
                continue
            log = [
                f"  {format_seconds(item.at // MILLISECONDS):>12}  {item.text}"
                for item in event_log(timeline)
                if item.at <= restart.at
            ]
            _fail(
                simulated,
                f"must not be restarted in the scenario {planned.name!r}, but {restart.container} is",
                "\n".join(["Events:", *log[-_SHOWN_MOMENTS:]]),
            )


def _fail(simulated: SimulatedWorkload, what: str, fix: str) -> NoReturn:
    __tracebackhide__ = True
    raise AssertionError(f"{simulated.name}: {what}. {fix}")


def _containers(probed: Probed) -> Iterator[tuple[SimulatedWorkload, str, HealthSummary]]:
    for simulated in _simulated_workloads(probed):
        for item in simulated.summary.containers:
            yield simulated, item.name, item.health


def _simulated_workloads(probed: Probed) -> list[SimulatedWorkload]:
    if isinstance(probed, HealthContract):
        return [simulated_contract(probed, name="contract")]
    manifests = _manifests(probed)
    simulated_workloads = [simulated_workload(workload) for workload in read_stack(manifests).workloads]
    if not simulated_workloads:
        raise UnreadableInput(_described(probed), "contains no workload to assert anything about")
    return simulated_workloads


def _manifests(probed: Any) -> list[Manifest]:
    if isinstance(probed, (str, os.PathLike)):
        documents = read_paths([os.fspath(probed)])
        if documents.errors:
            raise documents.errors[0]
        return documents.manifests
    if isinstance(probed, Mapping):
        return [Manifest(content=_known(probed))]
    if isinstance(probed, Sequence):
        return [Manifest(content=_known(content)) for content in probed]
    if hasattr(probed, "manifests"):
        return [Manifest(content=_known(content)) for content in probed.manifests.values()]
    raise TypeError(
        f"{type(probed).__name__} is not supported; use a component, a health contract, a manifest or a path"
    )


def _known(value: Any) -> Any:
    """The value with `UNKNOWN` for everything that is not JSON, such as an Output."""
    value = revealed(value)
    if isinstance(value, Mapping):
        return {key: _known(below) for key, below in value.items()}
    if isinstance(value, (list, tuple)):
        return [_known(below) for below in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else UNKNOWN


def _described(probed: Any) -> str:
    return os.fspath(probed) if isinstance(probed, (str, os.PathLike)) else type(probed).__name__


def _ready_by(simulated: SimulatedWorkload, starts_in: int) -> int:
    """The latest time at which the pod is Ready, if each container responds `starts_in` seconds after its own start."""
    starts = [
        ContainerStart(
            is_sidecar=item.is_sidecar,
            startup=item.startup,
            readiness=item.readiness,
            liveness=item.liveness,
            post_start_seconds=item.post_start // MILLISECONDS,
        )
        for item in simulated.pod.all_containers
        if item.counts_for_readiness
    ]
    return pod_ready_seconds(starts, lambda _start, _seen_at: starts_in)


def _scenario(
    simulated: SimulatedWorkload,
    scenario: str | Mapping[str, Any] | Scenario,
    container: str | None,
    version: KubernetesVersion,
) -> Scenario:
    kubelet = Kubelet(version=version)
    if isinstance(scenario, str):
        return named_scenario(scenario, simulated.pod, container=container, kubelet=kubelet)
    if isinstance(scenario, Scenario):
        return scenario
    return read_scenario(scenario, simulated.pod, kubelet)


def _phases(simulated: SimulatedWorkload, scenario: Scenario, version: KubernetesVersion) -> Iterator[Kubelet]:
    """Kubelets whose tickers tick at, just before and just after every moment at which something changes."""
    probes = [(item.name, kind, probe) for item in simulated.pod.all_containers for kind, probe in item.probes]
    moments = {0, *(mark for mark, _ in scenario.marks), *(probe.delay for _, _, probe in probes)}
    for script in scenario.scripts.values():
        tracks = [life.track(kind) for life in script.lives for _, kind, _ in probes] + list(script.overlays.values())
        moments |= {moment for track in tracks for moment, _ in track.segments}
    for moment in sorted(moments):
        for shift in (-1, 0, 1):
            phases = {(name, kind): (moment + shift) % probe.period for name, kind, probe in probes}
            yield replace(Kubelet(version=version), phases=phases)
