"""PRB308."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.errors import ValueNotAvailable
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe import ProbeKind
from pulumi_probes.model.workload import HOOKS, Container, ContainerRole, Workload
from pulumi_probes.rules._registry import rule

_FIELDS = ("lifecycle", *(kind.value for kind in ProbeKind))


@rule("PRB308", severity=Severity.ERROR, since="0.1", is_refused=True)
def probe_on_init_or_ephemeral(workload: Workload) -> Iterator[Violation]:
    """A plain init container or an ephemeral container has a probe or a lifecycle hook.

    Why:
        An init container runs to its end before the next one starts, an ephemeral container is there to look around.
        The API server refuses probes and hooks on both. An init container with `restartPolicy: Always` is a sidecar; it
        goes on running and may have them.
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
        Remove it, or make the init container a sidecar with `restartPolicy: Always` (Kubernetes 1.29).

    References:
        https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
    """
    for container in workload.all_containers:
        if container.role is ContainerRole.INIT:
            # In a patch the field that would make it a sidecar may be in the cluster.
            if workload.is_partial and not container.node.has("restartPolicy"):
                continue
            which, fix = "An init container", "Remove it, or make the container a sidecar with restartPolicy: Always."
        elif container.role is ContainerRole.EPHEMERAL:
            which, fix = "An ephemeral container", "Remove it."
        else:
            continue
        for field in _FIELDS:
            if container.node.has(field) and not (field == "lifecycle" and _has_no_hook(container)):
                yield container.violation(
                    field=field,
                    what=f"{which} may not have a {field}.",
                    consequence="The API server refuses the object.",
                    fix=fix,
                )


def _has_no_hook(container: Container) -> bool:
    """Whether all of `lifecycle` is a stop signal; with its feature gate off, as by default, both are dropped."""
    lifecycle = container.node["lifecycle"]
    try:
        return lifecycle.has("stopSignal") and not any(lifecycle.has(hook) for hook in HOOKS)
    except ValueNotAvailable:
        return False
