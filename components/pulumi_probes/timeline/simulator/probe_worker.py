"""The kubelet's probe worker: one for each probe of each container, kept through all restarts.

Mirrors `pkg/kubelet/prober/worker.go: run` and `pkg/kubelet/prober/worker.go: doProbe`;
see docs/explanation/kubelet/probe-worker.md.

Attempts that change nothing are not simulated one by one: a worker that gets the same answer repeatedly skips to the
next attempt that changes something, and records the skipped ones when it gets there or is interrupted.
"""

from __future__ import annotations

from msgspec import Struct

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.rounding import ceil_div
from pulumi_probes.timeline.model.kubelet import SIDECARS_OUTLIVE_NEVER_SINCE
from pulumi_probes.timeline.model.pod import PodProbe
from pulumi_probes.timeline.model.result import AttemptRun, Event, EventKind, Outcome
from pulumi_probes.timeline.simulator.container import SimulatedContainer
from pulumi_probes.timeline.simulator.context import Context
from pulumi_probes.timeline.simulator.event_queue import Priority
from pulumi_probes.timeline.simulator.prober import PredictedAttempt, predict_attempt
from pulumi_probes.timeline.simulator.result_run import ResultRun
from pulumi_probes.timeline.simulator.results_manager import ResultsManager
from pulumi_probes.timeline.simulator.skipped_attempts import SkippedAttempts
from pulumi_probes.timeline.simulator.status_manager import ContainerStatus, StatusManager
from pulumi_probes.timeline.simulator.ticker import Ticker


class _Attempt(Struct):
    begin: int
    end: int
    outcome: Outcome
    life: int
    is_manual: bool


