"""PRB325."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._commands import asks_another_host
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.probe import hang_detection


@rule("PRB325", severity=Severity.WARNING, since="0.1")
def liveness_depends_on_another_host(probe: ContainerProbe) -> Iterator[Violation]:
    """The command of a liveness probe asks another host.

    Why:
        A restart does not bring back a database that is away. Liveness that asks it restarts every replica of every
        service that does so, and when the database is back it meets all of them starting at once. Whether a dependency
        is there is a question for readiness.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {exec: {command: [pg_isready, -h, postgres.shop]}, timeoutSeconds: 2}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              readinessProbe: {exec: {command: [pg_isready, -h, postgres.shop]}, timeoutSeconds: 2}
    Fix:
        Ask the process itself for liveness; move the question about the dependency to readiness, or leave it out.

    References:
        https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#liveness-probe
    """
    if probe.kind is not ProbeKind.LIVENESS or probe.handler != "exec" or not asks_another_host(probe.command):
        return
    yield probe.violation(
        field="exec.command",
        what="The command of the liveness probe asks another host.",
        consequence="When that host is away every replica is restarted after at most "
        f"{hang_detection(probe).latest} s, and again until it is back.",
        fix="Ask the process itself; a dependency is a question for readiness.",
    )
