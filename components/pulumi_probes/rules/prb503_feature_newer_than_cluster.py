"""PRB503."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.codec.versions import (
    DEFAULT,
    FEATURES,
    Feature,
    KubernetesVersion,
    is_forbidden,
    is_usable,
    parse_version,
)
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container, ContainerRole, Workload
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule

_REJECTED = "rejects the object"
_CONSEQUENCES = {
    "grpc": f"drops it, no handler is left, and it {_REJECTED}",
    "probe-grace-period": "drops it, and the pod's grace period applies",
    "sidecar": f"drops it, so this is a plain init container: the pod waits for it indefinitely, or it {_REJECTED}",
    "sleep": f"drops it, no handler is left, and it {_REJECTED}",
    "sleep-zero": f"requires at least 1 s, and {_REJECTED}",
    "stop-signal": "drops it, and the container receives SIGTERM",
    "container-restart-policy": "drops it, and the pod's restartPolicy applies",
    "grpc-tls": "drops it, and the probe connects without TLS",
}


@rule("PRB503", severity=Severity.ERROR, since="0.1")
def feature_newer_than_cluster(workload: Workload, *, kubernetes_version: str = "") -> Iterator[Violation]:
    """A field requires a newer Kubernetes version than the cluster has.

    Why:
        An API server that does not know a field, or has its feature disabled, silently drops the field or rejects the
        object. Without the field, the object may be rejected too, or work differently. Set `kubernetesVersion` to the
        version of the oldest cluster that the stack is deployed to. While it is empty, 1.34 is assumed, and findings
        are warnings.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {grpc: {port: 9090, mode: TLS}}
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              livenessProbe: {grpc: {port: 9090}}
    Fix:
        Use an equivalent of the older version: an exec sleep for a native one, an exec probe for gRPC with TLS.

    References:
        https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/
    """
    try:
        version = parse_version(kubernetes_version) if kubernetes_version else DEFAULT
    except ValueError as error:
        yield workload.violation(
            what=f"The parameter `kubernetesVersion` of this rule is invalid: {error}.",
            consequence="No field is compared with the version of the cluster.",
            fix=f'Write it as "{DEFAULT}".',
        )
        return
    later = Deferral()
    for container in workload.all_containers:
        for needed in (_of_container, _of_probes, _of_hooks):
            with later:
                for name, path in needed(container, later):
                    if not is_usable(name, version):
                        yield Violation(
                            path=path,
                            what=_missing(FEATURES[name], version),
                            consequence=f"The API server {_consequence(name, version)}.",
                            fix="Remove the field, or set `kubernetesVersion` if every cluster is newer.",
                            container=container.display_name,
                            severity=None if kubernetes_version else Severity.WARNING,
                        )
    later.settle()


def _missing(feature: Feature, version: KubernetesVersion) -> str:
    since = f"since {feature.usable_since}" if feature.usable_since else f"only with the feature gate {feature.gate}"
    return f"Kubernetes {version} does not support {feature.name} (available {since})."


def _consequence(name: str, version: KubernetesVersion) -> str:
    return _REJECTED if is_forbidden(name, version) else _CONSEQUENCES[name]


def _of_container(container: Container, _later: Deferral) -> Iterator[tuple[str, FieldPath]]:
    if container.role is ContainerRole.SIDECAR:
        yield "sidecar", container.path / "restartPolicy"
    elif container.role is not ContainerRole.EPHEMERAL and container.node.has("restartPolicy"):
        yield "container-restart-policy", container.path / "restartPolicy"
    if container.node["lifecycle"].has("stopSignal"):
        yield "stop-signal", container.path / "lifecycle" / "stopSignal"


def _of_probes(container: Container, later: Deferral) -> Iterator[tuple[str, FieldPath]]:
    for probe in container.probes:
        with later:
            if probe.node.has("terminationGracePeriodSeconds"):
                yield "probe-grace-period", probe.path / "terminationGracePeriodSeconds"
            if "grpc" in probe.handlers:
                yield "grpc", probe.path / "grpc"
                if probe.node["grpc"].has("mode"):
                    yield "grpc-tls", probe.path / "grpc" / "mode"


def _of_hooks(container: Container, later: Deferral) -> Iterator[tuple[str, FieldPath]]:
    for hook in container.hooks:
        with later:
            if "sleep" in hook.handlers:
                yield "sleep", hook.path / "sleep"
                if hook.sleep_seconds == 0:
                    yield "sleep-zero", hook.path / "sleep" / "seconds"
