"""A container in the simulation: its processes, what the kubelet has noticed of them, and how it answers probes.

What an answer counts as mirrors `pkg/kubelet/prober/prober.go: runProbeWithRetries` and the probers below `pkg/probe`;
see docs/explanation/kubelet/attempt.md#outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_probes.model.probe import ProbeKind
from pulumi_probes.timeline.model.kubelet import ERROR_TRIES
from pulumi_probes.timeline.model.result import Outcome
from pulumi_probes.timeline.model.scenario import FAILS, AnswerKind, Life, Script
from pulumi_probes.timeline.simulator.back_off import BackOff

if TYPE_CHECKING:
    from pulumi_probes.timeline.model.kubelet import Kubelet
    from pulumi_probes.timeline.model.pod import PodContainer, PodProbe
    from pulumi_probes.timeline.model.scenario import Answer
    from pulumi_probes.timeline.simulator.probe_worker import ProbeWorker


class Process:
    """One process of a container.

    Attributes:
        number: counted from 1.
        life: what it does.
        started_at: when it began.
        exited_at: when it ended, None while it runs.
        exit_code: what it left behind.
        ends_at: when it will end as things stand; None for never.
        sigterm_at: when it got SIGTERM.
        sigkill_at: when it will get SIGKILL.
    """

    __slots__ = ("ends_at", "exit_code", "exited_at", "life", "number", "sigkill_at", "sigterm_at", "started_at")

    def __init__(self, number: int, life: Life, started_at: int) -> None:
        self.number = number
        self.life = life
        self.started_at = started_at
        self.exited_at: int | None = None
        self.exit_code = 0
        self.ends_at: int | None = None if life.exits_at is None else started_at + life.exits_at
        self.sigterm_at: int | None = None
        self.sigkill_at: int | None = None

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.exited_at is None

    def seen_after(self, kubelet: Kubelet) -> int:
        """From its end until the kubelet notices that; it looks at once after a SIGTERM of its own."""
        return kubelet.seen_after if self.sigterm_at is None else kubelet.own_seen_after

    def is_seen_ended(self, now: int, kubelet: Kubelet) -> bool:
        """Whether the kubelet has noticed its end."""
        return self.exited_at is not None and self.exited_at + self.seen_after(kubelet) <= now

    @property
    def answers(self) -> bool:
        """Whether anything listens."""
        return self.is_alive and (self.sigterm_at is None or not self.life.refuses_after_sigterm)


@dataclass(slots=True)
class Status:
    """What the kubelet's status cache says about a container.

    Attributes:
        life: the number of the process that it is about.
        is_running: whether that process was seen running.
        is_started: whether its startup probe has passed, if it has one.
        is_ready: whether it counts as ready.
        started_at: when the process began, cut to a whole second of the wall clock.
        is_over: whether it has ended and will not be started again.
    """

    life: int
    is_running: bool
    is_started: bool
    is_ready: bool
    started_at: int
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Reaction:
    """How an attempt that begins now will end, and until when another one that begins will end alike."""

    outcome: Outcome
    duration: int
    steady_until: int | None


class ContainerState:
    """Everything about one container that changes."""

    def __init__(self, spec: PodContainer, script: Script, kubelet: Kubelet) -> None:
        self.spec = spec
        self.script = script
        self.processes: list[Process] = []
        self.status: Status | None = None
        self.results: dict[ProbeKind, tuple[int, bool | None]] = {}
        self.workers: dict[ProbeKind, ProbeWorker] = {}
        self.back_off = BackOff(kubelet.back_off)
        self.pre_stop = spec.pre_stop if script.pre_stop is None else script.pre_stop
        self.post_start = spec.post_start if script.post_start is None else script.post_start

    @property
    def is_alive(self) -> bool:
        """Whether a process of it runs."""
        return bool(self.processes) and self.processes[-1].is_alive

    @property
    def process(self) -> Process | None:
        """The newest process."""
        return self.processes[-1] if self.processes else None

    def start(self, now: int) -> Process:
        """Begin the next process."""
        number = len(self.processes) + 1
        process = Process(number, self.script.life(number - 1), now)
        self.processes.append(process)
        return process

    def result(self, kind: ProbeKind, life: int) -> bool | None:
        """The verdict of a probe about one process: True for success, False for failure, None for none yet."""
        known = self.results.get(kind)
        return known[1] if known is not None and known[0] == life else None

    def react(self, kind: ProbeKind, probe: PodProbe, now: int) -> Reaction:
        """How an attempt that begins now will end, if the process does not end meanwhile."""
        if probe.always_errs:
            # The port is resolved before anything is sent, so the three tries take no time, even if nothing listens.
            # See docs/explanation/kubelet/attempt.md#ports.
            return Reaction(Outcome.ERROR, 0, None)
        process = self.process
        if process is None or not process.answers:
            return Reaction(Outcome.FAILURE, 0, None)
        return self._react(process, kind, probe, now)

    def _react(self, process: Process, kind: ProbeKind, probe: PodProbe, now: int) -> Reaction:
        answer, until = self._answer(process, kind, now)
        if answer.kind is AnswerKind.ERRS:
            return Reaction(Outcome.ERROR, ERROR_TRIES * min(answer.after, probe.timeout), until)
        # A timeout is an outcome and not an error: it counts at the first try.
        if answer.kind is AnswerKind.HANGS or answer.after >= probe.timeout:
            return Reaction(Outcome.TIMEOUT, probe.timeout, until)
        if answer.kind is AnswerKind.FAILS:
            return Reaction(Outcome.FAILURE, answer.after, until)
        steady_until = until
        if until is not None:
            # The application may still be busy with the answer when it changes; if it hangs then, none comes.
            if until < now + answer.after and self._answer(process, kind, until)[0].kind is AnswerKind.HANGS:
                return Reaction(Outcome.TIMEOUT, probe.timeout, until)
            steady_until = max(now + 1, until - max(0, answer.after - 1))
        return Reaction(Outcome.SUCCESS, answer.after, steady_until)

    def _answer(self, process: Process, kind: ProbeKind, now: int) -> tuple[Answer, int | None]:
        """What the application says now, and until when."""
        overlay = self.script.overlays.get(kind)
        imposed, imposed_until = overlay.at(now) if overlay is not None else (None, None)
        if imposed is not None:
            return imposed, imposed_until
        own, own_until = process.life.track(kind).at(now - process.started_at)
        ends = [end for end in (imposed_until, None if own_until is None else own_until + process.started_at) if end]
        # A life says nothing before its first segment; then nothing listens yet.
        return own or FAILS, min(ends) if ends else None
