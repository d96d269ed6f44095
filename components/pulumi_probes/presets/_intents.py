"""From what is wanted, in seconds, to the numbers that Kubernetes asks for.

Every function here picks the numbers that meet its intent for every phase of the kubelet's ticker; the formulas are
those of `pulumi_probes.timeline.bounds.probe`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from pulumi_probes.model.errors import UnsatisfiableIntent
from pulumi_probes.model.probe import (
    DEFAULT_AWAIT_TIMEOUT_SECONDS,
    DEFAULT_PROGRESS_DEADLINE_SECONDS,
    Handler,
    HealthContract,
    Probe,
    Rollout,
    Shutdown,
)
from pulumi_probes.timeline.bounds.probe import (
    detection,
    guaranteed_start_seconds,
    ready_budget_seconds,
    rollout_seconds,
)

LONGEST_PERIOD_SECONDS: Final = 10
"""No preset asks less often: it is Kubernetes' own default."""

STARTUP_ATTEMPTS: Final = 30
"""About how often a startup probe asks within the worst-case start: fine enough to lose little time, cheap enough."""

MARGIN_SECONDS: Final = 5
"""What is left between the end of draining and SIGKILL, for the process to exit by itself."""

LONG_GRACE_SECONDS: Final = 60
"""Above this grace period a hung container gets a shorter one of its own: it will not drain anyway."""

HUNG_GRACE_SECONDS: Final = 10
"""How long a hung container has after preStop until SIGKILL, where the pod's grace period is long."""

PLACEMENT_SECONDS: Final = 120
"""Allowance for scheduling and pulling the image, which no probe can see."""

FAILURES: Final = 3
"""How many failures in a row count, at least and where time allows, so that one lost packet does not."""

LARGEST_NUMBER: Final = 365 * 24 * 3600
"""Longer than a year is a slip of the pen; all sums of such numbers still fit the API's 32 bits."""


_LEAST_DEADLINE_SECONDS: Final = max(DEFAULT_PROGRESS_DEADLINE_SECONDS, DEFAULT_AWAIT_TIMEOUT_SECONDS)


def startup_probe(handler: Handler, *, starts_within: int, timeout_seconds: int) -> Probe:
    """A startup probe that any start of up to `starts_within` seconds survives: (F - 1) * P >= starts_within.

    The often quoted F * P >= worst case is one period too small, and "worst case > F * P" is the wrong way round.
    """
    period = min(LONGEST_PERIOD_SECONDS, _divided_up(starts_within, STARTUP_ATTEMPTS))
    return Probe(
        handler=handler,
        period_seconds=period,
        timeout_seconds=min(timeout_seconds, period),
        failure_threshold=_divided_up(starts_within, period) + 1,
    )


