"""PRB303."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.names import is_port
from pulumi_probes.model.workload import Handled, Workload
from pulumi_probes.rules._ports import siblings_with_port
from pulumi_probes.rules._registry import rule

_OUTCOMES = {
    "startup probe": "the startup probe never passes, and the pod never becomes Ready",
    "readiness probe": "the pod never becomes Ready",
    "liveness probe": "a container that hangs is never restarted",
    "postStart hook": "the container is killed and restarted in a loop",
    "preStop hook": "the hook does nothing",
}


@rule("PRB303", severity=Severity.ERROR, since="0.1")
def named_port_missing(handled: Handled, workload: Workload) -> Iterator[Violation]:
    """A probe or hook refers to a port name that its container does not declare.

    Why:
        The kubelet looks up a port name among the ports of the same container, not in the whole pod as a Service does.
        If it finds none, the attempt ends in an error, which counts neither as a success nor as a failure: liveness
        never fails, readiness and startup never pass. The API server accepts such an object.
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
        Use the name of a port of the same container, or the port number.

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
    what = f"This container declares no port named {port!r}."
    if others:
        what += f" Container {' and '.join(others)} does, but names are looked up in the probed container only."
    yield handled.violation(
        field=f"{handled.handler}.port",
        what=what,
        consequence=f"Every attempt ends in an error, neither success nor failure: {_OUTCOMES[handled.title]}.",
        fix=f"Use {' or '.join(f'`{name}`' for name in names)}, or the port number."
        if names
        else "Declare it in the container's `ports`, or use the port number.",
    )
