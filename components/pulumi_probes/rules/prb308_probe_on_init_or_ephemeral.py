"""PRB308."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import HOOKS, Container, ContainerRole, Workload
from pulumi_probes.rules._registry import rule

_FIELDS = ("lifecycle", *(kind.value for kind in ProbeKind))


@rule("PRB308", severity=Severity.ERROR, since="0.1", is_rejected=True)
def probe_on_init_or_ephemeral(workload: Workload) -> Iterator[Violation]:
    """An init container or an ephemeral container has a probe or a lifecycle hook.

    Why:
        An init container runs to completion before the next one starts, and an ephemeral container is there for
        debugging; the API server rejects probes and hooks on both. An init container with `restartPolicy: Always` is a
        sidecar: it keeps running and may have them.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          initContainers:
            - name: migrate
              image: migrate:1
              readinessProbe: {exec: {command: [cat, /tmp/done]}}
          containers:
            - {name: cart, image: cart:1}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          initContainers:
            - name: proxy
              image: proxy:1
              restartPolicy: Always
              startupProbe: {tcpSocket: {port: 15001}}
          containers:
            - {name: cart, image: cart:1}
    Fix:
        Remove the field, or make the init container a sidecar with `restartPolicy: Always` (Kubernetes 1.29 or newer).

    References:
        https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
    """
    for container in workload.all_containers:
        if container.role is ContainerRole.INIT:
            # A patch may leave out the restartPolicy that makes the container in the cluster a sidecar.
            if workload.is_partial and not container.node.has("restartPolicy"):
                continue
            which, fix = "An init container", "Remove it, or make the container a sidecar with `restartPolicy: Always`."
        elif container.role is ContainerRole.EPHEMERAL:
            which, fix = "An ephemeral container", "Remove it."
        else:
            continue
        for field in _FIELDS:
            if container.node.has(field) and not (field == "lifecycle" and _has_no_hook(container)):
                yield container.violation(
                    field=field,
                    what=f"{which} must not have `{field}`.",
                    consequence="The API server rejects the object.",
                    fix=fix,
                )


def _has_no_hook(container: Container) -> bool:
    """Whether `lifecycle` holds only a stop signal; with its feature gate off, the default, both are dropped."""
    lifecycle = container.node["lifecycle"]
    try:
        return lifecycle.has("stopSignal") and not any(lifecycle.has(hook) for hook in HOOKS)
    except ValueNotAvailable:
        return False
