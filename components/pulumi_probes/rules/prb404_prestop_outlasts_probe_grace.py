"""PRB404."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.defaults import MINIMUM_GRACE_SECONDS
from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._shutdown import pre_stop_pause


@rule("PRB404", severity=Severity.WARNING, since="0.1")
def prestop_outlasts_probe_grace(probe: ContainerProbe) -> Iterator[Violation]:
    """The preStop hook takes longer than the probe's own grace period.

    Why:
        When a liveness or startup probe kills a container, the probe's own grace period replaces the pod's, and the
        preStop hook runs within it. A pause that fits the pod's grace period is cut off, and the application gets 2 s.
        The API server compares the hook with the pod's grace period only.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          terminationGracePeriodSeconds: 60
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, terminationGracePeriodSeconds: 10}
              lifecycle: {preStop: {sleep: {seconds: 15}}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          terminationGracePeriodSeconds: 60
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, terminationGracePeriodSeconds: 20}
              lifecycle: {preStop: {sleep: {seconds: 15}}}
    Fix:
        Make the probe's grace period longer than the pause.

    References:
        https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/2238-liveness-probe-grace-period
    """
    if probe.kind is ProbeKind.READINESS:
        return
    grace = probe.termination_grace_period_seconds
    found = None if grace is None else pre_stop_pause(probe.container)
    if grace is None or found is None or grace > found[1]:
        return
    pause = found[1]
    yield probe.violation(
        field="terminationGracePeriodSeconds",
        what=f"The probe's grace period is {grace} s, but the preStop hook pauses {pause} s.",
        consequence=f"After a failed {probe.title}, the hook is cut off and the application has "
        f"{MINIMUM_GRACE_SECONDS} s until SIGKILL.",
        fix=f"Set `terminationGracePeriodSeconds: {pause + 10}` or more.",
        edits=(SetField(probe.path / "terminationGracePeriodSeconds", pause + 10),),
    )
