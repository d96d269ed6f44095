"""PRB330."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.rounding import ceil_div
from pulumi_probes.model.workload import Container, ContainerProbe
from pulumi_probes.rules._registry import rule
from pulumi_probes.rules._startup import startups


@rule("PRB330", severity=Severity.WARNING, since="0.1")
def exec_start_expensive(
    probe: ContainerProbe, *, headroom: int = 5, maximum_millicpu: int = 15
) -> Iterator[Violation]:
    """An exec probe starts a runtime for each attempt, which takes long for its time limit or its period.

    Why:
        A Java virtual machine, a Python interpreter with the imports of an application or Node.js need a tenth of a
        second of CPU time or more before they do anything, for every attempt and in the container's own CPU limit: with
        `limits.cpu: 100m`, 0.2 s of CPU time take 2 s. On a busy node they take longer, attempts run into
        `timeoutSeconds`, and healthy containers are restarted when the load is highest. The start should take less
        than a fifth of the time limit.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              resources: {limits: {cpu: 500m}}
              livenessProbe: {exec: {command: [jcmd, "1", VM.version]}, timeoutSeconds: 2, periodSeconds: 60}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              resources: {limits: {cpu: 500m}}
              livenessProbe: {exec: {command: [jcmd, "1", VM.version]}, timeoutSeconds: 10, periodSeconds: 60}
    Fix:
        Use `httpGet`, `tcpSocket` or `grpc`, or let the application write a file whose age a small program checks.
        Otherwise, increase `timeoutSeconds` and `periodSeconds`. `headroom` is the required ratio of the time limit to
        the time for the start, and `maximumMillicpu` the CPU that the attempts of one container may use for it.

    References:
        https://github.com/kubernetes/kubernetes/issues/82440
    """
    if probe.handler != "exec":
        return
    found = startups(probe.command)
    if not found:
        return
    milliseconds = sum(startup.milliseconds for startup in found)
    share = _cpu_limit(probe.container)
    seconds = milliseconds / 1000 / share
    limit, period = probe.timeout_seconds, probe.period_seconds
    millicpu = milliseconds / period
    needed = int(seconds * headroom) + 1
    heaviest = max(found, key=lambda startup: startup.milliseconds).runtime
    under = f" with `limits.cpu: {round(share * 1000)}m`" if share < 1 else ""
    violation = probe.violation(
        field="timeoutSeconds",
        what=f"Each attempt starts {heaviest}, which takes at least {seconds:.1f} s{under}; "
        f"`timeoutSeconds` is {limit}.",
        consequence=f"On a busy node, the start alone can take more than {limit} s, and then a healthy container fails "
        "the probe.",
        fix=f"Use `httpGet`, `tcpSocket` or `grpc`, or `timeoutSeconds: {needed}`.",
    )
    if limit < needed:
        yield violation
    elif millicpu > maximum_millicpu:
        longer = ceil_div(milliseconds, maximum_millicpu)
        yield replace(
            violation,
            path=probe.path / "periodSeconds",
            what=f"Each attempt starts {heaviest}, every {period} s.",
            consequence=f"Starting it uses at least {round(millicpu)}m of CPU in every replica, more than "
            f"{maximum_millicpu}m.",
            fix=f"Use `httpGet`, `tcpSocket` or `grpc`, or `periodSeconds: {longer}`.",
            severity=Severity.ADVICE,
        )


def _cpu_limit(container: Container) -> float:
    """The CPUs that one thread of a container can use: its limit, at most 1; 1 if it has none, or it is not known."""
    from pulumi_probes.codec.quantity import read_quantity  # imported late: few probes start a runtime

    try:
        limit = read_quantity(container.node["resources"]["limits"], "cpu")
    except ValueNotAvailable:
        return 1
    return 1 if not limit else min(1, float(limit))
