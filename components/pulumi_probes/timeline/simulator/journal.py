"""The journal of one simulation: the events and the attempts, in the order in which they become known."""

from __future__ import annotations

from pulumi_probes.model.probe import ProbeKind
from pulumi_probes.timeline.model.result import AttemptRun, Event


class Journal:
    """Collects what a timeline consists of.

    Attributes:
        events: in order.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._attempts: list[AttemptRun] = []
        self._newest_run: dict[tuple[str, ProbeKind], int] = {}

    @property
    def attempts(self) -> tuple[AttemptRun, ...]:
        """In order of their beginnings."""
        return tuple(sorted(self._attempts, key=lambda run: (run.first, run.ends)))

    def log(self, event: Event) -> None:
        """Add an event."""
        self.events.append(event)

    def record(self, run: AttemptRun) -> None:
        """Add attempts, to the last run of the same probe if they continue it."""
        key = (run.container, run.kind)
        index = self._newest_run.get(key)
        longer = None if index is None else _joined(self._attempts[index], run)
        if index is not None and longer is not None:
            self._attempts[index] = longer
        else:
            self._newest_run[key] = len(self._attempts)
            self._attempts.append(run)


def _joined(last: AttemptRun, run: AttemptRun) -> AttemptRun | None:
    """Both as one run; None where spacing or outcome differ, or where one of them was triggered by hand."""
    spacing = run.first - last.last
    alike = (last.outcome, last.duration, last.life) == (run.outcome, run.duration, run.life)
    is_regular = not (last.manual or run.manual) and spacing > 0
    fits = (last.count == 1 or last.spacing == spacing) and (run.count == 1 or run.spacing == spacing)
    if not (alike and is_regular and fits):
        return None
    return AttemptRun(
        run.container, run.life, run.kind, last.first, spacing, last.count + run.count, run.duration, run.outcome
    )
