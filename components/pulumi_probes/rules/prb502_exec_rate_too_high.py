"""PRB502."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.plurals import counted
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._cost import cpu
from pulumi_probes.rules._registry import rule


@rule("PRB502", severity=Severity.ADVICE, since="0.1")
def exec_rate_too_high(workload: Workload, *, maximum_per_minute: int = 60) -> Iterator[Violation]:
    """The exec probes of all replicas together start more than 60 processes a minute.

    Why:
        Every attempt is a process that the kubelet, the runtime and the kernel start and clean up. A node with a
        hundred pods with exec probes has been seen to lose a third of its CPU. For a single-node cluster, at most ten
        probes every 10 s are recommended. The number of processes is what counts, so this rule multiplies probes,
        periods and replicas.
    Bad:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          replicas: 12
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers:
                - name: cart
                  image: cart:1
                  livenessProbe: {exec: {command: [/bin/check]}, timeoutSeconds: 5}
    Good:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          replicas: 10
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers:
                - name: cart
                  image: cart:1
                  livenessProbe: {exec: {command: [/bin/check]}, timeoutSeconds: 5}
    Fix:
        Use `httpGet`, `tcpSocket` or `grpc`, or longer periods. `maximumPerMinute` is the budget of one workload; for a
        whole node, `probes cost` shows what probes use.

    References:
        https://github.com/kubernetes/kubernetes/issues/82440
    """
    periods = [
        probe.period_seconds
        for container in workload.probed_containers
        for probe in container.probes
        # A startup probe stops once it has passed.
        if probe.kind is not ProbeKind.STARTUP and probe.handler == "exec"
    ]
    if not periods or workload.is_partial:
        return
    from pulumi_probes.cost.replicas import replicas_of  # imported late: most workloads have no exec probe

    replicas = max(1, replicas_of(workload).number)
    rate = sum(60 / period for period in periods) * replicas
    if rate <= maximum_per_minute:
        return
    probes = counted(len(periods), "exec probe")
    pods = "each pod" if replicas == 1 else f"each of {replicas} replicas"
    cost, instead = (cpu(handler, rate / 60) for handler in ("exec", "tcpSocket"))
    yield workload.violation(
        what=f"With {probes} in {pods}, {round(rate)} processes start every minute, more than {maximum_per_minute}.",
        consequence=f"That is {rate / 60:.1f} per second, and about {cost} of CPU in total; tcpSocket probes would use "
        f"{instead}.",
        fix="Use `httpGet`, `tcpSocket` or `grpc`, or longer periods.",
    )
