"""PRB213."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule

_NOT_NEGATIVE = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")


@rule("PRB213", severity=Severity.ERROR, since="0.1", is_refused=True)
def probe_number_out_of_range(probe: ContainerProbe) -> Iterator[Violation]:
    """A number of a probe is one that the API server refuses.

    Why:
        Times and thresholds must not be negative, and a probe's own grace period must be at least 1 s. An explicit 0
        of timeout, period and thresholds is not refused: it means the default, never "none".
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, initialDelaySeconds: -1}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, terminationGracePeriodSeconds: 0}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, terminationGracePeriodSeconds: 10}
    Fix:
        Leave the field out for its default, or write a number that is not negative.

    References:
        https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
    """
    later = Deferral()
    for name in _NOT_NEGATIVE:
        with later:
            number = probe.node.optional_integer(name)
            if number is not None and number < 0:
                yield probe.violation(
                    field=name,
                    what=f"{number} must be greater than or equal to 0.",
                    consequence="The API server refuses the object.",
                    fix=f"Remove {name} for its default.",
                )
    with later:
        grace = probe.termination_grace_period_seconds
        if grace is not None and grace <= 0:
            yield probe.violation(
                field="terminationGracePeriodSeconds",
                what=f"{grace} must be greater than 0.",
                consequence="The API server refuses the object.",
                fix="Write at least 1, or remove it for the pod's grace period.",
            )
    later.settle()
