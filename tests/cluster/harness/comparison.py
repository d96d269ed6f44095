"""Compares the observations of a pod with the prediction of the timeline: the same events at about the same times."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any, Final

from msgspec.structs import replace

from harness.scenario_runner import Recording
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.model.pod import Pod
from pulumi_probes.timeline.model.result import EventKind, Timeline
from pulumi_probes.timeline.model.scenario import Scenario
from pulumi_probes.timeline.simulator import simulate

_COMPARED: Final = {
    EventKind.RUNNING: "runs",
    EventKind.STARTED: "started",
    EventKind.INHERITS_STARTED: "started",
    EventKind.READY: "ready",
    EventKind.NOT_READY: "not ready",
    EventKind.SIGTERM: "SIGTERM",
    EventKind.EXITED: "exits",
}

TOLERANCE_SECONDS: Final = 1.25
"""The tolerance between an event and its prediction: the kubelet polls the runtime once a second, and messages are
delayed on a busy machine."""

ATTEMPT_SECONDS: Final = 0.8
"""The tolerance for attempts, which follow the ticker exactly, except for the latency of the request."""

START_SECONDS: Final = 2.5
"""The latency until an exit is noticed (polled once a second) and a container created, on a busy machine."""

_SEEN_AFTER: Final = (50, 350, 650, 950)
"""The possible phases of the kubelet's polling of the runtime, in milliseconds."""

_TRIED_STARTS: Final = 8

_FIRST_START: Final = tuple(range(100, 2600, 100))
"""The time for setting up a pod and creating its first container on a busy machine, in milliseconds."""


@dataclass(frozen=True, slots=True, order=True)
class Happening:
    """An event of a container, which can be compared between observation and prediction.

    Attributes:
        at: the time in seconds, since the epoch if observed, since the set-up of the pod if predicted.
        container: the name of the container.
        life: the number of its process, counted from 1.
        what: the name of the event; for an exit, with the exit code.
    """

    at: float
    container: str
    life: int
    what: str


@dataclass(frozen=True, slots=True)
class Match:
    """The closest prediction.

    Attributes:
        difference: the largest difference between two events, in seconds; infinite if the events do not match.
        pairs: observed and predicted times, both in seconds since the set-up of the pod.
        missing: events that were only predicted, or only observed.
        timeline: the prediction, with the latencies found.
        origin: the time of the pod's set-up, in seconds since the epoch.
    """

    difference: float
    pairs: tuple[tuple[Happening, Happening], ...]
    missing: tuple[str, ...]
    timeline: Timeline
    origin: float

    def __str__(self) -> str:
        lines = [f"largest difference {self.difference:.2f} s"]
        lines += [
            f"  {seen.container}.{seen.life} {seen.what:<12} seen {seen.at:7.2f} predicted {said.at:7.2f}"
            for seen, said in self.pairs
        ]
        return "\n".join([*lines, *(f"  {line}" for line in self.missing)])


def compare(pod: Pod, scenario: Scenario, recording: Recording, kubelet: Kubelet) -> Match:
    """Find the latencies for which the prediction is closest to the observations.

    The start times of processes are those observed, and therefore not predicted; `start_delays` checks their distance
    from the end of the previous process. Everything else is fixed: the version, the phases of the tickers (a worker's
    first tick is one period after the set-up of the pod), and the fraction of a second of the set-up.
    """
    # Without a startup probe, `started` only means that the container runs.
    tried = {spec.name for spec in pod.all_containers if spec.startup is not None}
    seen = [item for item in seen_happenings(recording) if item.what != "started" or item.container in tried]
    begins = min((item.at for item in seen if item.what == "runs"), default=0.0)
    matches: list[Match] = []
    for first_start, seen_after in product(_likely_first_starts(pod, recording, begins), _SEEN_AFTER):
        origin = begins - first_start / 1000
        latencies = replace(kubelet, seen_after=seen_after, clock_fraction=int(origin * 1000) % 1000)
        played = scenario
        if recording.deleted_at is not None:
            played = replace(scenario, deleted_at=round((recording.deleted_at - origin) * 1000))
        timeline = _with_starts(pod, played, latencies, seen, origin)
        timeline = _with_second_looks(timeline, recording, origin)
        matches.append(_match(seen, timeline, origin, scenario.horizon / 1000))
    return min(
        matches, key=lambda match: (len(match.missing), match.difference + _off_the_grid(pod, recording, match.origin))
    )


def _likely_first_starts(pod: Pod, recording: Recording, begins: float) -> list[int]:
    """Possible durations of the first start in milliseconds: those that fit the observed attempts best."""
    return sorted(_FIRST_START, key=lambda start: _off_the_grid(pod, recording, begins - start / 1000))[:_TRIED_STARTS]


