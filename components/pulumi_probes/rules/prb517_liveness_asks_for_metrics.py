"""PRB517."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import ContainerProbe
from pulumi_probes.rules._endpoints import asks_for_metrics
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.probe import hang_detection


@rule("PRB517", severity=Severity.ADVICE, since="0.2")
def liveness_asks_for_metrics(probe: ContainerProbe) -> Iterator[Violation]:
    """Liveness checks the page that lists metrics.

    Why:
        The page of metrics grows with everything that is counted, and an exporter asks what it exports for them, so a
        response can take longer than the timeout although the process works. A restart does not make it faster, and it
        loses the counters. Every attempt also renders and sends the whole page, only to look at its status.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: exporter}
        spec:
          containers:
            - name: exporter
              image: exporter:1
              livenessProbe: {httpGet: {path: /metrics, port: 9102}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: exporter}
        spec:
          containers:
            - name: exporter
              image: exporter:1
              livenessProbe: {httpGet: {path: /-/healthy, port: 9102}}
              readinessProbe: {httpGet: {path: /metrics, port: 9102}, periodSeconds: 5}
    Fix:
        Check an endpoint that answers from the process alone, such as `/-/healthy` or `/healthz`. If there is none, `/`
        of most exporters is a short page, and `tcpSocket` asks for nothing.

    References:
        https://prometheus.io/docs/instrumenting/writing_exporters/#scheduling
    """
    if probe.kind is not ProbeKind.LIVENESS or probe.handler != "httpGet":
        return
    if not asks_for_metrics(probe.body.text("path", "")):
        return
    yield probe.violation(
        field="httpGet.path",
        what="Liveness checks the page that lists metrics.",
        consequence=f"When it takes longer than {probe.timeout_seconds} s, because it has grown or waits for something "
        f"else, a container that works is restarted after at most {hang_detection(probe).latest} s.",
        fix="Use an endpoint that depends on the process alone, such as `/-/healthy` or `/`.",
    )
