"""PRB309."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Handled
from pulumi_probes.rules._registry import rule

_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|\[?::1\]?", re.IGNORECASE)


@rule("PRB309", severity=Severity.WARNING, since="0.1")
def host_set(handled: Handled) -> Iterator[Violation]:
    """A probe or hook asks a host of its own instead of the pod.

    Why:
        The kubelet asks from the node, with the node's network, so `host` lets a pod make it send requests anywhere.
        What it learns is how another host is, and for `localhost` that is the node. Pod Security `baseline` refuses it
        from Kubernetes 1.34 on. A pod in the host's network may name the loopback address, where its own application
        listens.
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
        Remove `host`; the pod's own address is the default. For a virtual host set the header `Host` instead.

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
        what=f"The kubelet asks {asked} instead of the pod.",
        consequence="The answer says nothing about this container; Pod Security refuses it from Kubernetes 1.34 on.",
        fix="Remove host; for a virtual host set the header Host.",
    )
