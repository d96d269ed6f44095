"""PRB502."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.cost.attempt import Mechanism
from pulumi_probes.cost.figures import measured_figures
from pulumi_probes.cost.format import format_cpu
from pulumi_probes.cost.replicas import replicas_of
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe import ProbeKind
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._registry import rule


@rule("PRB502", severity=Severity.ADVICE, since="0.1")
def exec_rate_too_high(workload: Workload, *, maximum_per_minute: int = 60) -> Iterator[Violation]:
    """The exec probes of all replicas start more than 60 processes a minute.

    Why:
        Every attempt is a process that kubelet, runtime and kernel start and clean up. A single node was seen to lose a
        third of its CPU to a hundred pods with exec probes. Ten probes every 10 s are what is recommended as the most
        for a single-node cluster; the number of processes is what counts, so this rule multiplies probes, periods and
        replicas.
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
        Use httpGet, tcpSocket or grpc, or longer periods. `maximumPerMinute` is the budget of one workload; for a whole
        node, `probes cost` says what probes take.

    References:
        https://github.com/kubernetes/kubernetes/issues/82440
    """
    periods = [
        probe.period_seconds
        for container in workload.probed_containers
        for probe in container.probes
        # A startup probe ends.
        if probe.kind is not ProbeKind.STARTUP and probe.handler == "exec"
    ]
    if not periods or workload.is_partial:
        return
    replicas = max(1, replicas_of(workload).number)
    rate = sum(60 / max(1, period) for period in periods) * replicas
    if rate <= maximum_per_minute:
        return
    probes = "1 exec probe" if len(periods) == 1 else f"{len(periods)} exec probes"
    pods = "each pod" if replicas == 1 else f"each of {replicas} replicas"
    figures = measured_figures()
    cost, instead = (format_cpu(figures[by].whole * rate / 60) for by in (Mechanism.EXEC, Mechanism.TCP_SOCKET))
    yield workload.violation(
        what=f"With {probes} in {pods}, {round(rate)} processes are started every minute.",
        consequence=f"That is {rate / 60:.1f} a second all the time, and about {cost} of CPU in all, which tcpSocket "
        f"probes would do with {instead}; the budget is {maximum_per_minute / 60:.1f} a second.",
        fix="Use httpGet, tcpSocket or grpc, or longer periods.",
    )
