"""The result of a simulation: attempts, events, and the times with traffic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cached_property
from typing import Any, Final

from msgspec import Struct

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.timeline.model.kubelet import Kubelet
from pulumi_probes.timeline.model.pod import Pod
from pulumi_probes.timeline.model.scenario import AnswerKind, Life, Scenario, Script

_MOST_ANSWERS: Final = 10_000
"""The number of answers of one process that are looked at: a scenario of a year may change its answer every second."""


class Outcome(Enum):
    """The outcome of one attempt of a probe."""

    SUCCESS = "success"
    FAILURE = "failure"
    TIMEOUT = "timeout"
    ERROR = "error"


class EventKind(Enum):
    """Kinds of events; the value is the name in JSON."""

    RUNNING = "running"
    STARTED = "started"
    INHERITS_STARTED = "inherits-started"
    NOT_STARTED = "not-started"
    READY = "ready"
    NOT_READY = "not-ready"
    VERDICT = "verdict"
    KILLING = "killing"
    PRE_STOP_ENDS = "pre-stop-ends"
    SIGTERM = "sigterm"
    SIGKILL = "sigkill"
    EXITED = "exited"
    BACK_OFF = "back-off"
    POD_READY = "pod-ready"
    POD_NOT_READY = "pod-not-ready"
    TRAFFIC = "traffic"
    NO_TRAFFIC = "no-traffic"
    DELETED = "deleted"
    COMPLETED = "completed"
    GONE = "gone"


class Event(Struct, frozen=True):
    """One event.

    Attributes:
        at: the moment, in milliseconds.
        kind: the kind.
        container: the container; None for the whole pod.
        life: the process of the container, counted from 1.
        probe: the probe that caused it.
        until: the end of the grace period or back-off that begins, in milliseconds.
        code: the exit code.
        cause: the cause: ``crash``, ``liveness``, ``startup``, ``deletion``, ``SIGTERM``, ``SIGKILL``.
    """

    at: int
    kind: EventKind
    container: str | None = None
    life: int | None = None
    probe: ProbeKind | None = None
    until: int | None = None
    code: int | None = None
    cause: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The event for JSON, without fields that are None."""
        content = {
            "at_ms": self.at,
            "event": self.kind.value,
            "container": self.container,
            "life": self.life,
            "probe": self.probe.word if self.probe else None,
            "until_ms": self.until,
            "code": self.code,
            "cause": self.cause,
        }
        return {key: value for key, value in content.items() if value is not None}


class AttemptRun(Struct, frozen=True):
    """Successive attempts of one probe at equal intervals and with the same outcome.

    Attributes:
        container: the container.
        life: its process, counted from 1; 0 before the first one.
        kind: the kind of the probe.
        first: the start of the first attempt, in milliseconds.
        spacing: milliseconds between the starts of two attempts.
        count: the number of attempts.
        duration: the duration of each attempt, in milliseconds.
        outcome: the outcome of each attempt.
        manual: whether the kubelet ran the attempt outside the period.
    """

    container: str
    life: int
    kind: ProbeKind
    first: int
    spacing: int
    count: int
    duration: int
    outcome: Outcome
    manual: bool = False

    @property
    def last(self) -> int:
        """The start of the last attempt, in milliseconds."""
        return self.first + (self.count - 1) * self.spacing

    @property
    def ends(self) -> int:
        """The end of the last attempt, in milliseconds."""
        return self.last + self.duration

    def as_dict(self) -> dict[str, Any]:
        """The run for JSON."""
        return {
            "container": self.container,
            "life": self.life,
            "probe": self.kind.word,
            "first_ms": self.first,
            "spacing_ms": self.spacing,
            "count": self.count,
            "duration_ms": self.duration,
            "outcome": self.outcome.value,
            "manual": self.manual,
        }


class Span(Struct, frozen=True):
    """A span of time: [begin, end) in milliseconds."""

    begin: int
    end: int


