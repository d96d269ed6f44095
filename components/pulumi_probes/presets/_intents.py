"""From intents, in seconds, to the numbers of the Kubernetes API.

The functions choose numbers that satisfy the intents for every phase of the kubelet's ticker, with the formulas of
`pulumi_probes.timeline.bounds.probe`.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from pulumi_probes.model.defaults import DEFAULT_AWAIT_TIMEOUT_SECONDS, DEFAULT_PROGRESS_DEADLINE_SECONDS
from pulumi_probes.model.errors import UnsatisfiableIntent
from pulumi_probes.model.probe import Handler, HealthContract, Probe, Rollout, Shutdown
from pulumi_probes.model.rounding import ceil_div
from pulumi_probes.timeline.bounds.pod import ContainerStart, pod_budget_seconds
from pulumi_probes.timeline.bounds.probe import detection, guaranteed_start_seconds, surviving_threshold
from pulumi_probes.timeline.bounds.rollout import RolloutPlan, deadline_seconds

LONGEST_PERIOD_SECONDS: Final = 10
"""The longest period of all presets; it is Kubernetes' default."""

STARTUP_ATTEMPTS: Final = 30
"""The approximate number of startup attempts within the slowest start: few enough to be cheap, but little time lost."""

MARGIN_SECONDS: Final = 5
"""Seconds between the end of draining and SIGKILL, in which the process exits by itself."""

LONG_GRACE_SECONDS: Final = 60
"""The grace period above which the probes set a shorter one, because a hung container does not drain."""

HUNG_GRACE_SECONDS: Final = 10
"""Seconds between preStop and SIGKILL for a hung container, if the pod's grace period is long."""

FAILURES: Final = 3
"""The minimum failure threshold where time allows, so that a single lost packet has no effect."""

LARGEST_NUMBER: Final = 365 * 24 * 3600
"""The largest accepted number: more than a year is a typing error, and sums of such numbers fit the API's 32 bits."""


_LEAST_DEADLINE_SECONDS: Final = max(DEFAULT_PROGRESS_DEADLINE_SECONDS, DEFAULT_AWAIT_TIMEOUT_SECONDS)


def startup_probe(handler: Handler, *, starts_within: int, timeout_seconds: int) -> Probe:
    """A startup probe that allows any start of up to `starts_within` seconds: (F - 1) * P >= starts_within.

    The often quoted F * P >= worst case allows one period too little, and "worst case > F * P" is reversed.
    """
    period = min(LONGEST_PERIOD_SECONDS, ceil_div(starts_within, STARTUP_ATTEMPTS))
    return Probe(
        handler=handler,
        period_seconds=period,
        timeout_seconds=min(timeout_seconds, period),
        failure_threshold=surviving_threshold(starts_within, period),
    )


def readiness_probe(handler: Handler, *, detects_within: int, timeout_seconds: int) -> Probe:
    """A readiness probe that stops traffic to a hung pod in time: P + (F - 1) * max(P, T) + T <= detects_within.

    The failure threshold is at least three where time allows.

    Raises:
        UnsatisfiableIntent: `detects_within` is less than 2 s, the sum of the smallest period and timeout.
    """
    failures = min(FAILURES, detects_within - 1)
    if failures < 1:
        raise UnsatisfiableIntent(
            "detects_within",
            f"must be at least 2 s, not {detects_within} s: the smallest period and the smallest timeout are 1 s each, "
            "so a hung pod stays in traffic for up to 2 s",
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
    """A liveness probe that fails no earlier than `restarts_after`, and only after the readiness probe has failed.

    (F - 1) * P >= max(restarts_after, latest verdict of the readiness probe), with three or more failures.
    """
    earliest = max(restarts_after, detection(readiness).latest)
    period = min(LONGEST_PERIOD_SECONDS, max(5, ceil_div(earliest, 3)))
    return Probe(
        handler=handler,
        period_seconds=period,
        timeout_seconds=min(timeout_seconds, period),
        failure_threshold=max(FAILURES, surviving_threshold(earliest, period)),
    )


def default_deadline_seconds(seconds: int) -> int:
    """The deadline for something that may take `seconds`; never below the defaults of Kubernetes and Pulumi."""
    return max(_LEAST_DEADLINE_SECONDS, deadline_seconds(seconds))


class Timeouts(Struct, frozen=True, kw_only=True):
    """The timeout of each probe in seconds; shorter where the period is shorter."""

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
    """Compute probes, shutdown and rollout settings that fit each other, from handlers and intents.

    The grace period is the sum of the preStop sleep, `drains_within` for requests in flight, and a margin.

    Raises:
        UnsatisfiableIntent: an intent cannot be satisfied.
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
    # A startup probe stricter than the liveness probe would kill containers that the liveness probe tolerates.
    patience = max(starts_within, guaranteed_start_seconds(life))
    start = startup_probe(startup, starts_within=patience, timeout_seconds=timeouts.startup)
    ready = pod_budget_seconds(
        [
            ContainerStart(
                startup=start, readiness=traffic, liveness=life, post_start_seconds=post_start_sleep_seconds or 0
            )
        ]
    )
    plan = RolloutPlan(pods=max(1, replicas), max_surge=1, max_unavailable=0, min_ready_seconds=min_ready_seconds)
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
            progress_deadline_seconds=default_deadline_seconds(ready + min_ready_seconds),
            await_timeout_seconds=default_deadline_seconds(plan.waits_for_pods(ready)),
        ),
    )


def _check_counts(least: int, **numbers: int) -> None:
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int):
            raise UnsatisfiableIntent(name, f"must be a whole number, not {number!r}")
        if number < least:
            raise UnsatisfiableIntent(name, f"must be at least {least}, not {number}")
        if number > LARGEST_NUMBER:
            raise UnsatisfiableIntent(name, f"must be at most {LARGEST_NUMBER} (one year in seconds), not {number}")
