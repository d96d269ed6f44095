"""PRB405."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._shutdown import grace_seconds
from pulumi_probes.timeline.bounds.probe import hang_detection

_WARNING_SECONDS = 300
"""A grace period for which a hung container stays up long enough to be worth a warning."""


@rule("PRB405", severity=Severity.WARNING, since="0.1")
def liveness_kill_takes_long(probe: ContainerProbe, *, limit_seconds: int = 60) -> Iterator[Violation]:
    """A hung container stays up for the whole of a long grace period.

    Why:
        A long grace period is meant for in-flight requests of a pod that is being replaced. A hung process does not
        react to SIGTERM, so after its liveness probe has failed, the kubelet waits for the whole grace period before it
        kills and restarts it. A probe can have its own, shorter grace period for this case. A grace period of less than
        five minutes is advice.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          terminationGracePeriodSeconds: 300
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          terminationGracePeriodSeconds: 300
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}, terminationGracePeriodSeconds: 30}
    Fix:
        Set `terminationGracePeriodSeconds` of the liveness probe (Kubernetes 1.25 or newer).

    References:
        https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/2238-liveness-probe-grace-period
    """
    if probe.kind is not ProbeKind.LIVENESS or probe.termination_grace_period_seconds is not None:
        return
    grace = grace_seconds(probe.container)
    if grace is None or grace <= limit_seconds or probe.container.workload.is_partial:
        return
    yield probe.violation(
        field="terminationGracePeriodSeconds",
        what=f"The liveness probe has no grace period of its own, and the pod's is {grace} s, longer than "
        f"{limit_seconds} s.",
        consequence=f"A hung container is down for up to {hang_detection(probe).latest + grace} s: "
        f"{hang_detection(probe).latest} s until liveness fails, then {grace} s until SIGKILL.",
        fix="Set `terminationGracePeriodSeconds: 30` for the liveness probe.",
        severity=None if grace >= _WARNING_SECONDS else Severity.ADVICE,
    )
