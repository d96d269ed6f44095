"""PRB594."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.plurals import counted
from pulumi_probes.model.waiver import WaiverUse
from pulumi_probes.rules._registry import rule


@rule("PRB594", severity=Severity.WARNING, since="0.1")
def waiver_expired(use: WaiverUse) -> Iterator[Violation]:
    """A waiver has expired.

    Why:
        Its author limited the decision to a period, which is over. The waiver no longer has any effect.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, annotations: {pulumi-probes/ignore: "PRB103=until the rewrite; until 2024-12-31"}}
        spec:
          containers: [{name: cart, image: cart:1}]
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, annotations: {pulumi-probes/ignore: "PRB103=until the rewrite; until 2099-12-31"}}
        spec:
          containers: [{name: cart, image: cart:1}]
    Fix:
        Fix the problem and remove the waiver, or decide again and set a new date.

    References:
        https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
    """
    days = use.expired_days
    if days:
        yield use.violation(
            what=f"The waiver of {use.waiver.code} expired on {use.waiver.until}, {counted(days, 'day')} ago.",
            consequence="It no longer waives anything.",
            fix="Fix the problem and remove the waiver, or decide again and set a new date.",
        )
