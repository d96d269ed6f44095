"""PRB413."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.annotations import TIMEOUT_SECONDS
from pulumi_probes.model.await_timeout import is_ignored_timeout, read_await_timeouts
from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.go_duration import NANOSECONDS, parse_go_duration
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._registry import rule


@rule("PRB413", severity=Severity.WARNING, since="0.1")
def await_timeout_ignored(workload: Workload) -> Iterator[Violation]:
    """Pulumi ignores a time limit, because it is not a whole number of seconds.

    Why:
        The annotation `pulumi.com/timeoutSeconds` is a whole number of seconds. Pulumi ignores anything else, such as
        `15m`, without a word, and waits for 600 s. With a number below 1 the wait ends at once, so every deployment
        fails that has to wait for a pod. The resource option `customTimeouts` replaces the annotation; it accepts
        durations such as `15m`.
    Bad:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart, annotations: {pulumi.com/timeoutSeconds: 15m}}
        spec:
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
    Good:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart, annotations: {pulumi.com/timeoutSeconds: "900"}}
        spec:
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers: [{name: cart, image: cart:1}]
    Fix:
        Write whole seconds, in quotes: `pulumi.com/timeoutSeconds: "900"`.

    References:
        https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/
    """
    text = workload.annotation(TIMEOUT_SECONDS)
    if text is None:
        return
    timeouts = read_await_timeouts(workload)
    if timeouts is None:
        return
    path = workload.top.path / "metadata" / "annotations" / TIMEOUT_SECONDS
    used = [wait for wait in (timeouts.create, timeouts.update) if not wait.source.startswith("from customTimeouts")]
    if not used:
        return
    if is_ignored_timeout(text):
        seconds = _seconds(text)
        yield workload.violation_at(
            path,
            what=f"`{TIMEOUT_SECONDS}` is not a whole number of seconds.",
            consequence=f"Pulumi ignores it and waits {used[0].seconds} s.",
            fix="Write whole seconds in quotes"
            + (f': `"{seconds}"`.' if seconds else ', such as `"900"`, or use the resource option `customTimeouts`.'),
            edits=(SetField(path, str(seconds)),) if seconds else (),
        )
    elif used[0].seconds < 1:
        yield workload.violation_at(
            path,
            what=f"`{TIMEOUT_SECONDS}` is {used[0].seconds}.",
            consequence="Pulumi gives up after 0 s, so every deployment that has to wait for a pod fails.",
            fix='Remove it to wait 600 s, or set a positive number; `pulumi.com/skipAwait: "true"` does not wait.',
        )


def _seconds(text: str) -> int | None:
    """The whole seconds of a duration such as ``15m``; None if it is none."""
    try:
        seconds, rest = divmod(parse_go_duration(text), NANOSECONDS["s"])
    except ValueError:
        return None
    return seconds if seconds > 0 and rest == 0 else None
