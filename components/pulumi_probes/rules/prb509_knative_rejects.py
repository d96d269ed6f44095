"""PRB509."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pulumi_probes.model.edit import RemoveField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.probe_kind import ProbeKind
from pulumi_probes.model.workload import Container, ContainerProbe, ContainerRole, Workload
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule

KNATIVE: Final = "serving.knative.dev"
_REJECTED: Final = "The webhook of Knative rejects the object."
_DEPENDENT: Final = ("timeoutSeconds", "failureThreshold")


@rule("PRB509", severity=Severity.ERROR, since="0.1")
def knative_rejects(workload: Workload) -> Iterator[Violation]:
    """Knative rejects a field of a container that Kubernetes accepts.

    Why:
        Knative runs readiness probes itself. Without `periodSeconds` it chooses all numbers, so its webhook rejects
        `timeoutSeconds` and `failureThreshold` alone. It also rejects lifecycle hooks, names of ports other than
        `http1` and `h2c`, and a named port in a probe that is not the port of the container. In its pods the port has
        another name, so a startup probe with a named port never passes.
    Bad:
        apiVersion: serving.knative.dev/v1
        kind: Service
        metadata: {name: hello}
        spec:
          template:
            spec:
              containers:
                - image: hello:1
                  readinessProbe: {httpGet: {path: /readyz}, timeoutSeconds: 3}
        --- another
        apiVersion: serving.knative.dev/v1
        kind: Service
        metadata: {name: hello}
        spec:
          template:
            spec:
              containers:
                - image: hello:1
                  ports: [{name: http, containerPort: 8080}]
    Good:
        apiVersion: serving.knative.dev/v1
        kind: Service
        metadata: {name: hello}
        spec:
          template:
            spec:
              containers:
                - image: hello:1
                  ports: [{name: http1, containerPort: 8080}]
                  readinessProbe: {httpGet: {path: /readyz}, periodSeconds: 5, timeoutSeconds: 3}
    Fix:
        Set `periodSeconds`, name the port `http1` or `h2c` or leave its name out, use the number of the port in a
        startup probe, and shut down on SIGTERM without a hook.

    References:
        https://knative.dev/docs/serving/services/configure-probing/
    """
    if workload.group != KNATIVE:
        return
    later = Deferral()
    for container in workload.containers:
        for check in (_hooks, _port_names, _readiness, _named_ports):
            with later:
                yield from check(container)
    later.settle()


def _hooks(container: Container) -> Iterator[Violation]:
    if container.node.has("lifecycle"):
        yield container.violation(
            field="lifecycle",
            what="Knative does not allow lifecycle hooks.",
            consequence=_REJECTED,
            fix="Remove it; Knative itself delays SIGTERM until requests have ended.",
            edits=(RemoveField(container.path / "lifecycle"),),
        )


def _port_names(container: Container) -> Iterator[Violation]:
    for port in container.node.items("ports"):
        if port.text("name", "") not in ("", "http1", "h2c"):
            yield container.violation_at(
                port.path / "name",
                what="The name of a port must be `http1` or `h2c` in Knative.",
                consequence=_REJECTED,
                fix="Use `http1`, or `h2c` for gRPC and HTTP/2, or remove the name.",
            )


def _readiness(container: Container) -> Iterator[Violation]:
    probe = container.readiness
    if probe is None or probe.node.optional_integer("periodSeconds"):
        return
    for name in _DEPENDENT:
        if probe.node.optional_integer(name):
            yield probe.violation(
                field=name,
                what=f"`{name}` of the readiness probe needs `periodSeconds` in Knative.",
                consequence=_REJECTED,
                fix="Set `periodSeconds`.",
            )


def _named_ports(container: Container) -> Iterator[Violation]:
    # Without a name, the webhook takes the port for `http`.
    names = [port.text("name", "") or "http" for port in container.node.items("ports")]
    if container.role is not ContainerRole.REGULAR or not names:
        return
    for probe in container.probes:
        port = probe.port
        if isinstance(port, str) and port not in names:
            yield probe.violation(
                field=f"{probe.handler}.port",
                what="The port must be that of the container, by its number or name, in Knative.",
                consequence=_REJECTED,
                fix="Remove the port; Knative uses that of the container.",
            )
        elif isinstance(port, str) and probe.kind is ProbeKind.STARTUP:
            yield _startup(probe)


def _startup(probe: ContainerProbe) -> Violation:
    return probe.violation(
        field=f"{probe.handler}.port",
        what="Knative names the port `user-port` in its pods, and leaves the startup probe as it is.",
        consequence="No port has the name that the probe contains, so it never passes.",
        fix="Use the port number.",
    )
