"""PRB593."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.waiver import WaiverUse
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._selection import suggested_rule


@rule("PRB593", severity=Severity.WARNING, since="0.1")
def waiver_of_unknown_rule(use: WaiverUse) -> Iterator[Violation]:
    """A waiver names a rule that does not exist.

    Why:
        It waives nothing. The code is misspelt, or belongs to another tool.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, annotations: {pulumi-probes/ignore: PRB1O3=exits on its own}}
        spec:
          containers: [{name: cart, image: cart:1}]
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, annotations: {pulumi-probes/ignore: liveness-missing=exits on its own}}
        spec:
          containers: [{name: cart, image: cart:1}]
    Fix:
        Write the code or the name of a rule.

    References:
        https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
    """
    if use.written.mistake is not None or use.code is not None:
        return
    yield use.violation(
        what=f"The waiver names {use.waiver.code!r}, which is not a rule.",
        consequence="It waives nothing.",
        fix=suggested_rule(use.waiver.code) or "Write the code or the name of a rule.",
    )
