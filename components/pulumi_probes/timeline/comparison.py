"""Compare the timings of two workloads, in seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from pulumi_probes.timeline.bounds.probe import Interval
from pulumi_probes.timeline.bounds.workload import HealthSummary, format_interval
from pulumi_probes.timeline.model.duration import MILLISECONDS, format_milliseconds, format_seconds
from pulumi_probes.timeline.model.kubelet import IDEAL, Kubelet
from pulumi_probes.timeline.model.result import EventKind, Timeline
from pulumi_probes.timeline.model.scenario import InvalidScenario
from pulumi_probes.timeline.scenarios.named import STANDARD, named_scenario
from pulumi_probes.timeline.simulated_workload import SimulatedWorkload
from pulumi_probes.timeline.simulator import simulate

NEVER: Final = "never"
"""Stands for the time of something that never happens or has no bound."""


class Difference(Struct, frozen=True, kw_only=True):
    """One number before and after.

    Attributes:
        name: the name of the number.
        before: the first value as text.
        after: the second value as text.
        change: the change of the worst case, in milliseconds unless `is_count`; None if either value is unbounded.
        is_count: whether the values are counts.
    """

    name: str
    before: str
    after: str
    change: int | None
    is_count: bool = False

    @property
    def is_same(self) -> bool:
        """Whether both values are the same."""
        return self.before == self.after

    @property
    def words(self) -> str:
        """The change as text: ``+40 s``, ``-4``, ``=``, or empty if it is not known."""
        if self.is_same:
            return "="
        if self.change is None:
            return ""
        sign = "+" if self.change > 0 else "-" if self.change < 0 else "±"
        size = abs(self.change)
        return f"{sign}{size}" if self.is_count else f"{sign}{format_milliseconds(size)}"

    def as_dict(self) -> dict[str, Any]:
        """The difference for JSON."""
        unit = "change" if self.is_count else "change_ms"
        return {"name": self.name, "before": self.before, "after": self.after, unit: self.change}


def compare(
    before: SimulatedWorkload,
    after: SimulatedWorkload,
    scenarios: Sequence[str] = STANDARD,
    kubelet: Kubelet = IDEAL,
    *,
    container: str | None = None,
) -> tuple[Difference, ...]:
    """Compare the guaranteed timings and the outcome of every scenario.

    Containers are compared in their order, whatever their names. Scenarios apply to the container with the given name,
    by default to the one that `choose_container` returns. A scenario that does not fit both workloads is left out.
    """
    return (*_guarantees(before, after), *_outcomes(before, after, scenarios, kubelet, container))


def compare_as_text(differences: Sequence[Difference], titles: tuple[str, str] = ("before", "after")) -> str:
    """The differences as a table that fits 100 columns."""
    rows = [("", *titles, "change"), *((item.name, item.before, item.after, item.words) for item in differences)]
    most = (44, 22, 22, 14)
    cut = [tuple(_cut(cell, width) for cell, width in zip(row, most, strict=True)) for row in rows]
    widths = [max(len(row[column]) for row in cut) for column in range(4)]
    lines = [row[0].ljust(widths[0]) + "".join(map(_right, row[1:], widths[1:])) for row in cut]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _right(cell: str, width: int) -> str:
    return "  " + cell.rjust(width)


def _guarantees(before: SimulatedWorkload, after: SimulatedWorkload) -> Iterator[Difference]:
    old, new = before.summary, after.summary
    pairs = list(zip(old.containers, new.containers, strict=False))
    for one, other in pairs:
        prefix = f"{other.name}: " if len(pairs) > 1 else ""
        yield from _of_container(prefix, one.health, other.health)
    yield _seconds("the pod is Ready within", old.ready_within, new.ready_within)
    yield _seconds("the pod stops within", old.stop_within, new.stop_within)
    yield _seconds("a rollout takes at most", old.rollout_within, new.rollout_within)


def _of_container(prefix: str, old: HealthSummary, new: HealthSummary) -> Iterator[Difference]:
    yield _seconds(f"{prefix}allowed startup time", old.guaranteed_start, new.guaranteed_start, unbounded="unlimited")
    yield _interval(f"{prefix}traffic stops after a hang", old.hung_leaves_traffic, new.hung_leaves_traffic)
    yield _interval(f"{prefix}killed after a hang", old.hung_killed, new.hung_killed)
    yield _interval(f"{prefix}restarted after a hang", old.hung_restarted, new.hung_restarted)


def _outcomes(
    before: SimulatedWorkload,
    after: SimulatedWorkload,
    scenarios: Sequence[str],
    kubelet: Kubelet,
    container: str | None,
) -> Iterator[Difference]:
    for scenario in scenarios:
        try:
            pair = [
                named_scenario(scenario, simulated.pod, container=container, kubelet=kubelet)
                for simulated in (before, after)
            ]
        except InvalidScenario:
            continue
        # Simulate both up to the later horizon, so that the times are comparable.
        until = max(one.horizon for one in pair)
        old, new = (
            simulate(simulated.pod, replace(one, horizon=until), kubelet)
            for simulated, one in zip((before, after), pair, strict=True)
        )
        lost = [_lost(timeline, until) for timeline in (old, new)]
        yield Difference(
            name=f"{scenario}: without traffic",
            before=format_milliseconds(lost[0]),
            after=format_milliseconds(lost[1]),
            change=lost[1] - lost[0],
        )
        restarts = [timeline.restarts() for timeline in (old, new)]
        yield Difference(
            name=f"{scenario}: restarts",
            before=str(restarts[0]),
            after=str(restarts[1]),
            change=restarts[1] - restarts[0],
            is_count=True,
        )


def _lost(timeline: Timeline, until: int) -> int:
    served = sum(max(0, min(span.end, until) - span.begin) for span in timeline.traffic)
    deleted = timeline.first(EventKind.DELETED)
    return min(until, deleted.at if deleted is not None else until) - served


def _seconds(name: str, before: int | None, after: int | None, *, unbounded: str = NEVER) -> Difference:
    return Difference(
        name=name,
        before=unbounded if before is None else format_seconds(before),
        after=unbounded if after is None else format_seconds(after),
        change=None if before is None or after is None else (after - before) * MILLISECONDS,
    )


def _interval(name: str, before: Interval | None, after: Interval | None) -> Difference:
    return Difference(
        name=name,
        before=NEVER if before is None else format_interval(before),
        after=NEVER if after is None else format_interval(after),
        change=None if before is None or after is None else (after.latest - before.latest) * MILLISECONDS,
    )


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
