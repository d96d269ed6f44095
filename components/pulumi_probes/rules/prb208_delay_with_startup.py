"""PRB208."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import RemoveField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._registry import rule


@rule("PRB208", severity=Severity.ADVICE, since="0.1")
def delay_with_startup(probe: ContainerProbe) -> Iterator[Violation]:
    """Liveness or readiness has an initial delay although there is a startup probe.

    Why:
        Liveness and readiness probes do not run before the startup probe has passed. Their initial delays count from
        the container's start, not from that moment (the documentation says otherwise). A delay that is shorter than the
        start has no effect; a longer one postpones the first check of a container that already works.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              startupProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 5, failureThreshold: 25}
              readinessProbe: {httpGet: {path: /readyz, port: 8080}, initialDelaySeconds: 20}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              startupProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 5, failureThreshold: 25}
              readinessProbe: {httpGet: {path: /readyz, port: 8080}}
    Fix:
        Remove `initialDelaySeconds`; the startup probe already delays the other probes.

    References:
        https://github.com/kubernetes/website/issues/48519
    """
    if probe.kind is ProbeKind.STARTUP or probe.container.startup is None:
        return
    delay = probe.initial_delay_seconds
    if delay <= 0:
        return
    late = f"a container that has started earlier receives no traffic before second {delay}"
    blind = f"a container that has started earlier is not checked before second {delay}"
    yield probe.violation(
        field="initialDelaySeconds",
        what=f"The startup probe already delays {probe.kind.word}; `initialDelaySeconds: {delay}` counts from the same "
        "start.",
        consequence=f"It has no effect, or {late if probe.kind is ProbeKind.READINESS else blind}.",
        fix="Remove `initialDelaySeconds`.",
        edits=(RemoveField(probe.path / "initialDelaySeconds"),),
    )
