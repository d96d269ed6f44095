"""PRB309."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.model.edit import RemoveField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Handled
from pulumi_probes.rules._node_addresses import is_loopback, is_own_address
from pulumi_probes.rules._registry import rule


@rule("PRB309", severity=Severity.WARNING, since="0.1")
def host_set(handled: Handled) -> Iterator[Violation]:
    """A probe or hook sends its request to a host other than the pod.

    Why:
        The kubelet sends the request from the node, over the node's network, so `host` lets a pod make it connect
        anywhere. The result describes that host and not the container; for `localhost` it is the node itself. Pod
        Security `baseline` rejects the field from Kubernetes 1.34 on. A pod on the host network may use the loopback
        address, and the address of its node that its application is told to listen on or to advertise, because its own
        application answers there.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {host: localhost, path: /livez, port: 8080}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {httpGet: {path: /livez, port: 8080}}
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: agent}
        spec:
          hostNetwork: true
          containers:
            - name: agent
              image: agent:1
              livenessProbe: {httpGet: {host: 127.0.0.1, path: /livez, port: 8080}}
    Fix:
        Remove `host`; the default is the pod's own address. For a virtual host, set the header `Host` instead.

    References:
        https://kubernetes.io/docs/concepts/security/pod-security-standards/
        https://github.com/kubernetes/kubernetes/issues/99425
    """
    host = handled.own_host
    if host is None:
        return
    if is_own_address(host, handled.container):
        return
    asked = "the node itself" if is_loopback(host) else "another host"
    yield handled.violation(
        field=f"{handled.handler}.host",
        what=f"`host` makes the kubelet send the request to {asked} instead of the pod.",
        consequence="The result does not describe this container, and Pod Security rejects it from Kubernetes 1.34 on.",
        fix="Remove `host`; for a virtual host, set the header `Host`.",
        edits=(RemoveField(handled.body.path / "host"),),
    )
