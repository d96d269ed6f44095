"""Predict the outcome of an attempt.

The outcomes of answers mirror `pkg/kubelet/prober/prober.go: runProbeWithRetries` and the probers below `pkg/probe`;
see docs/explanation/kubelet/attempt.md#outcomes.
"""

from __future__ import annotations

from msgspec import Struct

from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.timeline.model.kubelet import ERROR_TRIES
from pulumi_probes.timeline.model.pod import PodProbe
from pulumi_probes.timeline.model.result import Outcome
from pulumi_probes.timeline.model.scenario import Answer, AnswerKind, Script
from pulumi_probes.timeline.simulator.container import SimulatedContainer
from pulumi_probes.timeline.simulator.process import Process


class PredictedAttempt(Struct):
    """The outcome of an attempt that begins now, if the process does not exit meanwhile.

    Attributes:
        outcome: the outcome.
        duration: the duration in milliseconds.
        holds_until: the time before which another attempt has the same outcome; None for no limit.
    """

    outcome: Outcome
    duration: int
    holds_until: int | None


def predict_attempt(container: SimulatedContainer, kind: ProbeKind, probe: PodProbe, now: int) -> PredictedAttempt:
    """Predict an attempt that asks the newest process of a container."""
    if probe.always_errs:
        # The port is resolved before anything is sent, so the three tries take no time, even if no process is running.
        # See docs/explanation/kubelet/attempt.md#ports.
        return PredictedAttempt(Outcome.ERROR, 0, None)
    process = container.process
    if process is None or not process.answers:
        return PredictedAttempt(Outcome.FAILURE, 0, None)
    return _predict(container.script, process, kind, probe, now)


def _predict(script: Script, process: Process, kind: ProbeKind, probe: PodProbe, now: int) -> PredictedAttempt:
    answer, until = _answer(script, process, kind, now)
    if answer.kind is AnswerKind.ERRS:
        return PredictedAttempt(Outcome.ERROR, ERROR_TRIES * min(answer.after, probe.timeout), until)
    # A timeout is a failure, not an error: it counts at the first try.
    if answer.kind is AnswerKind.HANGS or answer.after >= probe.timeout:
        return PredictedAttempt(Outcome.TIMEOUT, probe.timeout, until)
    if answer.kind is AnswerKind.FAILS:
        return PredictedAttempt(Outcome.FAILURE, answer.after, until)
    holds_until = until
    if until is not None:
        # The answer may change before the response is sent; if the application hangs then, there is no response.
        if until < now + answer.after and _answer(script, process, kind, until)[0].kind is AnswerKind.HANGS:
            return PredictedAttempt(Outcome.TIMEOUT, probe.timeout, until)
        holds_until = max(now + 1, until - max(0, answer.after - 1))
    return PredictedAttempt(Outcome.SUCCESS, answer.after, holds_until)


def _answer(script: Script, process: Process, kind: ProbeKind, now: int) -> tuple[Answer, int | None]:
    return script.answer(process.life, process.started_at, kind, now)
