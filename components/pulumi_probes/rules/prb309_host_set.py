"""PRB309."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_probes.model.edit import RemoveField
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Handled
from pulumi_probes.rules._registry import rule

_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|\[?::1\]?", re.IGNORECASE)


@rule("PRB309", severity=Severity.WARNING, since="0.1")
def host_set(handled: Handled) -> Iterator[Violation]:
    """A probe or hook sends its request to a host other than the pod.

    Why:
        The kubelet sends the request from the node, over the node's network, so `host` lets a pod make it connect
        anywhere. The result describes that host and not the container; for `localhost` it is the node itself. Pod
        Security `baseline` rejects the field from Kubernetes 1.34 on. A pod on the host network may use the loopback
        address, because its own application listens there.
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
    local = _LOOPBACK.fullmatch(host) is not None
    if local and handled.container.workload.pod_spec.boolean("hostNetwork", default=False):
        return
    asked = "the node itself" if local else "another host"
    yield handled.violation(
        field=f"{handled.handler}.host",
        what=f"`host` makes the kubelet send the request to {asked} instead of the pod.",
        consequence="The result does not describe this container, and Pod Security rejects it from Kubernetes 1.34 on.",
        fix="Remove `host`; for a virtual host, set the header `Host`.",
        edits=(RemoveField(handled.body.path / "host"),),
    )
