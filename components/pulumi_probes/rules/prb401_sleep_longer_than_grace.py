"""PRB401."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._shutdown import grace_seconds


@rule("PRB401", severity=Severity.ERROR, since="0.1", is_rejected=True)
def sleep_longer_than_grace(container: Container) -> Iterator[Violation]:
    """A hook sleeps longer than the pod's grace period, or for a negative time.

    Why:
        The preStop hook runs within the grace period. The API server rejects a native sleep that is longer than the
        grace period; a sleep of exactly that length is accepted.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              lifecycle: {preStop: {sleep: {seconds: 60}}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          terminationGracePeriodSeconds: 90
          containers:
            - name: cart
              image: cart:1
              lifecycle: {preStop: {sleep: {seconds: 60}}}
    Fix:
        Raise `terminationGracePeriodSeconds` to the sleep plus the time that in-flight requests need.

    References:
        https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
    """
    for hook in container.hooks:
        seconds = hook.sleep_seconds
        if seconds is None:
            continue
        grace = grace_seconds(container)
        if seconds >= 0 and (grace is None or seconds <= grace):
            continue
        allowed = "0" if grace is None else f"0 to {max(0, grace)}"
        edits: tuple[SetField, ...] = ()
        if seconds < 0:
            fix = "Set a sleep of 1 s or longer."
        else:
            enough = seconds + 30
            fix = f"Set `terminationGracePeriodSeconds: {enough}`, or sleep less."
            edits = (SetField(container.workload.pod_spec.path / "terminationGracePeriodSeconds", enough),)
        yield hook.violation(
            field="sleep.seconds",
            what=f"The {hook.title} sleeps {seconds} s; the grace period allows {allowed} s.",
            consequence="The API server rejects the object.",
            fix=fix,
            edits=edits,
        )
