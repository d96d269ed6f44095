"""PRB405."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._shutdown import grace_seconds
from pulumi_probes.timeline.bounds.probe import hang_detection


@rule("PRB405", severity=Severity.WARNING, since="0.1")
def liveness_kill_takes_long(probe: ContainerProbe, *, limit_seconds: int = 60) -> Iterator[Violation]:
    """A hung container keeps its place for the whole of a long grace period.

    Why:
        A long grace period is for requests that are under way when a pod is replaced. A process that hangs does not
        react to SIGTERM, so when liveness gives up on it the kubelet waits for the whole grace period before it kills
        and restarts. A probe can have a shorter grace period of its own for that.
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
        Set terminationGracePeriodSeconds of the liveness probe (Kubernetes 1.25).

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
        what=f"Liveness has no grace period of its own, and the pod's is {grace} s.",
        consequence=f"A hung container is away for up to {hang_detection(probe).latest + grace} s: "
        f"{hang_detection(probe).latest} s until liveness gives up, then {grace} s until SIGKILL.",
        fix="Set terminationGracePeriodSeconds: 30 for the liveness probe.",
    )
