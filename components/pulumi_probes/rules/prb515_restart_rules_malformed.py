"""PRB515."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_probes.codec.versions import is_usable
from pulumi_probes.model.field_path import FieldPath
from pulumi_probes.model.finding import Severity, Violation
from pulumi_probes.model.workload import Container, ContainerRole, Workload
from pulumi_probes.rules._cluster import Cluster, read_cluster
from pulumi_probes.rules._deferral import Deferral
from pulumi_probes.rules._registry import rule

_MOST_RULES = 20
_ACTIONS = ("Restart", "RestartAllContainers")
_OPERATORS = ("In", "NotIn")


@rule("PRB515", severity=Severity.ERROR, since="0.1")
def restart_rules_malformed(
    workload: Workload, *, kubernetes_version: str = "", feature_gates: tuple[str, ...] = ()
) -> Iterator[Violation]:
    """The API server rejects the restart rules of a container.

    Why:
        Since Kubernetes 1.35, `restartPolicyRules` restart a container by its exit code. Rules need a `restartPolicy`
        of the same container, which applies if no rule matches, and each rule needs exit codes.
    Bad:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [42]}}]
        --- another
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              restartPolicy: Never
              restartPolicyRules: [{action: Restart}]
    Good:
        apiVersion: v1
        kind: Pod
        metadata: {name: cart}
        spec:
          containers:
            - name: cart
              image: cart:1
              restartPolicy: Never
              restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [42]}}]
    Fix:
        Add `restartPolicy` to the container, and `exitCodes` to the rule.

    References:
        https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-restart-rules
    """
    cluster: Cluster | None = None
    later = Deferral()
    for container in workload.all_containers:
        if container.role is ContainerRole.EPHEMERAL or not container.node.has("restartPolicyRules"):
            continue
        try:
            cluster = cluster or read_cluster(kubernetes_version, feature_gates)
        except ValueError:
            cluster = Cluster()  # feature-newer-than-cluster reports the version
        if not is_usable("container-restart-policy", cluster.version, cluster.gates):
            return
        with later:
            yield from _of_container(container, cluster)
    later.settle()


def _of_container(container: Container, cluster: Cluster) -> Iterator[Violation]:
    rules = tuple(container.node.items("restartPolicyRules"))
    path = container.path / "restartPolicyRules"
    is_too_old = not is_usable("restart-all-containers", cluster.version, cluster.gates)
    if rules and not container.node.has("restartPolicy"):
        what = "`restartPolicyRules` are set without `restartPolicy`."
        yield _rejected(container, path, what, "Add `restartPolicy` to the container.")
    if rules and container.role is ContainerRole.SIDECAR and is_too_old:
        what = f"Kubernetes {cluster.version} does not support `restartPolicyRules` of a sidecar."
        yield _rejected(container, path, what, "Remove `restartPolicyRules`.")
    if len(rules) > _MOST_RULES:
        what = f"There are {len(rules)} restart rules; at most {_MOST_RULES} are allowed."
        yield _rejected(container, path, what, "Merge rules that have the same action.")
    for item in rules:
        if item.word("action", "") not in _ACTIONS:
            what = "`action` of a restart rule must be `Restart` or `RestartAllContainers`."
            yield _rejected(container, item.path / "action", what, "Write `action: Restart`.")
        if not item.has("exitCodes"):
            what = "A restart rule has no `exitCodes`."
            yield _rejected(container, item.path, what, "Add `exitCodes` to the rule.")
        elif item["exitCodes"].word("operator", "") not in _OPERATORS:
            what = "`operator` of exit codes must be `In` or `NotIn`."
            yield _rejected(container, item["exitCodes"].path / "operator", what, "Write `operator: In`.")


def _rejected(container: Container, path: FieldPath, what: str, fix: str) -> Violation:
    return container.violation_at(path, what=what, consequence="The API server rejects the object.", fix=fix)
