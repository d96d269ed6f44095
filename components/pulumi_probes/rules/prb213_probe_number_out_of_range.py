"""PRB213."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import RemoveField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule

_NOT_NEGATIVE = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")


@rule("PRB213", severity=Severity.ERROR, since="0.1", is_rejected=True)
def probe_number_out_of_range(probe: ContainerProbe) -> Iterator[Violation]:
    """A number of a probe is outside the range that the API server accepts.

    Why:
        Times and thresholds must be 0 or greater, and a probe's own grace period must be at least 1 s. A timeout,
        period or threshold of 0 is accepted: it means the default, not "none".
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
        Remove the field to use its default, or set a value within the range.

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
                    what=f"`{name}` is {number}; it must be 0 or greater.",
                    consequence="The API server rejects the object.",
                    fix=f"Remove `{name}` to use its default.",
                    edits=(RemoveField(probe.path / name),),
                )
    with later:
        grace = probe.termination_grace_period_seconds
        if grace is not None and grace <= 0:
            yield probe.violation(
                field="terminationGracePeriodSeconds",
                what=f"`terminationGracePeriodSeconds` is {grace}; it must be 1 or greater.",
                consequence="The API server rejects the object.",
                fix="Set at least 1, or remove it to use the pod's grace period.",
                edits=(RemoveField(probe.path / "terminationGracePeriodSeconds"),),
            )
    later.settle()
