"""The cost of probes depends on their periods, their mechanisms, and the number of pods."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_probes.cost.attempt import Mechanism
from pulumi_probes.cost.load import StackLoad
from pulumi_probes.model.errors import UnknownValue

Load = Callable[..., StackLoad]

EXEC = "{exec: {command: [check]}, periodSeconds: 10}"
CONTAINERS = f"containers: [{{name: cart, image: cart:1, livenessProbe: {EXEC}}}]"


def workload(kind: str, spec: str, *, api: str = "apps/v1", metadata: str = "name: cart") -> str:
    """An object with a pod template and one exec probe every 10 s, which costs 10m per pod."""
    return f"""
apiVersion: {api}
kind: {kind}
metadata: {{{metadata}}}
spec: {{{spec}}}
"""


TEMPLATE = f"template: {{spec: {{{CONTAINERS}}}}}"


@pytest.mark.parametrize(
    ("handler", "mechanism", "thousandths"),
    [
        ("tcpSocket: {port: 80}", Mechanism.TCP_SOCKET, 1),
        ("grpc: {port: 80}", Mechanism.GRPC, 2),
        ("httpGet: {port: 80}", Mechanism.HTTP_GET, 2),
        ("httpGet: {port: 80, scheme: HTTP}", Mechanism.HTTP_GET, 2),
        ("httpGet: {port: 80, scheme: HTTPS}", Mechanism.HTTPS_GET, 4),
        ("exec: {command: [check]}", Mechanism.EXEC, 100),
    ],
)
def test_each_mechanism_has_its_price(load: Load, handler: str, mechanism: Mechanism, thousandths: float) -> None:
    """With one attempt per second, 1 ms per attempt is a thousandth of a CPU."""
    found = load(f"""