def _off_the_grid(pod: Pod, recording: Recording, origin: float) -> float:
    """The distances of the first attempts of startup and liveness workers from their tickers' grid, in seconds.

    A worker wakes up once per period after the set-up of the pod, so this determines the time of the set-up.
    """
    distances = [0.0]
    for container in pod.all_containers:
        for kind in (ProbeKind.STARTUP, ProbeKind.LIVENESS):
            probe = container.probe(kind)
            first = min(seen_attempts(recording, container.name, kind), default=None)
            if probe is not None and first is not None:
                period = probe.period / 1000
                phase = (first - origin) % period
                distances.append(min(phase, period - phase))
    return max(distances)


def _with_starts(pod: Pod, scenario: Scenario, kubelet: Kubelet, seen: list[Happening], origin: float) -> Timeline:
    """The simulation in which every process starts at the observed time, unless that would be too early."""
    starts: dict[tuple[str, int], int] = {}
    observed = {(item.container, item.life): round((item.at - origin) * 1000) for item in seen if item.what == "runs"}
    while True:
        timeline = simulate(pod, scenario, replace(kubelet, starts=starts))
        predicted = {
            (event.container or "", event.life or 0): event.at for event in timeline.of_kind(EventKind.RUNNING)
        }
        late = [key for key in predicted if key in observed and key not in starts and observed[key] > predicted[key]]
        if not late:
            return timeline
        first = min(late, key=lambda key: predicted[key])
        starts[first] = observed[first] - predicted[first]


def _with_second_looks(timeline: Timeline, recording: Recording, origin: float) -> Timeline:
    """The simulation with the first readiness attempt of each process at the observed time, or a period later."""
    observed: dict[tuple[str, int], float] = {}
    for note in recording.notes:
        if (note.event, note.handler) in (("attempt", ProbeKind.READINESS.word), ("attempt", "tcp")):
            observed.setdefault((note.container, note.life), note.at - origin)
    looks: dict[tuple[str, int], int] = {}
    while True:
        predicted: dict[tuple[str, int], float] = {}
        for run in timeline.attempts:
            if run.kind is ProbeKind.READINESS:
                predicted.setdefault((run.container, run.life), run.first / 1000)
        late = {key: observed[key] - at for key, at in predicted.items() if key in observed and key not in looks}
        first = min((key for key, lag in late.items() if lag > 0), key=lambda key: predicted[key], default=None)
        if first is None:
            return timeline
        looks[first] = round(late[first] * 1000)
        kubelet = replace(timeline.kubelet, second_looks=dict(looks))
        timeline = simulate(timeline.pod, timeline.scenario, kubelet)


def seen_happenings(recording: Recording) -> list[Happening]:
    """The events from the notes of the actors and from the status."""
    found = [
        Happening(note.at, note.container, note.life, {"start": "runs", "sigterm": "SIGTERM"}[note.event])
        for note in recording.notes
        if note.event in ("start", "sigterm")
    ]
    exits = {(note.container, note.life): note.at for note in recording.notes if note.event == "exit"}
    found += _seen_in_status(recording, exits)
    return sorted(found)


def predicted_happenings(timeline: Timeline) -> list[Happening]:
    """The same events of a simulation."""
    return sorted(
        Happening(
            event.at / 1000,
            event.container or "",
            event.life or 0,
            _COMPARED[event.kind] if event.code is None else f"exits {event.code}",
        )
        for event in timeline.events
        if event.kind in _COMPARED
    )


def seen_attempts(recording: Recording, container: str, kind: ProbeKind) -> list[float]:
    """The times at which attempts of one probe reached the application, in seconds since the epoch."""
    return [
        note.at
        for note in recording.notes
        if (note.event, note.container, note.handler) == ("attempt", container, kind.word)
    ]


def stray_attempts(match: Match, recording: Recording, container: str, kind: ProbeKind) -> list[str]:
    """Attempts that were observed but not predicted, or the reverse; only while a process could report them."""
    lives = dict(enumerate(match.timeline.lives(container), start=1))
    seen = [
        note.at - match.origin
        for note in recording.notes
        if (note.event, note.container, note.handler) == ("attempt", container, kind.word) and note.life in lives
    ]
    said = [
        (run.first + index * run.spacing) / 1000
        for run in match.timeline.attempts
        if run.container == container and run.kind is kind and run.life in lives
        for index in range(run.count)
    ]
    # At the beginning and the end of its life, a process may not be listening.
    edges = [edge / 1000 for span in lives.values() for edge in (span.begin, span.end)]
    edges.append(match.timeline.scenario.horizon / 1000)
    seen = [at for at in seen if at < edges[-1]]
    strays = [f"{kind.word} at {at:.2f} seen and not predicted" for at in seen if not _near(at, [*said, *edges])]
    return strays + [f"{kind.word} at {at:.2f} predicted and not seen" for at in said if not _near(at, [*seen, *edges])]


