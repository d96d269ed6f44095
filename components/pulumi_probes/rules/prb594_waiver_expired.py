"""PRB594."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.waiver import WaiverUse
from pulumi_probes.rules._registry import rule


@rule("PRB594", severity=Severity.WARNING, since="0.1")
def waiver_expired(use: WaiverUse) -> Iterator[Violation]:
    """The last day of a waiver is over.

    Why:
        Its author wanted to be asked again. Until then it waives nothing.
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
        Remove the waiver and what it was about, or give it a new day.

    References:
        https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
    """
    days = use.expired_days
    if days:
        yield use.violation(
            what=f"The waiver of {use.waiver.code} ended on {use.waiver.until}, "
            f"{days} day{'' if days == 1 else 's'} ago.",
            consequence="It waives nothing any more.",
            fix="Mend what it was about, or decide again and write a new day.",
        )
