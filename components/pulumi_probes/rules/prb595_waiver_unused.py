"""PRB595."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.waiver import WaiverUse
from pulumi_probes.rules._registry import rule


@rule("PRB595", severity=Severity.ADVICE, since="0.1")
def waiver_unused(use: WaiverUse) -> Iterator[Violation]:
    """A waiver matches no finding.

    Why:
        The problem has been fixed, or never existed. If the waiver stays, it will hide the next one.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, annotations: {pulumi-probes/ignore: PRB309=asks the gateway}}
        spec:
          containers: [{name: cart, image: cart:1}]
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, annotations: {pulumi-probes/ignore: PRB103=exits on its own}}
        spec:
          containers: [{name: cart, image: cart:1}]
    Fix:
        Remove the waiver.

    References:
        https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
    """
    if use.counts and use.is_evaluated and not use.is_used:
        yield use.violation(
            what=f"The waiver of {use.waiver.code} matches no finding.",
            consequence="It would hide the next one.",
            fix="Remove it.",
        )