class Timeline(Struct, frozen=True, kw_only=True, dict=True):
    """Everything that happened to a pod in a scenario.

    Attributes:
        pod: the pod.
        scenario: the scenario.
        kubelet: the kubelet's version, phases and latencies.
        events: the events, in order.
        attempts: the attempts, in the order of their starts.
        ends_at: the end of the simulation in milliseconds: the horizon, the end of the pod if it is earlier, or the
            moment at which the limit of steps stopped the simulation.
        truncated: whether the limit of steps stopped the simulation.
    """

    pod: Pod
    scenario: Scenario
    kubelet: Kubelet
    events: tuple[Event, ...]
    attempts: tuple[AttemptRun, ...]
    ends_at: int
    truncated: bool = False

    def of_kind(self, *kinds: EventKind, container: str | None = None) -> Iterator[Event]:
        """The events of these kinds, of one container if it is given."""
        for event in self.events:
            if event.kind in kinds and (container is None or event.container == container):
                yield event

    def first(self, *kinds: EventKind, container: str | None = None, since: int = 0) -> Event | None:
        """The first event of these kinds at or after a moment; None if there is none."""
        return next((event for event in self.of_kind(*kinds, container=container) if event.at >= since), None)

    @cached_property
    def traffic(self) -> tuple[Span, ...]:
        """When the pod's endpoint was ready."""
        return _spans(self, EventKind.TRAFFIC, EventKind.NO_TRAFFIC)

    @cached_property
    def ready(self) -> tuple[Span, ...]:
        """When the pod was Ready."""
        return _spans(self, EventKind.POD_READY, EventKind.POD_NOT_READY)

    def lives(self, container: str) -> tuple[Span, ...]:
        """When the processes of a container ran."""
        return _spans(self, EventKind.RUNNING, EventKind.EXITED, container)

    @cached_property
    def failing_requests(self) -> tuple[Span, ...]:
        """When requests reach the pod, but a container does not respond.

        The scenario's answers to the readiness probe decide, even if the container has none.
        """
        found: list[Span] = []
        for name, script in self.scenario.scripts.items():
            for number, life in enumerate(self.lives(name)):
                for traffic in self.traffic:
                    begin, end = max(life.begin, traffic.begin), min(life.end, traffic.end)
                    found += _unanswered(script, script.life(number), life.begin, Span(begin, end))
        return tuple(_merged(found))

    def restarts(self, container: str | None = None) -> int:
        """The number of restarts, of one container if it is given."""
        return sum((event.life or 1) > 1 for event in self.of_kind(EventKind.RUNNING, container=container))

    def as_dict(self) -> dict[str, Any]:
        """The timeline for JSON; all times are milliseconds."""
        return {
            "version": 1,
            "pod": self.pod.name,
            "scenario": self.scenario.name,
            "kubernetes": str(self.kubelet.version),
            "ends_at_ms": self.ends_at,
            "truncated": self.truncated,
            "restarts": self.restarts(),
            "ready_ms": [[span.begin, span.end] for span in self.ready],
            "traffic_ms": [[span.begin, span.end] for span in self.traffic],
            "events": [event.as_dict() for event in self.events],
            "attempts": [run.as_dict() for run in self.attempts],
        }


def _unanswered(script: Script, life: Life, started_at: int, within: Span) -> Iterator[Span]:
    """The spans in which a process does not respond."""
    now = within.begin
    for _ in range(_MOST_ANSWERS):
        if now >= within.end:
            return
        answer, until = script.answer(life, started_at, ProbeKind.READINESS, now)
        end = within.end if until is None else min(within.end, until)
        if answer.kind in (AnswerKind.FAILS, AnswerKind.HANGS):
            yield Span(now, end)
        now = end


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """The same moments in as few spans as possible, in order."""
    current: Span | None = None
    for span in sorted(spans, key=lambda span: span.begin):
        if current is not None and span.begin <= current.end:
            current = Span(current.begin, max(current.end, span.end))
            continue
        if current is not None:
            yield current
        current = span
    if current is not None:
        yield current


def _spans(timeline: Timeline, begins: EventKind, ends: EventKind, container: str | None = None) -> tuple[Span, ...]:
    spans: list[Span] = []
    begin: int | None = None
    for event in timeline.of_kind(begins, ends, container=container):
        if event.kind is begins and begin is None:
            begin = event.at
        elif event.kind is ends and begin is not None:
            spans.append(Span(begin, event.at))
            begin = None
    if begin is not None:
        spans.append(Span(begin, timeline.ends_at))
    return tuple(spans)
