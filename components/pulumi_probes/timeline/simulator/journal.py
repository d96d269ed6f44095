"""The journal of a simulation: its events and attempts."""

from __future__ import annotations

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.timeline.model.result import AttemptRun, Event


class Journal:
    """Records the events and attempts of a timeline.

    Attributes:
        events: the events in order.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._attempts: list[AttemptRun] = []
        self._newest_run: dict[tuple[str, ProbeKind], int] = {}

    @property
    def attempts(self) -> tuple[AttemptRun, ...]:
        """The attempts in the order of their starts."""
        return tuple(sorted(self._attempts, key=lambda run: (run.first, run.ends)))

    def log(self, event: Event) -> None:
        """Add an event."""
        self.events.append(event)

    def record(self, run: AttemptRun) -> None:
        """Add attempts; if they continue the last run of the same probe, extend it."""
        key = (run.container, run.kind)
        index = self._newest_run.get(key)
        longer = None if index is None else _joined(self._attempts[index], run)
        if index is not None and longer is not None:
            self._attempts[index] = longer
        else:
            self._newest_run[key] = len(self._attempts)
            self._attempts.append(run)


def _joined(last: AttemptRun, run: AttemptRun) -> AttemptRun | None:
    """Both as one run; None if spacing or outcome differ, or if one of them is a manual run."""
    spacing = run.first - last.last
    alike = (last.outcome, last.duration, last.life) == (run.outcome, run.duration, run.life)
    is_regular = not (last.manual or run.manual) and spacing > 0
    fits = (last.count == 1 or last.spacing == spacing) and (run.count == 1 or run.spacing == spacing)
    if not (alike and is_regular and fits):
        return None
    return AttemptRun(
        run.container, run.life, run.kind, last.first, spacing, last.count + run.count, run.duration, run.outcome
    )