apiVersion: v1
kind: Pod
metadata: {{name: cart}}
spec: {{containers: [{{name: cart, image: cart:1, readinessProbe: {{{handler}, periodSeconds: 1}}}}]}}
""")
    assert [mechanism] == [probe.mechanism for probe in found.probes]
    assert thousandths == found.cost.whole


@pytest.mark.parametrize(
    ("text", "pods"),
    [
        (workload("Pod", CONTAINERS, api="v1"), 1),
        (workload("Deployment", f"replicas: 4, {TEMPLATE}"), 4),
        (workload("Deployment", TEMPLATE), 1),
        (workload("Deployment", f"replicas: 0, {TEMPLATE}"), 0),
        (workload("StatefulSet", f"replicas: 3, {TEMPLATE}"), 3),
        (workload("ReplicationController", f"replicas: 3, {TEMPLATE}", api="v1"), 3),
        (workload("Rollout", f"replicas: 5, {TEMPLATE}", api="argoproj.io/v1alpha1"), 5),
        (workload("Job", f"parallelism: 6, {TEMPLATE}", api="batch/v1"), 6),
        (workload("CronJob", f"jobTemplate: {{spec: {{parallelism: 2, {TEMPLATE}}}}}", api="batch/v1"), 2),
        (workload("Job", f"tasks: [{{replicas: 7, {TEMPLATE}}}]", api="batch.volcano.sh/v1alpha1"), 7),
        (workload("BroadcastJob", TEMPLATE, api="apps.kruise.io/v1alpha1"), 1),
        (
            workload(
                "JobSet",
                f"replicatedJobs: [{{replicas: 3, template: {{spec: {{parallelism: 4, {TEMPLATE}}}}}}}]",
                api="jobset.x-k8s.io/v1alpha2",
            ),
            12,
        ),
        (
            workload(
                "ScaledJob",
                f"maxReplicaCount: 20, jobTargetRef: {{parallelism: 2, {TEMPLATE}}}",
                api="keda.sh/v1alpha1",
            ),
            40,
        ),
        (workload("ScaledJob", f"jobTargetRef: {{{TEMPLATE}}}", api="keda.sh/v1alpha1"), 100),
        (f"apiVersion: v1\nkind: PodTemplate\nmetadata: {{name: cart}}\n{TEMPLATE}\n", 0),
    ],
    ids=lambda value: value.split()[3] if isinstance(value, str) else str(value),
)
def test_every_pod_counts(load: Load, text: str, pods: int) -> None:
    """Replicas, the parallelism of Jobs, or 1, wherever the kind defines them; a template has no pods."""
    assert pytest.approx(10 * pods) == load(text).cost.whole


@pytest.mark.parametrize(
    ("templates", "pods"),
    [
        (f"workerTemplate: {{spec: {{{CONTAINERS}}}}}", 8),
        (f"workerTemplate: {{spec: {{{CONTAINERS}}}}}, leaderTemplate: {{spec: {{containers: []}}}}", 6),
        (f"workerTemplate: {{spec: {{containers: []}}}}, leaderTemplate: {{spec: {{{CONTAINERS}}}}}", 2),
    ],
    ids=["leader as workers", "workers", "leader"],
)
def test_groups_of_leader_and_workers(load: Load, templates: str, pods: int) -> None:
    """In two groups of four, the leaders use their own template, or that of the workers."""
    spec = f"replicas: 2, leaderWorkerTemplate: {{size: 4, {templates}}}"
    text = workload("LeaderWorkerSet", spec, api="leaderworkerset.x-k8s.io/v1")
    assert pytest.approx(10 * pods) == load(text).cost.whole
    scaled = workload(
        "HorizontalPodAutoscaler",
        "maxReplicas: 6, scaleTargetRef: {kind: LeaderWorkerSet, name: cart}",
        api="autoscaling/v2",
    )
    assert pytest.approx(30 * pods) == load(f"{text}---{scaled}").cost.whole


def test_pods_are_spread_over_nodes(load: Load) -> None:
    """Pods of a Deployment are divided by the number of nodes; a DaemonSet has one pod per node."""
    text = "---".join([workload("Deployment", f"replicas: 8, {TEMPLATE}"), workload("DaemonSet", TEMPLATE)])
    assert pytest.approx(90) == load(text).cost.whole
    assert pytest.approx(30) == load(text, nodes=4).cost.whole
    assert pytest.approx(3) == load(text, nodes=4).pods


def test_an_autoscaler_counts_with_its_most(load: Load) -> None:
    """The maximum of the autoscaler counts, in its own namespace and for its own target."""
    deployment = workload("Deployment", f"replicas: 2, {TEMPLATE}", metadata="name: cart, namespace: shop")
    autoscaler = workload(
        "HorizontalPodAutoscaler",
        "maxReplicas: 20, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: cart}",
        api="autoscaling/v2",
        metadata="name: cart, namespace: shop",
    )
    assert pytest.approx(200) == load(f"{deployment}---{autoscaler}").cost.whole
    elsewhere = autoscaler.replace("namespace: shop", "namespace: other")
    assert pytest.approx(20) == load(f"{deployment}---{elsewhere}").cost.whole
    another = autoscaler.replace("kind: Deployment, name: cart", "kind: Deployment, name: till")
    assert pytest.approx(20) == load(f"{deployment}---{another}").cost.whole


@pytest.mark.parametrize(("most", "pods"), [("maxReplicaCount: 30, ", 30), ("", 100)])
def test_keda_counts_with_its_most(load: Load, most: str, pods: int) -> None:
    """The default is 100, and a target without a kind is a Deployment."""
    deployment = workload("Deployment", f"replicas: 2, {TEMPLATE}")
    scaled = workload("ScaledObject", f"{most}scaleTargetRef: {{name: cart}}, triggers: []", api="keda.sh/v1alpha1")
    assert pytest.approx(10 * pods) == load(f"{deployment}---{scaled}").cost.whole


def test_a_scaled_job_is_its_own_autoscaler(load: Load) -> None:
    """The number is a maximum, and the report says so."""
    (found,) = load(workload("ScaledJob", f"jobTargetRef: {{{TEMPLATE}}}", api="keda.sh/v1alpha1")).workloads
    assert found.resource == found.replicas.autoscaler


def test_pods_of_a_controller_count_once(load: Load) -> None:
    """`kubectl get all -o yaml` lists a Deployment, its ReplicaSet and its pods."""
    owner = "ownerReferences: [{kind: %s, name: %s, controller: true}]"
    listed = [
        workload("Deployment", f"replicas: 2, {TEMPLATE}"),
        workload("ReplicaSet", f"replicas: 2, {TEMPLATE}", metadata=f"name: cart-1, {owner % ('Deployment', 'cart')}"),
        workload("ReplicaSet", f"replicas: 3, {TEMPLATE}", metadata=f"name: till-1, {owner % ('Deployment', 'till')}"),
    ]
    assert pytest.approx(50) == load("---".join(listed)).cost.whole


def test_startup_probes_end(load: Load) -> None:
    """They only cost CPU time while pods start."""
    found = load(f"""
