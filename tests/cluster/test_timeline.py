"""The timeline compared with a real kubelet: the same scenarios on pods, all at once, and in the simulator."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from harness import Cluster
from harness.comparison import TOLERANCE_SECONDS, Match, compare, start_delays, stray_attempts
from harness.scenario_runner import Recording, ScenarioRunner, scenario_pod
from harness.scenarios import SCENARIOS, PodScenario
from harness.toolchain import kubernetes_version

from pulumi_probes.codec.manifest import read_workloads
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.version import parse_version
from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.model.pod_reader import read_pod

KUBELET = Kubelet(version=parse_version(kubernetes_version()))

SHORT_PERIODS_SECONDS = 11
"""Longer than the periods of all scenarios except the last ones."""

AT_ONCE = (16, 8, 3)
"""The numbers of concurrent pods, for the first run and for repetitions."""

BETWEEN_ENTRANCES_SECONDS = 0.8
"""The interval between the starts of two scenarios, so that the load does not affect the results."""

EVERY_PLAY = pytest.mark.parametrize("play", SCENARIOS, ids=lambda play: play.name)


@pytest.fixture(scope="module")
def runner(node: Cluster) -> Iterator[ScenarioRunner]:
    """The namespace of the actors."""
    namespace = f"stage-{uuid.uuid4().hex[:8]}"
    node.client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    runner = ScenarioRunner(node, namespace)
    yield runner
    runner.close()
    node.client.delete("v1", "Namespace", namespace)


@dataclass(frozen=True, slots=True)
class Performance:
    """One scenario as observed, with its prediction."""

    match: Match
    recording: Recording

    @property
    def strays(self) -> list[str]:
        """Attempts of startup and liveness probes in only one of the two; a refused TCP probe leaves no trace."""
        return [
            f"{container.name}: {line}"
            for container in self.match.timeline.pod.all_containers
            for kind in (ProbeKind.STARTUP, ProbeKind.LIVENESS)
            if (probe := container.probe(kind)) is not None and probe.handler != "tcpSocket"
            for line in stray_attempts(self.match, self.recording, container.name, kind)
        ]

    @property
    def late_starts(self) -> dict[tuple[str, int], tuple[float, float]]:
        """Processes that started later than allowed: seconds, and how many are allowed."""
        return {process: (delay, limit) for process, delay, limit in start_delays(self.match) if delay > limit}

    @property
    def is_as_said(self) -> bool:
        """Whether no difference is larger than the tolerance."""
        return self.match.difference <= TOLERANCE_SECONDS and not self.strays and not self.late_starts


@pytest.fixture(scope="module")
def performances(runner: ScenarioRunner) -> dict[str, Performance]:
    """Every scenario as observed; one that differs is repeated, with fewer others at the same time.

    What differs because the machine was busy does not do so twice; what differs because the prediction is wrong does.
    """
    found: dict[str, Performance] = {}
    for number, at_once in enumerate(AT_ONCE):
        again = tuple(play for play in SCENARIOS if play.name not in found or not found[play.name].is_as_said)
        perform(runner, again, at_once, number)
        for play in again:
            recording = runner.recording(pod_name(play, number))
            (workload,) = read_workloads(Manifest(content=manifest(runner, play, number)))
            match = compare(read_pod(workload), play.scenario, recording, KUBELET)
            found[play.name] = Performance(match, recording)
    return found


def test_there_are_scenarios_of_every_kind() -> None:
    """There are at least forty, each with its own name."""
    assert len(SCENARIOS) >= 40
    assert len(SCENARIOS) == len({play.name for play in SCENARIOS})


@EVERY_PLAY
def test_events_are_as_predicted(play: PodScenario, performances: dict[str, Performance]) -> None:
    """The same containers start, become ready, are stopped and exit, in the same order, within the tolerance."""
    match = performances[play.name].match
    assert match.difference <= TOLERANCE_SECONDS, str(match)


@EVERY_PLAY
def test_attempts_are_as_predicted(play: PodScenario, performances: dict[str, Performance]) -> None:
    """Every attempt of a startup or liveness probe was predicted, and every predicted one was observed."""
    assert [] == performances[play.name].strays, str(performances[play.name].match)


@EVERY_PLAY
def test_restarts_follow_the_back_off(play: PodScenario, performances: dict[str, Performance]) -> None:
    """A new process starts no earlier than CrashLoopBackOff allows, and not much later."""
    assert {} == performances[play.name].late_starts, str(performances[play.name].match)


def perform(runner: ScenarioRunner, scenarios: tuple[PodScenario, ...], at_once: int, number: int) -> None:
    """Run all scenarios, overlapping, each until its own end."""
    runner.wait_for_age(SHORT_PERIODS_SECONDS)
    coming = list(scenarios)
    on_stage: list[PodScenario] = []
    entered_at = 0.0
    while coming or on_stage:
        now = time.time()
        if coming and len(on_stage) < at_once and now >= entered_at + BETWEEN_ENTRANCES_SECONDS:
            play = coming.pop(0)
            runner.enter(manifest(runner, play, number))
            on_stage.append(play)
            entered_at = now
        for play in list(on_stage):
            recording = runner.recording(pod_name(play, number))
            begins = min((note.at for note in recording.notes), default=now)
            deleted_at = play.scenario.deleted_at
            if now > begins + play.scenario.horizon / 1000:
                runner.remove(pod_name(play, number))
                on_stage.remove(play)
            elif deleted_at is not None and recording.deleted_at is None and now >= begins + deleted_at / 1000:
                runner.leave(pod_name(play, number))
        time.sleep(0.05)


def pod_name(play: PodScenario, number: int) -> str:
    """The pod of a scenario."""
    return f"{play.name}-{number}"


def manifest(runner: ScenarioRunner, play: PodScenario, number: int) -> dict[str, object]:
    """Its manifest."""
    return scenario_pod(
        pod_name(play, number), runner.namespace, play.containers, play.scenario, runner.notes_address, **play.spec
    )
