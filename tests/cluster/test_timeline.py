"""The timeline against a real kubelet: the same scenarios played on pods, all at once, and in the simulator."""

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
from pulumi_probes.model.probe import ProbeKind
from pulumi_probes.model.version import parse_version
from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.model.pod_reader import read_pod

KUBELET = Kubelet(version=parse_version(kubernetes_version()))

SHORT_PERIODS_SECONDS = 11
"""Longer than the periods of all plays but those that come last."""

AT_ONCE = (16, 8, 3)
"""How many pods at once, the first time and the next ones."""

BETWEEN_ENTRANCES_SECONDS = 0.8
"""One after another: otherwise the machine, not the kubelet, decides what is seen."""

EVERY_PLAY = pytest.mark.parametrize("play", SCENARIOS, ids=lambda play: play.name)


@pytest.fixture(scope="module")
def runner(node: Cluster) -> Iterator[ScenarioRunner]:
    """A namespace of the actors' own."""
    namespace = f"stage-{uuid.uuid4().hex[:8]}"
    node.client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    runner = ScenarioRunner(node, namespace)
    yield runner
    runner.close()
    node.client.delete("v1", "Namespace", namespace)


@dataclass(frozen=True, slots=True)
class Performance:
    """One play as it was seen, beside its prediction."""

    match: Match
    recording: Recording

    @property
    def strays(self) -> list[str]:
        """Attempts of startup and liveness probes in one of the two only; a TCP probe leaves no trace when refused."""
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
        """Whether nothing differs by more than the tolerance."""
        return self.match.difference <= TOLERANCE_SECONDS and not self.strays and not self.late_starts


@pytest.fixture(scope="module")
def performances(runner: ScenarioRunner) -> dict[str, Performance]:
    """Every play as it was seen; one that differs is played again, with fewer others beside it.

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


def test_there_are_plays_of_every_kind() -> None:
    """At least forty, each with a name of its own."""
    assert len(SCENARIOS) >= 40
    assert len(SCENARIOS) == len({play.name for play in SCENARIOS})


@EVERY_PLAY
def test_what_happens_is_what_was_said(play: PodScenario, performances: dict[str, Performance]) -> None:
    """The same containers start, are ready, are told to stop and exit, in the same order, each within the tolerance."""
    match = performances[play.name].match
    assert match.difference <= TOLERANCE_SECONDS, str(match)


@EVERY_PLAY
def test_attempts_stand_where_they_were_said(play: PodScenario, performances: dict[str, Performance]) -> None:
    """Every attempt of a startup or liveness probe is one that was predicted, and the other way round."""
    assert [] == performances[play.name].strays, str(performances[play.name].match)


@EVERY_PLAY
def test_restarts_come_when_back_off_allows(play: PodScenario, performances: dict[str, Performance]) -> None:
    """A new process starts no earlier than the rules of CrashLoopBackOff say, and not much later."""
    assert {} == performances[play.name].late_starts, str(performances[play.name].match)


def perform(runner: ScenarioRunner, scenarios: tuple[PodScenario, ...], at_once: int, number: int) -> None:
    """Play them all, overlapping, each until its own curtain."""
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
    """The pod of a play's performance."""
    return f"{play.name}-{number}"


def manifest(runner: ScenarioRunner, play: PodScenario, number: int) -> dict[str, object]:
    """Its manifest."""
    return scenario_pod(
        pod_name(play, number), runner.namespace, play.containers, play.scenario, runner.notes_address, **play.spec
    )