def start_delays(match: Match) -> Iterator[tuple[tuple[str, int], float, float]]:
    """The delay of each process's start beyond the earliest possible time, and the maximum delay, both in seconds.

    A start that CrashLoopBackOff delays is retried after the rest of the delay, or one and a half times that.
    """
    runs = {(event.container or "", event.life or 0): event.at for event in match.timeline.of_kind(EventKind.RUNNING)}
    exits = {(event.container or "", event.life or 0): event.at for event in match.timeline.of_kind(EventKind.EXITED)}
    for (container, life), latency in match.timeline.kubelet.starts.items():
        if life == 1 or (container, life) not in runs:
            continue
        exited = exits.get((container, life - 1))
        waited = 0 if exited is None else max(0, runs[container, life] - latency - exited)
        yield (container, life), latency / 1000, START_SECONDS + min(waited, 60_000) / 2000


def _near(moment: float, others: Iterable[float]) -> bool:
    return any(abs(moment - other) <= ATTEMPT_SECONDS for other in others)


def _seen_in_status(recording: Recording, exits: Mapping[tuple[str, int], float]) -> Iterator[Happening]:
    states: dict[str, tuple[int, bool, bool]] = {}
    ended: set[tuple[str, int]] = set()
    for sighting in recording.sightings:
        for status in _container_statuses(sighting.pod):
            name, life = status["name"], status["restartCount"] + 1
            # A container that waits for its next process still counts as the one that has exited.
            last = life if "waiting" in (status.get("state") or {}) else life - 1
            for state, number in ((status.get("lastState"), last), (status.get("state"), life)):
                terminated = (state or {}).get("terminated")
                if terminated and (name, number) not in ended and number > 0:
                    ended.add((name, number))
                    # The status only has whole seconds; the actor reports exact times, unless it was killed.
                    at = exits.get((name, number), _seconds(terminated["finishedAt"]) + 0.5)
                    yield Happening(at, name, number, f"exits {terminated['exitCode']}")
            is_running = "running" in (status.get("state") or {})
            started, ready = bool(status.get("started")) and is_running, bool(status["ready"])
            old_life, was_started, was_ready = states.get(name, (life, False, False))
            if was_ready and not ready:
                yield Happening(sighting.at, name, old_life, "not ready")
            if started and not (was_started and old_life == life):
                yield Happening(sighting.at, name, life, "started")
            if ready and not was_ready:
                yield Happening(sighting.at, name, life, "ready")
            states[name] = (life, started, ready)


def _match(seen: list[Happening], timeline: Timeline, origin: float, horizon: float) -> Match:
    said = predicted_happenings(timeline)
    relative = [Happening(item.at - origin, item.container, item.life, item.what) for item in seen]
    ours, theirs = _by_kind(_without_the_end(relative)), _by_kind(_without_the_end(said))
    pairs: list[tuple[Happening, Happening]] = []
    missing: list[str] = []
    for key in sorted(ours.keys() | theirs.keys()):
        happened, expected = ours.get(key, []), theirs.get(key, [])
        pairs += zip(happened, expected, strict=False)
        verb = "seen and not predicted" if len(happened) > len(expected) else "predicted and not seen"
        rest = happened[len(expected) :] or expected[len(happened) :]
        # Only one of the two may contain events near the end of the scenario.
        missing += [
            f"{item.container}.{item.life} {item.what} at {item.at:.2f}: {verb}"
            for item in rest
            if item.at < horizon - TOLERANCE_SECONDS
        ]
    difference = max((abs(a.at - b.at) for a, b in pairs), default=0.0)
    return Match(math.inf if missing else difference, tuple(sorted(pairs)), tuple(missing), timeline, origin)


def _without_the_end(happenings: Sequence[Happening]) -> list[Happening]:
    """Leave out that a container is not ready after its last process: the status of a deleted pod may omit it."""
    ends: dict[str, float] = {}
    for item in happenings:
        if item.what.startswith("exits"):
            ends[item.container] = item.at
        elif item.what == "runs":
            ends.pop(item.container, None)
    return [item for item in happenings if item.what != "not ready" or item.at < ends.get(item.container, math.inf)]


def _by_kind(happenings: Iterable[Happening]) -> dict[tuple[str, int, str], list[Happening]]:
    """Pairs of corresponding events; readiness carries over from one process to the next, so it has no process."""
    groups: dict[tuple[str, int, str], list[Happening]] = {}
    for item in happenings:
        life = 0 if item.what in ("ready", "not ready") else item.life
        groups.setdefault((item.container, life, item.what), []).append(item)
    return groups


def _container_statuses(pod: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for key in ("initContainerStatuses", "containerStatuses"):
        yield from pod["status"].get(key) or ()


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()
