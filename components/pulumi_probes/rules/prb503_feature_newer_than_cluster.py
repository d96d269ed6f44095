"""PRB503."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.codec.versions import DEFAULT, FEATURES, Feature, KubernetesVersion, is_forbidden, is_usable
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container, ContainerRole, Workload
from pulumi_probes.rules._cluster import read_cluster
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
    "restart-all-containers": "drops it, and the other containers are not restarted",
    "grpc-tls": "drops it, and the probe connects without TLS",
    "http2": "drops it, and the kubelet speaks HTTP/1.1 with a server that may expect HTTP/2",
    "pod-resources": "drops them, and the resources of the containers apply",
    "eviction-responders": "drops them, and an eviction waits for nobody",
    "stateful-set-unavailable": "drops it, and a rollout replaces one pod at a time",
    "stateful-set-recreate": _REJECTED,
}


@rule("PRB503", severity=Severity.ERROR, since="0.1")
def feature_newer_than_cluster(
    workload: Workload, *, kubernetes_version: str = "", feature_gates: tuple[str, ...] = ()
) -> Iterator[Violation]:
    """A field requires a newer Kubernetes version than the cluster has.

    Why:
        An API server that does not know a field, or has its feature disabled, silently drops the field or rejects the
        object. Without the field, the object may be rejected too, or work differently. Set `kubernetesVersion` to the
        version of the oldest cluster that the stack is deployed to. While it is empty, 1.35 is assumed, and findings
        are warnings. Alpha fields need a feature gate; name those that are enabled on every cluster in `featureGates`.
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
        cluster = read_cluster(kubernetes_version, feature_gates)
    except ValueError as error:
        yield workload.violation(
            what=f"The parameter `kubernetesVersion` of this rule is invalid: {error}.",
            consequence="No field is compared with the version of the cluster.",
            fix=f'Write it as "{DEFAULT}".',
        )
        return
    later = Deferral()
    for name, path, container in _used(workload, later):
        if not is_usable(name, cluster.version, cluster.gates):
            yield Violation(
                path=path,
                what=_missing(FEATURES[name], cluster.version),
                consequence=f"The API server {_consequence(name, cluster.version)}.",
                fix=f"Remove the field, or {_other_cluster(FEATURES[name])}.",
                container=None if container is None else container.display_name,
                severity=None if cluster.is_known else Severity.WARNING,
            )
    later.settle()


def _used(workload: Workload, later: Deferral) -> Iterator[tuple[str, FieldPath, Container | None]]:
    with later:
        for name, path in _of_workload(workload):
            yield name, path, None
    for container in workload.all_containers:
        for needed in (_of_container, _of_probes, _of_hooks):
            with later:
                for name, path in needed(container, later):
                    yield name, path, container


def _other_cluster(feature: Feature) -> str:
    """The end of a fix for a feature that every cluster has."""
    if feature.usable_since is None:
        return f"add {feature.gate} to `featureGates` if every cluster has it enabled"
    return "set `kubernetesVersion` if every cluster is newer"


def _missing(feature: Feature, version: KubernetesVersion) -> str:
    since = f"since {feature.usable_since}" if feature.usable_since else f"only with the feature gate {feature.gate}"
    return f"Kubernetes {version} does not support {feature.name} (available {since})."


def _consequence(name: str, version: KubernetesVersion) -> str:
    return _REJECTED if is_forbidden(name, version) else _CONSEQUENCES[name]


def _of_workload(workload: Workload) -> Iterator[tuple[str, FieldPath]]:
    pod = workload.pod_spec
    if pod.has("resources"):
        yield "pod-resources", pod.path / "resources"
    if pod.has("evictionResponders"):
        yield "eviction-responders", pod.path / "evictionResponders"
    if workload.kind == "StatefulSet" and workload.group == "apps" and workload.spec.has("updateStrategy"):
        strategy = workload.spec["updateStrategy"]
        if strategy["rollingUpdate"].has("maxUnavailable"):
            yield "stateful-set-unavailable", strategy["rollingUpdate"].path / "maxUnavailable"
        if strategy.optional_text("type") == "Recreate":
            yield "stateful-set-recreate", strategy.path / "type"


def _of_container(container: Container, _later: Deferral) -> Iterator[tuple[str, FieldPath]]:
    if container.role is ContainerRole.SIDECAR:
        yield "sidecar", container.path / "restartPolicy"
    elif container.role is not ContainerRole.EPHEMERAL and container.node.has("restartPolicy"):
        yield "container-restart-policy", container.path / "restartPolicy"
    if container.node.has("restartPolicyRules"):
        for item in container.node.items("restartPolicyRules"):
            if item.optional_text("action") == "RestartAllContainers":
                yield "restart-all-containers", item.path / "action"
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
            elif "httpGet" in probe.handlers and probe.node["httpGet"].has("protocol"):
                yield "http2", probe.path / "httpGet" / "protocol"


def _of_hooks(container: Container, later: Deferral) -> Iterator[tuple[str, FieldPath]]:
    for hook in container.hooks:
        with later:
            if "httpGet" in hook.handlers and hook.node["httpGet"].has("protocol"):
                yield "http2", hook.path / "httpGet" / "protocol"
            if "sleep" in hook.handlers:
                yield "sleep", hook.path / "sleep"
                if hook.sleep_seconds == 0:
                    yield "sleep-zero", hook.path / "sleep" / "seconds"
