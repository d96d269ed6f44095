"""PRB307."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import SetField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.names import port_mistakes
from pulumi_probes.model.workload import Handled
from pulumi_probes.model.written_number import whole_number
from pulumi_probes.rules._registry import rule


@rule("PRB307", severity=Severity.ERROR, since="0.1", is_rejected=True)
def invalid_port(handled: Handled) -> Iterator[Violation]:
    """The port of a probe or hook is missing or invalid.

    Why:
        A number must be between 1 and 65535; a missing port counts as 0. A name has at most 15 lower-case letters,
        digits and single hyphens, and at least one letter: "8080" in quotes is a name without one.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              readinessProbe: {httpGet: {path: /readyz}}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{containerPort: 8080}]
              readinessProbe: {httpGet: {path: /readyz, port: "8080"}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              ports: [{containerPort: 8080}]
              readinessProbe: {httpGet: {path: /readyz, port: 8080}}
    Fix:
        Write the port number without quotes, or the name of one of the container's ports.

    References:
        https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
    """
    handler, port = handled.handler, handled.port
    if handler not in ("httpGet", "tcpSocket", "grpc") or (handler == "grpc" and isinstance(port, str)):
        return
    if port is None:
        workload = handled.container.workload
        if workload.is_complete and not workload.is_guessed:
            yield handled.violation(
                field=f"{handler}.port",
                what=f"The {handled.title} has no port.",
                consequence="The API server rejects the object.",
                fix="Add the number or the name of one of the container's ports."
                if handler != "grpc"
                else "Add the number of one of the container's ports.",
            )
        return
    mistakes = list(port_mistakes(port))
    if not mistakes:
        return
    number = whole_number(port) if isinstance(port, str) else None
    yield handled.violation(
        field=f"{handler}.port",
        what=f"The port is {port!r}; it {' and '.join(mistakes)}.",
        consequence="The API server rejects the object.",
        fix="Use the number or the name of one of the container's ports." if number is None else "Remove the quotes.",
        edits=() if number is None else (SetField(handled.path / handler / "port", number),),
    )