class ProbeWorker:
    """One probe worker."""

    def __init__(
        self,
        context: Context,
        container: SimulatedContainer,
        kind: ProbeKind,
        probe: PodProbe,
        *,
        rank: int,
        results: ResultsManager,
        statuses: StatusManager,
    ) -> None:
        self._kubelet = context.kubelet
        self._restart_policy = context.pod.restart_policy
        self._horizon = context.horizon
        self._event_queue = context.event_queue
        self._journal = context.journal
        self._results = results
        self._statuses = statuses
        self._container = container
        self._name = container.name
        self._kind = kind
        self._probe = probe
        self._rank = rank
        self._ticker = Ticker(probe.period, context.kubelet.phases.get((container.name, kind), 0))
        self._life: int | None = None
        self._is_on_hold = False
        self._run = ResultRun(probe)
        self._attempt: _Attempt | None = None
        self._skipped: SkippedAttempts | None = None
        self._begin = self._end = -1
        self._is_triggered = False
        self._is_stopped = False
        self._plan_number = 0

    # Notifications and requests.

    def trigger(self, now: int) -> None:
        """Request a manual run; further requests before it runs have no effect.

        Mirrors the channel `manualTriggerCh`, which holds one request;
        see docs/explanation/kubelet/probe-worker.md#manual-runs.
        """
        if not self._is_triggered and not self._is_stopped:
            self._is_triggered = True
            self._settle(now)
            if self._attempt is None:
                self._event_queue.add(now, Priority.TRIGGER, self._run_triggered)

    def miss_trigger(self, now: int) -> None:
        """Handle a manual run that comes before the status it needs: it only restarts the period."""
        self._settle(now)
        if self._attempt is not None:
            self.trigger(now)
        elif self._kubelet.rebases and not self._is_stopped:
            self._ticker.restart(now)
            self._plan(now)

    def look_again(self, now: int) -> None:
        """The status of the container or the answers of its process have changed."""
        self._settle(now)
        self._plan(now)

    def process_exited(self, now: int) -> None:
        """The process has exited, so an attempt in progress fails."""
        self._settle(now)
        attempt = self._attempt
        if attempt is not None and attempt.end > now and attempt.outcome is not Outcome.ERROR:
            attempt.end, attempt.outcome = now, Outcome.FAILURE
            self._event_queue.add(now, Priority.ANSWER, self._finish)
        self._plan(now)

    def stop(self, now: int) -> None:
        """Stop the worker and discard an attempt in progress."""
        self._settle(now)
        self._is_stopped = True
        self._attempt = None
        self._plan_number += 1

    def account(self, now: int) -> None:
        """Record the skipped attempts at the end of the simulation."""
        self._settle(now)

    # Wake-ups.

    def _plan(self, now: int) -> None:
        """Schedule the next wake-up that has an effect, and cancel earlier ones."""
        self._plan_number += 1
        if self._is_stopped or self._attempt is not None or self._skipped is not None:
            return
        wakes_from = self._useful_from(now)
        if wakes_from is None:
            return
        self._wake_at(self._ticker.next_wake(self._begin, self._end, wakes_from))

    def _wake_at(self, moment: int) -> None:
        number = self._plan_number

        def wake(now: int) -> None:
            if number == self._plan_number:
                self._settle(now)
                if self._attempt is None:
                    self._run_once(now, is_manual=False)

        self._event_queue.add(moment, Priority.TICK, wake, self._rank)

    def _useful_from(self, now: int) -> int | None:
        """From when on a wake-up has an effect; None until something changes."""
        status = self._statuses.get(self._name)
        if status is None:
            return None
        if status.life != self._life:
            return now
        if self._is_on_hold:
            return None
        if not status.is_running:
            ends = self._ends_with_process(status)
            return now if ends or self._results.get(self._name, self._kind, status.life) is not False else None
        if status.is_started == (self._kind is ProbeKind.STARTUP):
            return None
        return max(now, status.started_at + self._probe.delay)

    def _run_triggered(self, now: int) -> None:
        if not self._is_triggered or self._is_stopped or self._attempt is not None:
            return
        self._is_triggered = False
        self._settle(now)
        if self._kubelet.rebases:
            self._ticker.restart(now)
        self._run_once(now, is_manual=True)

    def _run_once(self, now: int, *, is_manual: bool) -> None:
        """Run one wake-up, with the kubelet's conditions for not probing in their order.

        Mirrors `pkg/kubelet/prober/worker.go: doProbe`; see docs/explanation/kubelet/probe-worker.md#one-wake-up.
        """
        if not is_manual:
            # A manual run does not consume a tick: a pending tick stays pending, until 1.32 resets the ticker.
            self._begin = self._end = now
        if self._is_skipped(now):
            self._plan(now)
            return
        self._begin = now
        expected = predict_attempt(self._container, self._kind, self._probe, now)
        life = self._life or 0
        self._attempt = _Attempt(now, now + expected.duration, expected.outcome, life, is_manual)
        self._plan_number += 1
        self._event_queue.add(now + expected.duration, Priority.ANSWER, self._finish)

    def _is_skipped(self, now: int) -> bool:
        status = self._statuses.get(self._name)
        if status is None:
            return True
        # As in the kubelet, this wake-up goes by the status before it: if the initial result of a startup probe sets an
        # inherited `started` back, the first attempt comes a period later.
        is_started = status.is_started
        if status.life != self._life:
            self._begin_process(status, now)
        if self._is_on_hold:
            return True
        if not status.is_running:
            # The failure belongs to this process and is replaced when the worker sees the next one.
            self._results.set(self._name, self._kind, status.life, now, passed=False)
            if self._ends_with_process(status):
                self.stop(now)
            return True
        if now - status.started_at < self._probe.delay:
            return True
        return is_started == (self._kind is ProbeKind.STARTUP)

    def _ends_with_process(self, status: ContainerStatus) -> bool:
        """Whether the worker stops because its container does not run.

        Mirrors `pkg/kubelet/prober/worker.go: doProbe`;
        see docs/explanation/kubelet/probe-worker.md#one-worker-per-probe.
        """
        if self._container.spec.is_sidecar:
            return self._restart_policy == "Never" and self._kubelet.version < SIDECARS_OUTLIVE_NEVER_SINCE
        return status.is_over

    def _begin_process(self, status: ContainerStatus, now: int) -> None:
        """Store the initial result for a new process; like in the kubelet, the counters are kept.

        See docs/explanation/kubelet/probe-worker.md#initial-values and
        docs/explanation/kubelet/probe-worker.md#counters.
        """
        self._life = status.life
        initial = {ProbeKind.LIVENESS: True, ProbeKind.READINESS: False, ProbeKind.STARTUP: None}[self._kind]
        self._results.set(self._name, self._kind, status.life, now, passed=initial)
        self._is_on_hold = False

    # Results.

    def _finish(self, now: int) -> None:
        attempt = self._attempt
        if attempt is None or attempt.end != now:
            return
        self._attempt = None
        self._end = now
        duration = now - attempt.begin
        self._record(attempt.begin, 0, 1, duration, attempt.outcome, attempt.life, manual=attempt.is_manual)
        if attempt.outcome is not Outcome.ERROR:
            self._count(attempt, now)
        if self._is_triggered:
            self._event_queue.add(now, Priority.TRIGGER, self._run_triggered)
            self._plan_number += 1
            return
        self._plan(now)
        if not self._is_on_hold and not self._is_stopped:
            self._try_to_skip(attempt, now)

    def _count(self, attempt: _Attempt, now: int) -> None:
        passed = attempt.outcome is Outcome.SUCCESS
        if not self._run.add(passed=passed):
            return
        self._set_verdict(attempt.life, now, passed=passed)
        # A hold resets the counter, so the process after a kill by this probe begins at zero; the process after a crash
        # inherits the count. See docs/explanation/kubelet/probe-worker.md#hold.
        rests_after_success = self._kind is ProbeKind.STARTUP and self._kubelet.rebases
        if (not passed and self._kind is not ProbeKind.READINESS) or rests_after_success:
            self._is_on_hold = True
            self._run.reset()

    def _set_verdict(self, life: int, now: int, *, passed: bool) -> None:
        known = self._results.get(self._name, self._kind, life)
        if not passed and self._kind is not ProbeKind.READINESS and known is not False:
            self._journal.log(Event(now, EventKind.VERDICT, self._name, life, probe=self._kind))
        self._results.set(self._name, self._kind, life, now, passed=passed)

    # Skipped attempts.

    def _try_to_skip(self, attempt: _Attempt, now: int) -> None:
        duration = now - attempt.begin
        spacing = max(self._probe.period, duration)
        status, useful_from = self._statuses.get(self._name), self._useful_from(now)
        if status is None or status.life != self._life or not status.is_running or useful_from != now:
            return
        following = self._ticker.next_wake(attempt.begin, now, now)
        if following - attempt.begin != spacing:
            # Right after a slow attempt, the intervals are not regular yet: go on until the spacing is max(P, r).
            # See docs/explanation/kubelet/bounds.md#spacing-of-attempts.
            return
        expected = predict_attempt(self._container, self._kind, self._probe, following)
        if (expected.outcome, expected.duration) != (attempt.outcome, duration):
            return
        count = self._unremarkable(expected, following, spacing)
        if count is not None and count < 2:  # noqa: PLR2004 - skipping one attempt saves nothing
            return
        self._plan_number += 1
        self._skipped = skipped = SkippedAttempts(following, spacing, count, duration, attempt.outcome, attempt.life)
        if skipped.followed_at is not None and skipped.followed_at <= self._horizon:
            self._wake_at(skipped.followed_at)

    def _unremarkable(self, expected: PredictedAttempt, following: int, spacing: int) -> int | None:
        """The number of attempts from `following` on that change nothing; None for no limit."""
        limits: list[int] = []
        if expected.holds_until is not None:
            limits.append(ceil_div(expected.holds_until - following, spacing))
        if expected.outcome is not Outcome.ERROR:
            passed = expected.outcome is Outcome.SUCCESS
            if self._results.get(self._name, self._kind, self._life or 0) is not passed:
                limits.append(self._run.missing - 1)
        return min(limits) if limits else None

    def _settle(self, now: int) -> None:
        """Stop skipping: record the attempts that are over, and resume the one in progress."""
        skipped = self._skipped
        if skipped is None:
            return
        self._skipped = None
        begun = skipped.begun_before(now + 1 if self._event_queue.has_ticked(now, self._rank) else now)
        if begun == 0:
            self._plan(now)
            return
        last = skipped.begin_of(begun - 1)
        ends = last + skipped.duration
        is_over = ends < now or (ends == now and (last == now or self._event_queue.turn > Priority.ANSWER))
        over = begun if is_over else begun - 1
        if over:
            self._record(skipped.first, skipped.spacing, over, skipped.duration, skipped.outcome, skipped.life)
            if skipped.outcome is not Outcome.ERROR:
                self._run.repeat(over)
            self._begin = skipped.begin_of(over - 1)
            self._end = self._begin + skipped.duration
        if over < begun:
            self._begin = last
            self._attempt = _Attempt(last, ends, skipped.outcome, skipped.life, is_manual=False)
            self._event_queue.add(ends, Priority.ANSWER, self._finish)
        self._plan(now)

    def _record(
        self, first: int, spacing: int, count: int, duration: int, outcome: Outcome, life: int, *, manual: bool = False
    ) -> None:
        self._journal.record(AttemptRun(self._name, life, self._kind, first, spacing, count, duration, outcome, manual))