def readiness_probe(handler: Handler, *, detects_within: int, timeout_seconds: int) -> Probe:
    """A readiness probe that takes a hung pod out of traffic in time: P + (F - 1) * max(P, T) + T <= detects_within.

    Three failures count where time allows.

    Raises:
        UnsatisfiableIntent: `detects_within` is below 2 s, one period and one timeout.
    """
    failures = min(FAILURES, detects_within - 1)
    if failures < 1:
        raise UnsatisfiableIntent(
            "detects_within",
            f"{detects_within} s cannot be met: the smallest period and the smallest timeout are 1 s each, so a hung "
            "pod stays in traffic for up to 2 s. Use 2 or more",
        )
    for timeout in range(timeout_seconds, 0, -1):
        period = min(LONGEST_PERIOD_SECONDS, (detects_within - timeout) // failures)
        if period >= timeout:
            return Probe(
                handler=handler,
                period_seconds=period,
                timeout_seconds=timeout,
                failure_threshold=(detects_within - timeout) // period,
            )
    raise AssertionError("a timeout of 1 s always fits")  # failures <= detects_within - 1


def liveness_probe(handler: Handler, *, restarts_after: int, readiness: Probe, timeout_seconds: int) -> Probe:
    """A liveness probe that kills no earlier than `restarts_after`, and never before readiness has taken traffic away.

    (F - 1) * P >= max(restarts_after, readiness' latest verdict), with three failures or more.
    """
    earliest = max(restarts_after, detection(readiness).latest)
    period = min(LONGEST_PERIOD_SECONDS, max(5, _divided_up(earliest, 3)))
    return Probe(
        handler=handler,
        period_seconds=period,
        timeout_seconds=min(timeout_seconds, period),
        failure_threshold=max(FAILURES, _divided_up(earliest, period) + 1),
    )


def deadline_seconds(seconds: int) -> int:
    """How long to wait for something that may take `seconds`: whole minutes, with the allowance for placement.

    Never below the default of Kubernetes and Pulumi.
    """
    return max(_LEAST_DEADLINE_SECONDS, _divided_up(seconds + PLACEMENT_SECONDS, 60) * 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long one attempt of each probe may take, in seconds, where its period allows."""

    startup: int
    readiness: int
    liveness: int


def contract(
    *,
    startup: Handler,
    readiness: Handler,
    liveness: Handler,
    timeouts: Timeouts,
    starts_within: int,
    detects_within: int,
    restarts_after: int,
    drains_within: int,
    pre_stop_sleep_seconds: int,
    post_start_sleep_seconds: int | None = None,
    min_ready_seconds: int,
    replicas: int,
) -> HealthContract:
    """Compute probes, shutdown and rollout that fit each other from what is asked and what is wanted.

    The grace period is the pause, then `drains_within` for requests under way, then a margin.

    Raises:
        UnsatisfiableIntent: an intent cannot be met.
    """
    _check_counts(
        1,
        starts_within=starts_within,
        detects_within=detects_within,
        restarts_after=restarts_after,
        drains_within=drains_within,
    )
    _check_counts(
        0, pre_stop_sleep_seconds=pre_stop_sleep_seconds, min_ready_seconds=min_ready_seconds, replicas=replicas
    )
    grace = pre_stop_sleep_seconds + drains_within + MARGIN_SECONDS
    hung_grace = pre_stop_sleep_seconds + HUNG_GRACE_SECONDS if grace > LONG_GRACE_SECONDS else None
    traffic = readiness_probe(readiness, detects_within=detects_within, timeout_seconds=timeouts.readiness)
    life = liveness_probe(liveness, restarts_after=restarts_after, readiness=traffic, timeout_seconds=timeouts.liveness)
    # A startup probe stricter than the liveness probe it holds back would kill what that one lets live.
    patience = max(starts_within, guaranteed_start_seconds(life))
    start = startup_probe(startup, starts_within=patience, timeout_seconds=timeouts.startup)
    ready = ready_budget_seconds(start, traffic, life) + (post_start_sleep_seconds or 0)
    update = rollout_seconds(
        replicas=replicas, max_surge=1, max_unavailable=0, ready_seconds=ready, min_ready_seconds=min_ready_seconds
    )
    return HealthContract(
        startup=replace(start, termination_grace_period_seconds=hung_grace),
        readiness=traffic,
        liveness=replace(life, termination_grace_period_seconds=hung_grace),
        shutdown=Shutdown(
            pre_stop_sleep_seconds=pre_stop_sleep_seconds,
            termination_grace_period_seconds=grace,
            post_start_sleep_seconds=post_start_sleep_seconds,
        ),
        rollout=Rollout(
            min_ready_seconds=min_ready_seconds,
            progress_deadline_seconds=deadline_seconds(ready + min_ready_seconds),
            await_timeout_seconds=deadline_seconds(update),
        ),
    )


def _check_counts(least: int, **numbers: int) -> None:
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int):
            raise UnsatisfiableIntent(name, f"must be a whole number, not {number!r}")
        if number < least:
            raise UnsatisfiableIntent(name, f"{number} cannot be met: it must be at least {least}")
        if number > LARGEST_NUMBER:
            raise UnsatisfiableIntent(name, f"{number} cannot be met: it is longer than a year")


def _divided_up(seconds: int, by: int) -> int:
    return -(-seconds // by)
