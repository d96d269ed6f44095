"""The content of a diagram, independent of its format: lanes with bars and attempts, marks, and the event log."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Final

from msgspec import Struct

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.timeline.drawing.event_log import LogEntry, event_log, rollout_log
from pulumi_probes.timeline.model.pod import PodContainer
from pulumi_probes.timeline.model.result import AttemptRun, EventKind, Span, Timeline
from pulumi_probes.timeline.simulator.rollout_timeline import ReplacedPod, RolloutTimeline

TRAFFIC: Final = "traffic"
"""The label of the lane that shows when the pod's address was among the ready endpoints."""


class Tone(Enum):
    """The meaning of a bar; the value is its label in the legend."""

    TRAFFIC = "traffic"
    FAILING = "requests fail"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    BACK_OFF = "back-off"
    OLD = "old pod"


class Bar(Struct, frozen=True):
    """A span of time: [begin, end) in milliseconds."""

    begin: int
    end: int
    tone: Tone


class Lane(Struct, frozen=True):
    """One row of a diagram.

    Attributes:
        label: its label.
        depth: 0 for the pod and its containers, 1 for a probe.
        bars: the bars.
        attempts: the attempts of the probe.
        probe: the kind of the probe; None for other lanes.
    """

    label: str
    depth: int
    bars: tuple[Bar, ...] = ()
    attempts: tuple[AttemptRun, ...] = ()
    probe: ProbeKind | None = None


class Mark(Struct, frozen=True):
    """A moment with a label."""

    at: int
    words: str


class Diagram(Struct, frozen=True):
    """A diagram.

    Attributes:
        title: the name of the pod or workload.
        subtitle: the scenario and its conditions.
        ends_at: the right end of the time axis, in milliseconds; the left end is 0.
        lanes: the rows from top to bottom.
        marks: moments that the scenario marks.
        log: the events in order.
    """

    title: str
    subtitle: str
    ends_at: int
    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...]
    log: tuple[LogEntry, ...]


def gaps(lane: Lane, ends_at: int) -> tuple[Span, ...]:
    """The spans without traffic in the traffic lane, except the one after the last traffic, whose end is not known."""
    if lane.label != TRAFFIC or lane.probe is not None:
        return ()
    edges = [0, *(moment for bar in lane.bars for moment in (bar.begin, bar.end)), ends_at]
    spans = [Span(begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=True)]
    return tuple(span for span in spans if span.begin < span.end < ends_at)


def diagram_of(timeline: Timeline, title: str | None = None) -> Diagram:
    """The diagram of a pod in a scenario; the title is the pod's name by default."""
    ends_at = max(1, timeline.ends_at, min(timeline.scenario.horizon, timeline.ends_at * 9 // 8))
    lanes = [Lane(TRAFFIC, 0, tuple(_traffic_bars(timeline)))]
    for container in timeline.pod.all_containers:
        lanes.append(Lane(container.name, 0, tuple(_process_bars(timeline, container))))
        for kind, _ in container.probes:
            attempts = tuple(run for run in timeline.attempts if run.container == container.name and run.kind is kind)
            lanes.append(Lane(kind.word, 1, attempts=attempts, probe=kind))
    return Diagram(
        title=timeline.pod.name if title is None else title,
        subtitle=f"{timeline.scenario.name}, Kubernetes {timeline.kubelet.version}",
        ends_at=ends_at,
        lanes=tuple(lanes),
        marks=tuple(Mark(at, words) for at, words in timeline.scenario.marks if at < ends_at),
        log=event_log(timeline),
    )


def diagram_of_rollout(name: str, rollout: RolloutTimeline) -> Diagram:
    """The diagram of a rollout; `name` is its title."""
    ends_at = max(rollout.done_at, *(pod.gone_at or 0 for pod in rollout.pods), 1)
    marks = [Mark(rollout.done_at, "done")]
    if rollout.failed_at is not None:
        marks.insert(0, Mark(rollout.failed_at, "deadline exceeded"))
    lanes = [
        Lane(f"{'new' if pod.is_new else 'old'} {pod.number}", 0, tuple(_pod_bars(pod, ends_at)))
        for pod in sorted(rollout.pods, key=lambda pod: pod.is_new)
    ]
    plan = rollout.plan
    how = plan.strategy
    if how == "RollingUpdate" and plan.kind != "StatefulSet":
        how = f"maxSurge {plan.max_surge}, maxUnavailable {plan.max_unavailable}"
    return Diagram(
        title=name,
        subtitle=f"rollout of a {plan.kind}, {how}",
        ends_at=ends_at + max(1, ends_at // 20),
        lanes=tuple(lanes),
        marks=tuple(marks),
        log=rollout_log(rollout),
    )


def _traffic_bars(timeline: Timeline) -> Iterator[Bar]:
    """The traffic, and the parts of it that get no response."""
    for traffic in timeline.traffic:
        begin = traffic.begin
        for failing in timeline.failing_requests:
            if traffic.begin <= failing.begin < traffic.end:
                if begin < failing.begin:
                    yield Bar(begin, failing.begin, Tone.TRAFFIC)
                yield Bar(failing.begin, failing.end, Tone.FAILING)
                begin = failing.end
        if begin < traffic.end:
            yield Bar(begin, traffic.end, Tone.TRAFFIC)


def _process_bars(timeline: Timeline, container: PodContainer) -> Iterator[Bar]:
    """Bars for starting, running and stopping, and for CrashLoopBackOff between processes."""
    name = container.name
    becomes_running = EventKind.READY if container.readiness else EventKind.STARTED if container.startup else None
    for life, span in enumerate(timeline.lives(name), start=1):
        stops = min(
            _moment(timeline, EventKind.KILLING, name, life, span),
            _moment(timeline, EventKind.DELETED, None, None, span),
        )
        awake = span.begin
        if becomes_running is not None:
            awake = min(stops, _moment(timeline, becomes_running, name, life, span))
        for begin, end, tone in (
            (span.begin, awake, Tone.STARTING),
            (awake, stops, Tone.RUNNING),
            (stops, span.end, Tone.STOPPING),
        ):
            if begin < end:
                yield Bar(begin, end, tone)
    waits_until = -1
    for event in timeline.of_kind(EventKind.BACK_OFF, container=name):
        if event.at >= waits_until:
            restart = timeline.first(EventKind.RUNNING, container=name, since=event.at)
            waits_until = restart.at if restart is not None else timeline.ends_at
            yield Bar(event.at, waits_until, Tone.BACK_OFF)


def _moment(timeline: Timeline, kind: EventKind, container: str | None, life: int | None, span: Span) -> int:
    """The first event of a kind, of one process or of the pod, within a span; the end of the span if there is none."""
    moments = (event.at for event in timeline.of_kind(kind, container=container) if event.life == life)
    return min(span.end, next((moment for moment in moments if moment >= span.begin), span.end))


def _pod_bars(pod: ReplacedPod, ends_at: int) -> Iterator[Bar]:
    if not pod.is_new:
        deleted = ends_at if pod.deleted_at is None else pod.deleted_at
        yield Bar(0, deleted, Tone.OLD)
        if pod.gone_at is not None:
            yield Bar(deleted, pod.gone_at, Tone.STOPPING)
        return
    ready = ends_at if pod.ready_at is None else pod.ready_at
    yield Bar(pod.created_at, ready, Tone.STARTING)
    yield Bar(ready, ends_at, Tone.RUNNING)
