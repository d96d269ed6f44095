"""The timeline against a real kubelet: the same scenarios played on pods, all at once, and in the simulator."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

import pytest
from harness import Cluster
from harness.comparison import (
    START_SECONDS,
    TOLERANCE_SECONDS,
    Match,
    compare,
    start_delays,
    stray_attempts,
)
from harness.plays import PLAYS, Play
from harness.stage import Recording, Stage, scenario_pod
from harness.toolchain import kubernetes_version

from pulumi_probes.codec.manifest import read_workloads
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.probe import ProbeKind
from pulumi_probes.model.version import parse_version
from pulumi_probes.timeline.kubelet import Kubelet
from pulumi_probes.timeline.pod import read_pod

KUBELET = Kubelet(version=parse_version(kubernetes_version()))

SHORT_PERIODS_SECONDS = 11
"""Longer than the periods of all plays but those that come last."""

AT_ONCE = 16
BETWEEN_ENTRANCES_SECONDS = 0.8
"""No more pods at once, and one after another: otherwise the machine, not the kubelet, decides what is seen."""

EVERY_PLAY = pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.name)


@pytest.fixture(scope="module")
def stage(node: Cluster) -> Iterator[Stage]:
    """A namespace of the actors' own."""
    namespace = f"stage-{uuid.uuid4().hex[:8]}"
    node.client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    stage = Stage(node, namespace)
    yield stage
    stage.close()
    node.client.delete("v1", "Namespace", namespace)


@pytest.fixture(scope="module")
def matches(stage: Stage) -> dict[str, tuple[Match, Recording]]:
    """Each play's prediction beside what was seen."""
    perform(stage, PLAYS)
    found: dict[str, tuple[Match, Recording]] = {}
    for play in PLAYS:
        (workload,) = read_workloads(Manifest(content=manifest(stage, play)))
        recording = stage.recording(play.name)
        found[play.name] = compare(read_pod(workload), play.scenario, recording, KUBELET), recording
    return found


def test_there_are_plays_of_every_kind() -> None:
    """At least forty, each with a name of its own."""
    assert len(PLAYS) >= 40
    assert len(PLAYS) == len({play.name for play in PLAYS})


@EVERY_PLAY
def test_what_happens_is_what_was_said(play: Play, matches: dict[str, tuple[Match, Recording]]) -> None:
    """The same containers start, are ready, are told to stop and exit, in the same order, each within the tolerance."""
    match, _ = matches[play.name]
    assert match.difference <= TOLERANCE_SECONDS, str(match)


@EVERY_PLAY
def test_attempts_stand_where_they_were_said(play: Play, matches: dict[str, tuple[Match, Recording]]) -> None:
    """Every attempt of a startup or liveness probe is one that was predicted, and the other way round."""
    match, recording = matches[play.name]
    strays = [
        f"{container.name}: {line}"
        for container in match.timeline.pod.all_containers
        for kind in (ProbeKind.STARTUP, ProbeKind.LIVENESS)
        if (probe := container.probe(kind)) is not None and probe.handler != "tcpSocket"
        for line in stray_attempts(match, recording, container.name, kind)
    ]
    assert [] == strays, str(match)


@EVERY_PLAY
def test_restarts_come_when_back_off_allows(play: Play, matches: dict[str, tuple[Match, Recording]]) -> None:
    """A new process starts no earlier than the rules of CrashLoopBackOff say, and not much later."""
    match, _ = matches[play.name]
    late = {process: (delay, limit) for process, delay, limit in start_delays(match) if delay > limit}
    assert {} == late, f"{START_SECONDS} s and half of the back-off are allowed\n{match}"


def perform(stage: Stage, plays: tuple[Play, ...]) -> None:
    """Play them all, overlapping, each until its own curtain."""
    stage.wait_for_age(SHORT_PERIODS_SECONDS)
    coming = list(plays)
    on_stage: list[Play] = []
    entered_at = 0.0
    while coming or on_stage:
        now = time.time()
        if coming and len(on_stage) < AT_ONCE and now >= entered_at + BETWEEN_ENTRANCES_SECONDS:
            play = coming.pop(0)
            stage.enter(manifest(stage, play))
            on_stage.append(play)
            entered_at = now
        for play in list(on_stage):
            recording = stage.recording(play.name)
            begins = min((note.at for note in recording.notes), default=now)
            deleted_at = play.scenario.deleted_at
            if now > begins + play.scenario.horizon / 1000:
                stage.remove(play.name)
                on_stage.remove(play)
            elif deleted_at is not None and recording.deleted_at is None and now >= begins + deleted_at / 1000:
                stage.leave(play.name)
        time.sleep(0.05)


def manifest(stage: Stage, play: Play) -> dict[str, object]:
    """The pod of a play."""
    return scenario_pod(play.name, stage.namespace, play.containers, play.scenario, stage.notes_address, **play.spec)