apiVersion: v1
kind: Pod
metadata: {{name: cart}}
spec: {{containers: [{{name: cart, image: cart:1, startupProbe: {EXEC}, livenessProbe: {{tcpSocket: {{port: 1}}}}}}]}}
""")
    assert pytest.approx(10) == found.starting.whole
    assert pytest.approx(0.1) == found.cost.whole
    assert [Mechanism.TCP_SOCKET] == [mechanism for mechanism, _ in found.by_mechanism()]


def test_sidecars_count_and_init_containers_do_not(load: Load) -> None:
    """A sidecar is probed as long as its pod runs."""
    found = load(f"""
apiVersion: v1
kind: Pod
metadata: {{name: cart}}
spec:
  initContainers:
    - {{name: proxy, image: proxy:1, restartPolicy: Always, livenessProbe: {EXEC}}}
    - {{name: migrate, image: cart:1, livenessProbe: {EXEC}}}
  containers: [{{name: cart, image: cart:1}}]
""")
    assert ["proxy"] == [probe.container for probe in found.probes]


def test_what_others_would_cost(load: Load) -> None:
    """The cost of the same attempts with each mechanism, in total and for each part."""
    found = load(workload("Deployment", f"replicas: 4, {TEMPLATE}"))
    assert pytest.approx(0.4) == found.otherwise(Mechanism.TCP_SOCKET).whole
    assert pytest.approx(40) == found.otherwise(Mechanism.EXEC).whole
    assert found.cost == found.otherwise(Mechanism.EXEC)
    assert pytest.approx((8, 20, 12)) == (found.cost.kubelet, found.cost.runtime, found.cost.containers)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (workload("Deployment", f"replicas: !unknown , {TEMPLATE}"), "spec.replicas"),
        (workload("Deployment", TEMPLATE).replace("10}", "!unknown }"), "containers[0].livenessProbe.periodSeconds"),
        (workload("Deployment", TEMPLATE).replace(EXEC, "!unknown "), "containers[0].livenessProbe"),
        (workload("DeploymentPatch", TEMPLATE), "spec.replicas"),
        (
            workload("Deployment", TEMPLATE)
            + "---"
            + workload("ScaledObjectPatch", "scaleTargetRef: {name: cart}", api="keda.sh/v1alpha1"),
            "spec.maxReplicaCount",
        ),
    ],
)
def test_what_is_not_known_is_listed(load: Load, text: str, path: str) -> None:
    """Unknown costs are not counted as 0."""
    found = load(text)
    assert [True] == [str(entry.problem.path).endswith(path) for entry in found.uncounted], found.uncounted
    assert isinstance(found.uncounted[0].problem, UnknownValue)
    assert 0 == found.cost.whole


@pytest.mark.parametrize(
    "change",
    [
        ("periodSeconds: 10", "periodSeconds: often"),
        ("exec: {command: [check]}, ", ""),
        ("replicas: 2", "replicas: two"),
    ],
)
def test_what_is_malformed_is_listed(load: Load, change: tuple[str, str]) -> None:
    """Malformed values are distinguished from unknown ones."""
    text = workload("Deployment", f"replicas: 2, {TEMPLATE}").replace(*change)
    (entry,) = load(text).uncounted
    assert entry.is_malformed
