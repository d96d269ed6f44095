"""PRB592."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.waiver import WaiverUse
from pulumi_probes.rules._registry import rule


@rule("PRB592", severity=Severity.WARNING, since="0.1")
def waiver_without_reason(use: WaiverUse) -> Iterator[Violation]:
    """A waiver gives no reason.

    Why:
        A waiver is a decision, and later readers have to know what it was based on. Without a reason, it waives
        nothing.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, annotations: {pulumi-probes/ignore: PRB103}}
        spec:
          containers: [{name: cart, image: cart:1}]
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, annotations: {pulumi-probes/ignore: PRB103=exits when its work queue stalls}}
        spec:
          containers: [{name: cart, image: cart:1}]
    Fix:
        Write the reason after `=`.

    References:
        https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
    """
    if use.written.mistake is None and not use.waiver.reason:
        yield use.violation(
            what=f"The waiver of {use.waiver.code} gives no reason.",
            consequence="It waives nothing.",
            fix=f"Write `{use.waiver.code}=reason`.",
        )
