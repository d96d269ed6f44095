"""PRB303."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.names import is_port
from pulumi_probes.model.workload import Handled, Workload
from pulumi_probes.rules._ports import siblings_with_port
from pulumi_probes.rules._registry import rule

_OUTCOMES = {
    "startup probe": "the startup probe never ends, and the pod never becomes Ready",
    "readiness probe": "the pod never becomes Ready",
    "liveness probe": "a container that hangs is never restarted",
    "postStart hook": "the container is killed and started again, for ever",
    "preStop hook": "the hook does nothing",
}


@rule("PRB303", severity=Severity.ERROR, since="0.1")
def named_port_missing(handled: Handled, workload: Workload) -> Iterator[Violation]:
    """A probe or hook names a port that its container does not have.

    Why:
        The kubelet looks a port's name up among the ports of the same container. Not in the rest of the pod, as a
        Service does. When it finds none, the attempt is an error, and errors count for nothing: liveness never fails,
        readiness never passes, a startup probe never ends. The API server accepts it.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: http, containerPort: 8080}]
              readinessProbe: {httpGet: {path: /readyz, port: htttp}}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: admin}}
            - name: proxy
              image: proxy:1
              ports: [{name: admin, containerPort: 9901}]
              readinessProbe: {httpGet: {path: /readyz, port: admin}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{name: http, containerPort: 8080}]
              readinessProbe: {httpGet: {path: /readyz, port: http}}
    Fix:
        Name a port of the same container, or write the number.

    References:
        https://github.com/kubernetes/kubernetes/issues/139283
    """
    port, container = handled.port, handled.container
    if not isinstance(port, str) or handled.handler == "grpc" or not is_port(port):
        return
    if not workload.is_complete or container.find_port(port) is not None:
        return
    others = [
        f"{other.display_name!r}" for other in siblings_with_port(workload, container, port) if other.display_name
    ]
    names = [known.name for known in container.known_ports if known.name is not None]
    what = f"This container has no port named {port!r}."
    if others:
        what += f" The one of {' and '.join(others)} does not count: names are looked up in the same container."
    yield handled.violation(
        field=f"{handled.handler}.port",
        what=what,
        consequence=f"Every attempt ends in an error that counts for nothing: {_OUTCOMES[handled.title]}.",
        fix=f"Use {' or '.join(names)}, or the number."
        if names
        else "Declare it in this container's ports, or write the number.",
    )
