"""PRB506."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pulumi_probes.model.edit import RemoveField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.stack import Stack
from pulumi_probes.model.workload import ContainerRole, Workload
from pulumi_probes.rules._registry import rule

_JOBS: Final = frozenset({("batch", "Job"), ("batch", "CronJob"), ("keda.sh", "ScaledJob")})


@rule("PRB506", severity=Severity.ADVICE, since="0.1")
def readiness_on_job(workload: Workload, stack: Stack) -> Iterator[Violation]:
    """A Job has a readiness probe that nothing uses.

    Why:
        Readiness determines the endpoints of Services and the progress of rollouts, and a Job has neither, so the probe
        only costs resources. If a Service selects the pods of the Job, this rule does not apply.
    Bad:
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
                  readinessProbe: {httpGet: {path: /readyz, port: 8080}}
    Good:
        apiVersion: batch/v1
        kind: Job
        metadata: {name: report}
        spec:
          template:
            spec:
              restartPolicy: OnFailure
              containers:
                - {name: report, image: report:1}
    Fix:
        Remove the probe.

    References:
        https://kubernetes.io/docs/concepts/workloads/controllers/job/
    """
    if (workload.group, workload.kind) not in _JOBS:
        return
    probes = [
        probe
        for container in workload.containers
        if container.role is ContainerRole.REGULAR and (probe := container.probe(ProbeKind.READINESS)) is not None
    ]
    if not probes or next(iter(stack.services_of(workload)), None) is not None:
        return
    for probe in probes:
        yield probe.violation(
            what=f"The {workload.kind} has a readiness probe, but no Service selects its pods.",
            consequence="The probe has no effect.",
            fix="Remove it.",
            edits=(RemoveField(probe.path),),
        )
