"""PRB512."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import Edit, SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container, ContainerProbe
from pulumi_probes.rules._cluster import is_restarted, read_cluster
from pulumi_probes.rules._registry import rule
from pulumi_probes.timeline.bounds.probe import guaranteed_start_seconds, surviving_threshold, unprotected_seconds


@rule("PRB512", severity=Severity.WARNING, since="0.1")
def restart_before_startup_probe(
    container: Container, *, kubernetes_version: str = "", feature_gates: tuple[str, ...] = ()
) -> Iterator[Violation]:
    """After a restart, the liveness probe may fail before the startup probe holds it back.

    Why:
        Since Kubernetes 1.35, a container that its liveness probe has restarted counts as started, like the process
        before it, until the kubelet's worker for its startup probe wakes up. That takes up to the startup probe's
        period. If the liveness probe needs less time to fail, d + (F-1)·P, it kills the new process while it starts,
        again and again. After a crash, and at the first start, the startup probe does protect the container.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              startupProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 20, failureThreshold: 16}
              livenessProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 5, failureThreshold: 3}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              startupProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 10, failureThreshold: 31}
              livenessProbe: {httpGet: {path: /livez, port: 8080}, periodSeconds: 5, failureThreshold: 3}
    Fix:
        Make the startup probe's period as short as the time that the liveness probe needs to fail, or shorter, with a
        higher `failureThreshold` for the same startup time.

    References:
        https://github.com/kubernetes/kubernetes/issues/141155
    """
    if not (container.node.has("startupProbe") and container.node.has("livenessProbe")):
        return
    startup, liveness = container.startup, container.liveness
    if startup is None or liveness is None:
        return
    fails_after = guaranteed_start_seconds(liveness)
    if not unprotected_seconds(startup, liveness) or not is_restarted(container):
        return
    try:
        is_affected = read_cluster(kubernetes_version, feature_gates).inherits_started
    except ValueError:
        is_affected = True  # feature-newer-than-cluster reports the version
    if is_affected:
        yield _violation(startup, liveness, fails_after)


def _violation(startup: ContainerProbe, liveness: ContainerProbe, fails_after: int) -> Violation:
    period = startup.period_seconds
    fix, edits = _fix(startup, liveness, fails_after)
    return startup.violation(
        field="periodSeconds",
        what=f"The startup probe's period is {period} s; the liveness probe may fail after {fails_after} s.",
        consequence=f"After a restart by the liveness probe, the kubelet may not run the startup probe for {period} s, "
        f"so a process that needs more than {fails_after} s to start is killed again, repeatedly.",
        fix=fix,
        edits=edits,
    )


def _fix(startup: ContainerProbe, liveness: ContainerProbe, fails_after: int) -> tuple[str, tuple[Edit, ...]]:
    """A shorter period of the startup probe, or a more patient liveness probe if there is no such period."""
    if fails_after >= startup.timeout_seconds:
        failures = surviving_threshold((startup.failure_threshold - 1) * startup.period_seconds, fails_after)
        return (
            f"Set `periodSeconds: {fails_after}` and `failureThreshold: {failures}` in the startup probe.",
            (
                SetField(startup.path / "periodSeconds", fails_after),
                SetField(startup.path / "failureThreshold", failures),
            ),
        )
    failures = surviving_threshold(startup.period_seconds, liveness.period_seconds)
    return (
        f"Set `failureThreshold: {failures}` in the liveness probe.",
        (SetField(liveness.path / "failureThreshold", failures),),
    )
