"""PRB504."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerProbe, ContainerRole
from pulumi_probes.rules._cluster import is_restarted
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.probe import hang_detection, start_verdict


@rule("PRB504", severity=Severity.WARNING, since="0.1")
def liveness_without_restart(probe: ContainerProbe) -> Iterator[Violation]:
    """A liveness or startup probe kills a container that is never restarted.

    Why:
        With `restartPolicy: Never`, a container that a probe kills is not restarted, and the pod fails. In a Job, that
        uses up one of its retries for what may only have been a slow response. A container's own `restartPolicy`
        replaces that of the pod, and its `restartPolicyRules` do not apply to kills by probes.
    Bad:
        apiVersion: batch/v1
        kind: Job
        metadata: {name: report}
        spec:
          template:
            spec:
              restartPolicy: Never
              containers:
                - name: report
                  image: report:1
                  livenessProbe: {httpGet: {path: /livez, port: 8080}}
    Good:
        apiVersion: batch/v1
        kind: Job
        metadata: {name: report}
        spec:
          template:
            spec:
              restartPolicy: OnFailure
              containers:
                - name: report
                  image: report:1
                  livenessProbe: {httpGet: {path: /livez, port: 8080}}
    Fix:
        Use `restartPolicy: OnFailure`, or remove the probe and limit the run time with `activeDeadlineSeconds`.

    References:
        https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
    """
    container = probe.container
    if probe.kind is ProbeKind.READINESS or container.role is not ContainerRole.REGULAR or is_restarted(container):
        return
    last = start_verdict(probe).latest if probe.kind is ProbeKind.STARTUP else hang_detection(probe).latest
    if container.workload.restart_policy == "Never":
        consequence = f"A pause of {last} s fails the pod for good, and in a Job uses up one of its retries."
        fix = "Use `restartPolicy: OnFailure`, or remove the probe."
    else:
        consequence = f"A pause of {last} s leaves the pod without this container for good, and never Ready again."
        fix = "Remove `restartPolicy` from the container, or remove the probe."
    yield probe.violation(
        what=f"The {probe.title} kills the container, and `restartPolicy: Never` prevents a restart.",
        consequence=consequence,
        fix=fix,
    )
