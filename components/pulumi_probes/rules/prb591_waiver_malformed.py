"""PRB591."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.waiver import WaiverUse
from pulumi_probes.rules._registry import rule


@rule("PRB591", severity=Severity.WARNING, since="0.1")
def waiver_malformed(use: WaiverUse) -> Iterator[Violation]:
    """A waiver has the wrong format.

    Why:
        It waives nothing, and its author may not notice.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, annotations: {pulumi-probes/ignore: "PRB103=exits on its own; until next summer"}}
        spec:
          containers: [{name: cart, image: cart:1}]
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, annotations: {pulumi-probes/ignore: because it is so}}
        spec:
          containers: [{name: cart, image: cart:1}]
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, annotations: {pulumi-probes/ignore: "PRB103=exits on its own; until 2099-12-31"}}
        spec:
          containers: [{name: cart, image: cart:1}]
    Fix:
        Write `CODE=reason; until YYYY-MM-DD`. The date is optional. Separate waivers with `;` or a new line.

    References:
        https://en.wikipedia.org/wiki/ISO_8601#Calendar_dates
    """
    if use.written.mistake is not None:
        yield use.violation(
            what=use.written.mistake,
            consequence="It waives nothing.",
            fix="Write `CODE=reason; until YYYY-MM-DD`.",
        )
