"""The events of a timeline as sentences, one line per moment."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from msgspec import Struct

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.timeline.model.duration import format_milliseconds
from pulumi_probes.timeline.model.result import Event, EventKind, Timeline
from pulumi_probes.timeline.simulator.rollout_timeline import RolloutTimeline


class LogEntry(Struct, frozen=True):
    """Everything that happens at one moment.

    Attributes:
        at: the moment, in milliseconds.
        text: the events as text.
        since_mark: milliseconds since the last mark of the scenario; None before the first mark and at a mark.
        is_bad: whether traffic is lost or a container is killed.
    """

    at: int
    text: str
    since_mark: int | None = None
    is_bad: bool = False


_BAD = frozenset({EventKind.NO_TRAFFIC, EventKind.KILLING, EventKind.BACK_OFF, EventKind.SIGKILL, EventKind.VERDICT})


def event_log(timeline: Timeline) -> tuple[LogEntry, ...]:
    """The events of a pod, one entry per moment."""
    moments: dict[int, list[Event]] = {
        at: list(events) for at, events in groupby(timeline.events, key=lambda event: event.at)
    }
    marks = dict[int, list[str]]()
    for at, words in timeline.scenario.marks:
        if at < timeline.ends_at:
            marks.setdefault(at, []).append(words)
    entries: list[LogEntry] = []
    last_mark: int | None = None
    for at in sorted({*moments, *marks}):
        events = moments.get(at, [])
        clauses = [f"▼ {words}" for words in marks.get(at, ())] + list(_clauses(timeline, events))
        if at in marks:
            last_mark = at
        if clauses:
            since = None if last_mark is None or last_mark == at else at - last_mark
            entries.append(LogEntry(at, ", ".join(clauses), since, any(event.kind in _BAD for event in events)))
    if timeline.truncated:
        entries.append(LogEntry(timeline.ends_at, "the simulation stops here because of too many events"))
    return tuple(entries)


def rollout_log(rollout: RolloutTimeline) -> tuple[LogEntry, ...]:
    """The events of a rollout, one entry per moment."""
    entries: list[tuple[int, int, str]] = []
    for pod in rollout.pods:
        if pod.is_new:
            entries.append((pod.created_at, 1, f"new pod {pod.number} is created"))
            if pod.ready_at is not None:
                entries.append((pod.ready_at, 2, f"new pod {pod.number} is Ready"))
            if pod.available_at is not None and pod.available_at != pod.ready_at:
                entries.append((pod.available_at, 3, f"new pod {pod.number} is available"))
        elif pod.deleted_at is not None:
            entries.append((pod.deleted_at, 4, f"old pod {pod.number} is deleted"))
    entries.append((rollout.done_at, 5, "done"))
    if rollout.failed_at is not None:
        entries.append((rollout.failed_at, 6, "the progress deadline is exceeded; the rollout continues"))
    entries.sort()
    return tuple(
        LogEntry(at, ", ".join(words for _, _, words in group), is_bad=at == rollout.failed_at)
        for at, group in ((at, list(group)) for at, group in groupby(entries, key=lambda item: item[0]))
    )


def _clauses(timeline: Timeline, events: list[Event]) -> Iterator[str]:
    kinds = {event.kind for event in events}
    several = len(timeline.pod.all_containers) > 1
    # A start may be refused twice at one moment; only the last refusal is shown.
    refusals = {event.container: event for event in events if event.kind is EventKind.BACK_OFF}
    for event in events:
        if event.kind is EventKind.BACK_OFF and refusals[event.container] is not event:
            continue
        clause = _clause(timeline, event, kinds, several=several)
        if clause:
            yield clause


def _clause(  # noqa: C901, PLR0911, PLR0912 - one case for each kind of event
    timeline: Timeline, event: Event, kinds: set[EventKind], *, several: bool
) -> str:
    name = event.container or ""
    match event.kind:
        case EventKind.RUNNING:
            life = event.life or 1
            return f"{name} starts" if life == 1 else f"{name} starts again (restart {life - 1})"
        case EventKind.STARTED:
            return f"{name}: startup passes" if several else "startup passes"
        case EventKind.INHERITS_STARTED:
            return f"{name} counts as started before its startup probe has run"
        case EventKind.NOT_STARTED:
            return f"{name} no longer counts as started"
        case EventKind.READY | EventKind.NOT_READY:
            state = "Ready" if event.kind is EventKind.READY else "not Ready"
            return f"{name} is {state}" if several else ""
        case EventKind.POD_READY:
            return (
                ("the pod is " if several else "")
                + "Ready"
                + (" and receives traffic" if EventKind.TRAFFIC in kinds else "")
            )
        case EventKind.POD_NOT_READY:
            lost = " and stops receiving traffic" if EventKind.NO_TRAFFIC in kinds else ""
            return ("the pod is " if several else "") + "not Ready" + lost
        case EventKind.TRAFFIC:
            return "" if EventKind.POD_READY in kinds else "receives traffic"
        case EventKind.NO_TRAFFIC:
            return "" if EventKind.POD_NOT_READY in kinds else "stops receiving traffic"
        case EventKind.VERDICT:
            return _verdict(timeline, event)
        case EventKind.KILLING:
            grace = (event.until or event.at) - event.at
            return f"{name} is killed, grace period {format_milliseconds(grace)}"
        case EventKind.PRE_STOP_ENDS:
            return "preStop ends"
        case EventKind.SIGTERM:
            return f"SIGTERM to {name}" if several else "SIGTERM"
        case EventKind.SIGKILL:
            return ""
        case EventKind.EXITED:
            return f"{name} exits with code {event.code}" + (f" ({event.cause})" if event.cause == "SIGKILL" else "")
        case EventKind.BACK_OFF:
            return f"CrashLoopBackOff until {format_milliseconds(event.until or event.at)}"
        case EventKind.DELETED:
            return "the pod is deleted"
        case EventKind.COMPLETED:
            return "the pod has completed"
        case EventKind.GONE:
            return "the pod is gone"


def _verdict(timeline: Timeline, event: Event) -> str:
    container = timeline.pod.container(event.container or "")
    kind = event.probe or ProbeKind.LIVENESS
    probe = container.probe(kind) if container is not None else None
    times = "" if probe is None or probe.failures == 1 else f" for the {_ordinal(probe.failures)} time"
    prefix = f"{event.container}: " if len(timeline.pod.all_containers) > 1 else ""
    return f"{prefix}{kind.word} fails{times}"


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
