"""Which kinds contain a pod specification, and at which paths."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from pulumi_probes.codec.kinds import CUSTOM_KINDS, KUBERNETES_KINDS, pod_paths, read_kinds
from pulumi_probes.codec.manifest import read_stack, read_workloads
from pulumi_probes.model.errors import UnreadableInput
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.values import UNKNOWN

SDK = {
    "Pod": ["core/v1", "v1"],
    "PodTemplate": ["core/v1", "v1"],
    "ReplicationController": ["core/v1", "v1"],
    "Deployment": ["apps/v1", "apps/v1beta1", "apps/v1beta2", "extensions/v1beta1"],
    "StatefulSet": ["apps/v1", "apps/v1beta1", "apps/v1beta2"],
    "DaemonSet": ["apps/v1", "apps/v1beta2", "extensions/v1beta1"],
    "ReplicaSet": ["apps/v1", "apps/v1beta2", "extensions/v1beta1"],
    "Job": ["batch/v1"],
    "CronJob": ["batch/v1", "batch/v1beta1", "batch/v2alpha1"],
}
PATHS = {"Pod": "spec", "PodTemplate": "template.spec", "CronJob": "spec.jobTemplate.spec.template.spec"}
EVERY_KIND = [pytest.param(version, kind, id=f"{version}-{kind}") for kind, found in SDK.items() for version in found]

CONTAINER = {"name": "c", "image": "c:1"}


def nested(path: str, value: Any) -> Any:
    """An object with a value at the end of a path; `[]` makes lists of two."""
    for step in reversed(path.split(".")):
        key = step.removesuffix("[]")
        value = {key: [copy.deepcopy(value), copy.deepcopy(value)] if key != step else value}
    return value


def content(api_version: str, kind: str, path: str, pod: Any) -> dict[str, Any]:
    """An object of a kind with a pod specification at a path."""
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}, **nested(path, pod)}


@pytest.mark.parametrize(("api_version", "kind"), EVERY_KIND)
def test_kubernetes_itself(api_version: str, kind: str) -> None:
    """For each kind and API version of Pulumi's SDK, the containers are found."""
    path = PATHS.get(kind, "spec.template.spec")
    (workload,) = read_workloads(Manifest(content=content(api_version, kind, path, {"containers": [CONTAINER]})))
    assert ["c"] == [container.name for container in workload.containers]
    assert path == str(workload.pod_spec_path)
    assert (kind in ("Job", "CronJob")) == workload.is_job
    assert not workload.is_guessed
    assert workload.is_complete


@pytest.mark.parametrize(("api_version", "kind"), EVERY_KIND)
def test_patches_of_kubernetes_itself(api_version: str, kind: str) -> None:
    """A `…Patch` has the same kind, but no required fields."""
    path = PATHS.get(kind, "spec.template.spec")
    patch = content(api_version, f"{kind}Patch", path, {"containers": [CONTAINER]})
    (workload,) = read_workloads(Manifest(content=patch, is_patch=True))
    assert (kind, True, False) == (workload.kind, workload.is_partial, workload.is_complete)


@pytest.mark.parametrize(("api_version", "kind"), EVERY_KIND)
def test_lists_of_kubernetes_itself(api_version: str, kind: str) -> None:
    """The items of a `…List` may omit apiVersion and kind."""
    item = content(api_version, kind, PATHS.get(kind, "spec.template.spec"), {"containers": [CONTAINER]})
    del item["apiVersion"], item["kind"]
    whole = {"apiVersion": api_version, "kind": f"{kind}List", "items": [item, "junk", UNKNOWN, item]}
    workloads = read_stack([Manifest(content=whole)]).workloads
    assert [(kind, api_version)] * 2 == [(item.kind, item.reference.api_version) for item in workloads]


@pytest.mark.parametrize(
    "entry", [*KUBERNETES_KINDS.items(), *CUSTOM_KINDS.items()], ids=lambda entry: "-".join(entry[0])
)
def test_every_path_of_the_tables_leads_somewhere(entry: Any) -> None:
    """Every path of every kind is found, including all entries of a list."""
    (group, kind), places = entry
    for place in places:
        shape = place.shape
        pod: dict[str, Any] = {}
        for key in shape.single_containers:
            pod[key] = CONTAINER
        for key in (*shape.containers, *shape.init_containers):
            pod |= nested(key, [CONTAINER])
        expected = len(shape.single_containers) + len(shape.containers) + len(shape.init_containers)
        workloads = read_workloads(Manifest(content=content(f"{group}/v1" if group else "v1", kind, place.path, pod)))
        at_place = [
            workload for workload in workloads if len(workload.all_containers) == expected and not workload.unreadable
        ]
        assert len(at_place) == 2 ** place.path.count("[]")
        assert {place.is_job} == {workload.is_job for workload in at_place}


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("example.com/v1", "Deployment"),
        ("batch.volcano.sh/v1alpha1", "Pod"),
        ("apps.x-k8s.io/v1", "Deployment"),
        ("serving.knative.dev/v1", "Deployment"),
        ("v1", "Service"),
        ("v1", "pod"),
    ],
)
def test_a_kind_of_another_group_is_none(api_version: str, kind: str) -> None:
    """A Service of Knative is a workload, one of Kubernetes is not; a group with a dot has kinds of its own."""
    assert pod_paths(api_version, kind) is None
    assert [] == read_workloads(Manifest(content=content(api_version, kind, "spec", {"containers": []})))


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("nonsense/v1", "Deployment"),
        ("apps", "Deployment"),
        ("v1", "Deployment"),
        ("extensions/v1beta1", "StatefulSet"),
        ("batch/v1", "Deployment"),
        ("networking.k8s.io/v1", "DaemonSet"),
    ],
)
def test_a_kind_under_the_wrong_group_is_what_it_is_meant_to_be(api_version: str, kind: str) -> None:
    """A group without a dot belongs to Kubernetes, which has each kind only once; PRB333 reports the group."""
    manifest = Manifest(content=content(api_version, kind, "spec.template.spec", {"containers": []}))
    (workload,) = read_workloads(manifest)
    assert ("spec.template.spec", False) == (str(workload.pod_spec_path), workload.is_guessed)


