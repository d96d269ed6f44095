"""Closed-form bounds in whole seconds: when a probe takes effect, at the earliest and at the latest.

The formulas use these letters: d initialDelaySeconds, P periodSeconds, T timeoutSeconds, S successThreshold,
F failureThreshold, r the duration of one attempt (0 for a refused connection, T for a hang), u the moment at which the
application begins to respond. All bounds hold for every phase of the kubelet's ticker. Latencies other than those of
probes (image pull, status publication, 0 to 3 s) are not included. An interval includes its earliest second and
excludes its latest one.

The kubelet counts initialDelaySeconds from the container's start truncated to a whole second, so the real delay is up
to 1 s shorter than d: if d is not 0, the earliest moments are 1 s earlier.

docs/explanation/kubelet/bounds.md derives the formulas from what the kubelet does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from pulumi_probes.model.defaults import MINIMUM_GRACE_SECONDS
from pulumi_probes.model.rounding import ceil_div

if TYPE_CHECKING:
    from pulumi_probes.model.probe_kind import Timings


class Interval(Struct, frozen=True):
    """A range of seconds that includes `earliest` and excludes `latest`."""

    earliest: int
    latest: int

    def __str__(self) -> str:
        return f"{self.earliest} s" if self.earliest == self.latest else f"{self.earliest}-{self.latest} s"


def attempt_spacing(probe: Timings, attempt_seconds: int) -> int:
    """Seconds between the starts of two attempts that take `attempt_seconds` each: max(P, r).

    See docs/explanation/kubelet/bounds.md#spacing-of-attempts.
    """
    return max(probe.period_seconds, attempt_seconds)


def earliest_attempt_seconds(probe: Timings, seen_at: int) -> int:
    """The earliest an attempt can run, from the container's start: d less the second that truncation may take.

    Args:
        probe: a probe of any kind.
        seen_at: when the kubelet first sees the container running; a postStart hook delays it.
    """
    return max(seen_at, probe.initial_delay_seconds - 1)


def first_attempt(probe: Timings) -> Interval:
    """When the first attempt runs, from the container's start: [d - 1, d + P), or [0, P) without a delay.

    See docs/explanation/kubelet/bounds.md#first-attempt.
    """
    return Interval(earliest_attempt_seconds(probe, 0), probe.initial_delay_seconds + probe.period_seconds)


def detection(probe: Timings) -> Interval:
    """From the moment at which an application becomes unhealthy until the probe's verdict.

    Earliest: connections are refused from just before an attempt, (F - 1) * P. Latest: the application hangs just after
    an attempt has passed, P + (F - 1) * max(P, T) + T.
    """
    failures = probe.failure_threshold - 1
    return Interval(
        failures * probe.period_seconds,
        probe.period_seconds + failures * attempt_spacing(probe, probe.timeout_seconds) + probe.timeout_seconds,
    )


def hang_detection(probe: Timings) -> Interval:
    """From a hang (no response at all) until the verdict: [(F - 1) * max(P, T) + T, + P).

    F attempts have F - 1 gaps: see docs/explanation/kubelet/bounds.md#verdict.
    """
    earliest = (probe.failure_threshold - 1) * attempt_spacing(probe, probe.timeout_seconds) + probe.timeout_seconds
    return Interval(earliest, earliest + probe.period_seconds)


def nominal_detection_seconds(probe: Timings) -> int:
    """F * max(P, T), the time that is usually expected."""
    return probe.failure_threshold * attempt_spacing(probe, probe.timeout_seconds)


def guaranteed_start_seconds(probe: Timings, seen_at: int = 0) -> int:
    """The longest startup that a startup or liveness probe never ends with a kill: d + (F - 1) * P.

    The usual F * P is one period too long: in the worst phase, the first attempt runs right at the start. With a delay,
    the time is 1 s shorter, because the kubelet truncates the start to a whole second.
    See docs/explanation/kubelet/bounds.md#start-up-time.
    """
    return earliest_attempt_seconds(probe, seen_at) + (probe.failure_threshold - 1) * probe.period_seconds


def unprotected_seconds(startup: Timings, liveness: Timings) -> int:
    """Seconds by which liveness may fail after a restart before the startup probe holds it back; 0 for never.

    A container that its liveness probe has restarted counts as started until the startup worker wakes up, which takes
    less than the startup probe's P: see docs/explanation/kubelet/versions.md#started-is-inherited.
    """
    return max(0, startup.period_seconds - guaranteed_start_seconds(liveness))


def surviving_threshold(seconds: int, period_seconds: int) -> int:
    """The smallest failureThreshold that guarantees a startup of `seconds`: (F - 1) * P is at least as long."""
    return ceil_div(seconds, period_seconds) + 1


def possible_start_seconds(probe: Timings) -> int:
    """The shortest startup that is killed in every phase: d + P + (F - 1) * max(P, T)."""
    failures = probe.failure_threshold - 1
    return first_attempt(probe).latest + failures * attempt_spacing(probe, probe.timeout_seconds)


def start_verdict(probe: Timings, seen_at: int = 0) -> Interval:
    """When a container that never responds is killed, from its start: [d + (F - 1) * P, d later than `detection`)."""
    latest = max(probe.initial_delay_seconds, seen_at) + detection(probe).latest
    return Interval(guaranteed_start_seconds(probe, seen_at), latest)


def started(startup: Timings | None, answers_at: int, seen_at: int = 0) -> Interval:
    """When a container whose application responds from `answers_at` on is started: [max(u, d), u + P + T).

    Without a startup probe, it is started when the kubelet sees it. An attempt that hangs while the application starts
    delays the next one, so for T > P the latest is max(u, d) + 2 * T. A success that prevents the verdict never comes
    later than the verdict would.
    """
    if startup is None:
        return Interval(seen_at, seen_at)
    waits_from = max(answers_at, startup.initial_delay_seconds, seen_at)
    latest = waits_from + attempt_spacing(startup, startup.timeout_seconds) + startup.timeout_seconds
    verdict = start_verdict(startup, seen_at).latest
    return Interval(
        max(answers_at, earliest_attempt_seconds(startup, seen_at)),
        min(latest, verdict) if answers_at <= verdict else latest,
    )


def ready(startup: Timings | None, readiness: Timings | None, answers_at: int, seen_at: int = 0) -> Interval:
    """When a container whose application responds from `answers_at` on is Ready, provided that it is not killed.

    Earliest: manual runs by the kubelet make readiness pass as soon as application, delay and startup probe allow it.
    Latest: without a startup probe, max(u, d) + S * P + T. With one, its success triggers the first readiness attempt
    at once, unless the readiness delay is not over; S - 1 more attempts follow.
    See docs/explanation/kubelet/bounds.md#time-until-ready.
    """
    start = started(startup, answers_at, seen_at)
    if readiness is None:
        return start
    spacing = attempt_spacing(readiness, readiness.timeout_seconds)
    further = (readiness.success_threshold - 1) * spacing + readiness.timeout_seconds
    earliest = max(start.earliest, answers_at, earliest_attempt_seconds(readiness, seen_at))
    delay = readiness.initial_delay_seconds
    if startup is None:
        return Interval(earliest, max(answers_at, delay, seen_at) + spacing + further)
    latest = max(start.latest, delay + readiness.period_seconds) if delay else start.latest
    return Interval(earliest, latest + further)


def recovery(readiness: Timings) -> Interval:
    """From the moment at which an application responds again until it is Ready again: [0, S * max(P, T) + T).

    Successes of manual runs count too, so pod syncs may add up S successes quickly.
    """
    spacing = attempt_spacing(readiness, readiness.timeout_seconds)
    return Interval(0, readiness.success_threshold * spacing + readiness.timeout_seconds)


def stop_seconds(pre_stop_seconds: int, grace_period_seconds: int) -> int:
    """The longest time from the decision to stop a container until it has ended: preStop, SIGTERM, SIGKILL.

    See docs/explanation/kubelet/termination.md#steps-of-a-kill.
    """
    pre_stop = min(pre_stop_seconds, grace_period_seconds)
    return pre_stop + max(MINIMUM_GRACE_SECONDS, grace_period_seconds - pre_stop)
