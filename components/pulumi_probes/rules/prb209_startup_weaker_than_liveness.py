"""PRB209."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import RemoveField, SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.probe import hang_detection


@rule("PRB209", severity=Severity.ADVICE, since="0.1")
def startup_weaker_than_liveness(container: Container) -> Iterator[Violation]:
    """The startup probe only opens a connection, while liveness expects a response.

    Why:
        Many servers open their socket early and respond later, after loading data or compiling code. The startup probe
        passes as soon as the socket is open; liveness then fails while the application is still warming up, and the
        container is killed.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              startupProbe: {tcpSocket: {port: 8080}, periodSeconds: 5, failureThreshold: 25}
              livenessProbe: {httpGet: {path: /livez, port: 8080}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              startupProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 5, failureThreshold: 25}
              livenessProbe: {httpGet: {path: /livez, port: 8080}}
    Fix:
        Let the startup probe check what liveness checks.

    References:
        https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#startup-probe
    """
    startup, liveness = container.startup, container.liveness
    if startup is None or liveness is None:
        return
    if startup.handler != "tcpSocket" or liveness.handler not in ("httpGet", "grpc"):
        return
    yield startup.violation(
        what=f"The startup probe only opens a connection, while liveness expects a response by {liveness.handler}.",
        consequence="An application that listens before it responds is killed as early as "
        f"{hang_detection(liveness).earliest} s after its first connection, while it warms up.",
        fix=f"Use the `{liveness.handler}` handler of the liveness probe for the startup probe too.",
        edits=(
            SetField(startup.path / liveness.handler, liveness.body.value),
            RemoveField(startup.path / startup.handler),
        ),
    )
