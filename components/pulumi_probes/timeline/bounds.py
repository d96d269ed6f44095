"""Closed-form bounds: when a probe acts at the earliest and at the latest, in whole seconds.

Letters as in the formulas: d initialDelaySeconds, P periodSeconds, T timeoutSeconds, S successThreshold,
F failureThreshold, r the duration of one attempt (0 for a refused connection, T for a hang). All bounds hold for every
phase of the kubelet's ticker; what lies outside the probe (image pull, status publication, 0 to 3 s) is not included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_probes.model.probe import Timings

MINIMUM_GRACE_SECONDS = 2
"""What the kubelet leaves a container between SIGTERM and SIGKILL even when preStop used up the grace period."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Seconds from the earliest to the latest; the latest is not quite reached."""

    earliest: int
    latest: int

    def __str__(self) -> str:
        return f"{self.earliest} s" if self.earliest == self.latest else f"{self.earliest}-{self.latest} s"


def attempt_spacing(probe: Timings, attempt_seconds: int) -> int:
    """Seconds between the starts of two attempts that take `attempt_seconds` each: max(P, r)."""
    return max(probe.period_seconds, attempt_seconds)


def first_attempt(probe: Timings) -> Interval:
    """When the first attempt runs, from the container's start: [d, d + P)."""
    return Interval(probe.initial_delay_seconds, probe.initial_delay_seconds + probe.period_seconds)


def detection(probe: Timings) -> Interval:
    """From the moment an application goes bad until the probe's verdict.

    Earliest: refused connections in a lucky phase, (F - 1) * P. Latest: hung answers just after an attempt passed,
    P + (F - 1) * max(P, T) + T.
    """
    failures = probe.failure_threshold - 1
    return Interval(
        failures * probe.period_seconds,
        probe.period_seconds + failures * attempt_spacing(probe, probe.timeout_seconds) + probe.timeout_seconds,
    )


def hang_detection(probe: Timings) -> Interval:
    """From a hang (no answer at all) until the verdict: [(F - 1) * max(P, T) + T, + P)."""
    earliest = (probe.failure_threshold - 1) * attempt_spacing(probe, probe.timeout_seconds) + probe.timeout_seconds
    return Interval(earliest, earliest + probe.period_seconds)


def nominal_detection_seconds(probe: Timings) -> int:
    """F * max(P, T): the number people have in mind."""
    return probe.failure_threshold * attempt_spacing(probe, probe.timeout_seconds)


def guaranteed_start_seconds(probe: Timings) -> int:
    """How long a start may take and survive for certain: d + (F - 1) * P, for a startup or a liveness probe.

    The usual F * P is one period too optimistic: an unlucky phase makes the first attempt right at the start.
    """
    return probe.initial_delay_seconds + (probe.failure_threshold - 1) * probe.period_seconds


def start_verdict(probe: Timings) -> Interval:
    """When a container that never answers is killed, from its start: d later than `detection`."""
    delay = probe.initial_delay_seconds
    bounds = detection(probe)
    return Interval(delay + bounds.earliest, delay + bounds.latest)


def start_budget_seconds(startup: Timings | None, liveness: Timings | None) -> int | None:
    """The longest the kubelet waits for a start before it kills; None when nothing would ever kill."""
    probe = startup or liveness
    return None if probe is None else start_verdict(probe).latest


def ready_budget_seconds(startup: Timings | None, readiness: Timings | None, liveness: Timings | None) -> int:
    """The longest a container may legitimately take from its start until it is Ready.

    Without a startup probe the liveness probe is the start-up budget; without either the readiness probe alone counts,
    which waits for ever, so one detection is taken.
    """
    started = start_budget_seconds(startup, liveness)
    if readiness is None:
        return started or 0
    recovery = readiness.success_threshold * readiness.period_seconds + readiness.timeout_seconds
    eligible = readiness.initial_delay_seconds + readiness.period_seconds + readiness.timeout_seconds
    if started is None:
        return max(eligible, detection(readiness).latest)
    # A startup verdict triggers the first readiness attempt at once; only the further successes wait for the period.
    after_start = recovery - readiness.period_seconds if startup is not None else recovery
    return max(started + after_start, eligible)


def stop_seconds(pre_stop_seconds: int, grace_period_seconds: int) -> int:
    """The longest from the decision to stop a container until it is gone: preStop, then SIGTERM, then SIGKILL."""
    pre_stop = min(pre_stop_seconds, grace_period_seconds)
    return pre_stop + max(MINIMUM_GRACE_SECONDS, grace_period_seconds - pre_stop)


def update_waves(replicas: int, max_surge: int, max_unavailable: int) -> int:
    """How many times in a row an update waits for new pods: ceil(replicas / (surge + unavailable))."""
    step = max(1, max_surge + max_unavailable)
    return max(1, -(-replicas // step))


def rollout_seconds(
    *, replicas: int, max_surge: int, max_unavailable: int, ready_seconds: int, min_ready_seconds: int
) -> int:
    """The longest legitimate update of a Deployment whose pods need `ready_seconds` each."""
    return update_waves(replicas, max_surge, max_unavailable) * (ready_seconds + min_ready_seconds)