def test_a_rollout_that_refers_to_a_deployment_has_no_pods_of_its_own() -> None:
    """The Deployment that it refers to is audited itself."""
    rollout = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": {"workloadRef": {"name": "cart"}}}
    stack = read_stack([Manifest(content=rollout)])
    assert ((), 1) == (stack.workloads, len(stack.others))


def test_steps_of_a_workflow_run_nothing() -> None:
    """Only templates with containers are workloads."""
    workflow = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "spec": {
            "templates": [
                {"name": "main", "steps": [[{"name": "a", "template": "a"}]]},
                {"name": "a", "container": CONTAINER, "sidecars": [CONTAINER]},
                {"name": "b", "containerSet": {"containers": [CONTAINER, CONTAINER]}},
            ]
        },
    }
    workloads = read_workloads(Manifest(content=workflow))
    assert ["spec.templates[1]", "spec.templates[2]"] == [str(workload.pod_spec_path) for workload in workloads]
    assert [2, 2] == [len(workload.containers) for workload in workloads]


@pytest.mark.parametrize("path", [["spec"], ["spec", "tasks"], ["spec", "tasks", 0]], ids=str)
def test_what_blocks_the_way_is_one_workload_that_cannot_be_read(path: list[Any]) -> None:
    """An unknown list of tasks is not treated as an empty one."""
    job = content("batch.volcano.sh/v1alpha1", "Job", "spec.tasks[].template.spec", {"containers": [CONTAINER]})
    node: Any = job
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = UNKNOWN
    blocked = [workload for workload in read_workloads(Manifest(content=job)) if workload.unreadable]
    assert 1 == len(blocked)
    assert () == blocked[0].all_containers


def test_an_unknown_kind_is_searched_for_pods() -> None:
    """An object that looks like it contains a pod specification is marked as guessed."""
    widget = content("example.com/v1", "Widget", "spec.parts[].deep.pod", {"containers": [CONTAINER]})
    workloads = read_workloads(Manifest(content=widget))
    assert ["spec.parts[0].deep.pod", "spec.parts[1].deep.pod"] == [str(item.pod_spec_path) for item in workloads]
    assert all(workload.is_guessed for workload in workloads)
    config_map = content("v1", "ConfigMap", "data.pod", {"containers": [CONTAINER]})
    assert [] == read_workloads(Manifest(content=config_map))


def test_users_may_add_kinds() -> None:
    """Kinds added by users work like built-in ones, and override them."""
    kinds = read_kinds({"example.com/Widget": ["spec.parts[].deep.pod", "spec.main"], "core/Pod": "spec.other"})
    widget = content("example.com/v1", "Widget", "spec.parts[].deep.pod", {"containers": [CONTAINER]})
    assert [False, False] == [workload.is_guessed for workload in read_workloads(Manifest(content=widget), kinds)]
    pod = content("v1", "Pod", "spec.other", {"containers": [CONTAINER]})
    assert 1 == len(read_stack([Manifest(content=pod)], kinds).workloads[0].containers)
    assert pod_paths("apps/v1", "Deployment", kinds) == pod_paths("apps/v1", "Deployment")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([], "kinds must be an object that maps group/kind to lists of paths"),
        ({"Widget": ["spec"]}, "'Widget' is not a kind such as example.com/Widget"),
        ({7: ["spec"]}, "7 is not a kind such as example.com/Widget"),
        ({"example.com/Widget": []}, "example.com/Widget: must be a list of paths such as spec.template.spec"),
        ({"example.com/Widget": {"a": 1}}, "example.com/Widget: must be a list of paths such as spec.template.spec"),
        (
            {"example.com/Widget": ["spec..pod"]},
            "example.com/Widget: 'spec..pod' is not a path such as spec.tasks[].template.spec",
        ),
    ],
    ids=str,
)
def test_a_map_of_kinds_of_another_form_is_refused(given: Any, reason: str) -> None:
    """The error names the invalid entry."""
    with pytest.raises(UnreadableInput) as refused:
        read_kinds(given)
    assert reason == refused.value.reason


def test_a_stack_is_sorted() -> None:
    """Workloads, Services of the core API, disruption budgets among the others, and all other objects."""
    stack = read_stack(
        Manifest(content={"apiVersion": version, "kind": kind, "metadata": {"name": "x"}, "spec": {"containers": []}})
        for version, kind in [
            ("v1", "Pod"),
            ("v1", "Service"),
            ("policy/v1", "PodDisruptionBudget"),
            ("example.com/v1", "PodDisruptionBudget"),
            ("v1", "ConfigMap"),
        ]
    )
    assert ["Pod"] == [workload.kind for workload in stack.workloads]
    assert ["Service"] == [service.reference.kind for service in stack.services]
    assert ["policy/v1"] == [budget.reference.api_version for budget in stack.disruption_budgets]
    assert 3 == len(stack.others)
