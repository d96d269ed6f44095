"""PRB325."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._commands import asks_another_host
from pulumi_probes.rules._node_addresses import is_own_address
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.probe import hang_detection


@rule("PRB325", severity=Severity.WARNING, since="0.1")
def liveness_depends_on_another_host(probe: ContainerProbe) -> Iterator[Violation]:
    """The command of a liveness probe checks another host.

    Why:
        A restart does not bring back a database that is down. A liveness probe that checks it restarts every replica of
        every service that does the same, and when the database is back, all of them start at once. Whether a dependency
        is available is a matter for the readiness probe. For a pod on the host network, an
        address of the node counts as its own if its application is told to listen on it or to advertise it.
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
        Check the process itself for liveness; move the check of the dependency to the readiness probe, or remove it.

    References:
        https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#liveness-probe
    """
    if probe.kind is not ProbeKind.LIVENESS or probe.handler != "exec":
        return
    if not asks_another_host(probe.command, is_own=partial(is_own_address, container=probe.container)):
        return
    yield probe.violation(
        field="exec.command",
        what="The command of the liveness probe checks another host.",
        consequence="When that host is unavailable, every replica is restarted after at most "
        f"{hang_detection(probe).latest} s, again and again until it is back.",
        fix="Check the process itself; check dependencies in the readiness probe.",
    )
