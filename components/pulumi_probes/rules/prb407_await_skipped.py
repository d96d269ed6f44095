"""PRB407."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.annotations import SKIP_AWAIT
from pulumi_probes.model.await_timeout import would_be_awaited
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Workload
from pulumi_probes.rules._registry import rule


@rule("PRB407", severity=Severity.ADVICE, since="0.1")
def await_skipped(workload: Workload) -> Iterator[Violation]:
    """Pulumi does not wait for a workload although a probe reports its readiness.

    Why:
        With the annotation `pulumi.com/skipAwait`, an update succeeds as soon as the API server has accepted the
        object. A new version that never becomes Ready looks like a success, and resources that depend on it are
        deployed anyway.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, annotations: {pulumi.com/skipAwait: "true"}}
        spec:
          containers:
            - name: cart
              image: cart:1
              readinessProbe: {httpGet: {path: /readyz, port: 8080}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart, annotations: {pulumi.com/timeoutSeconds: "900"}}
        spec:
          containers:
            - name: cart
              image: cart:1
              readinessProbe: {httpGet: {path: /readyz, port: 8080}}
    Fix:
        Remove the annotation. If it was set because Pulumi gave up too early, raise `pulumi.com/timeoutSeconds`.

    References:
        https://www.pulumi.com/blog/improving-kubernetes-management-with-pulumis-await-logic/
    """
    if workload.is_job or workload.annotation(SKIP_AWAIT) != "true":
        return
    # Pulumi does not wait for other kinds anyway, and without the annotation it would wait in vain for some updates.
    if not would_be_awaited(workload):
        return
    if any(container.readiness is not None for container in workload.probed_containers):
        yield workload.violation_at(
            workload.top.path / "metadata" / "annotations" / SKIP_AWAIT,
            what=f"`{SKIP_AWAIT}` is set on a workload that has a readiness probe.",
            consequence="`pulumi up` succeeds even if no pod ever becomes Ready.",
            fix="Remove the annotation, or raise `pulumi.com/timeoutSeconds` instead.",
        )
