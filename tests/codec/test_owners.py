"""Objects that a controller made from another object of the same file are not audited again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from pulumi_probes.codec.files import read_paths
from pulumi_probes.codec.manifest import read_stack

CONTAINERS = {"containers": [{"name": "app", "image": "app:1"}]}


def item(
    kind: str, name: str, owner: tuple[str, str] | None = None, *, namespace: object = "shop", controller: bool = True
) -> dict[str, Any]:
    """An object, owned by a kind and name."""
    groups = {"Pod": "v1", "Job": "batch/v1", "CronJob": "batch/v1", "Rollout": "argoproj.io/v1alpha1", "Service": "v1"}
    metadata: dict[str, Any] = {"name": name, "namespace": namespace}
    if owner is not None:
        above = groups.get(owner[0], "apps/v1")
        metadata["ownerReferences"] = [
            {"apiVersion": above, "kind": owner[0], "name": owner[1], "uid": "u", "controller": controller}
        ]
    spec: dict[str, Any] = CONTAINERS if kind == "Pod" else {"template": {"spec": CONTAINERS}}
    if kind == "CronJob":
        spec = {"jobTemplate": {"spec": {"template": {"spec": CONTAINERS}}}}
    return {"apiVersion": groups.get(kind, "apps/v1"), "kind": kind, "metadata": metadata, "spec": spec}


def audited(tmp_path: Path, *items: dict[str, Any], as_list: bool = True) -> list[str]:
    """The names of the workloads of a file."""
    file = tmp_path / "live.yaml"
    text = yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": list(items)} if as_list else items[0])
    file.write_text(text if as_list else yaml.safe_dump_all(items))
    stack = read_stack(read_paths([str(file)]).manifests)
    assert len(items) == len(stack.workloads) + len(stack.others)
    return [workload.reference.name or "" for workload in stack.workloads]


DEPLOYMENT = item("Deployment", "web")
REPLICA_SET = item("ReplicaSet", "web-1", ("Deployment", "web"))
POD = item("Pod", "web-1-a", ("ReplicaSet", "web-1"))


@pytest.mark.parametrize("as_list", [True, False], ids=["list", "documents"])
@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([DEPLOYMENT, REPLICA_SET, POD], ["web"]),
        ([POD, REPLICA_SET, DEPLOYMENT], ["web"]),
        ([REPLICA_SET, POD], ["web-1"]),
        ([item("StatefulSet", "db"), item("Pod", "db-0", ("StatefulSet", "db"))], ["db"]),
        ([item("DaemonSet", "agent"), item("Pod", "agent-x", ("DaemonSet", "agent"))], ["agent"]),
        ([item("CronJob", "night"), item("Job", "night-1", ("CronJob", "night"))], ["night"]),
        ([item("Rollout", "web"), item("ReplicaSet", "web-1", ("Rollout", "web"))], ["web"]),
        (
            [item("Deployment", "net", namespace=False), item("Pod", "net-1", ("Deployment", "net"), namespace=False)],
            ["net"],
        ),
    ],
    ids=["chain", "owner last", "nearest owner", "stateful set", "daemon set", "cron job", "rollout", "namespace n"],
)
def test_owned_objects_are_counted_only(
    tmp_path: Path, items: list[dict[str, Any]], expected: list[str], *, as_list: bool
) -> None:
    """`kubectl get all -o yaml` prints an object and those that controllers made from it: each mistake counts once."""
    assert expected == audited(tmp_path, *items, as_list=as_list)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([POD], ["web-1-a"]),
        ([DEPLOYMENT, POD], ["web", "web-1-a"]),
        ([item("Deployment", "web", namespace="other"), REPLICA_SET], ["web", "web-1"]),
        ([item("StatefulSet", "web"), item("ReplicaSet", "web-1", ("Deployment", "web"))], ["web", "web-1"]),
        ([DEPLOYMENT, item("Pod", "web-x")], ["web", "web-x"]),
        ([DEPLOYMENT, item("Pod", "x", ("Deployment", "web"), controller=False)], ["web", "x"]),
        ([DEPLOYMENT, item("Deployment", "other")], ["web", "other"]),
    ],
    ids=["owner absent", "gap", "other namespace", "other kind", "no owner", "not its controller", "two deployments"],
)
def test_objects_without_their_owner_are_audited(
    tmp_path: Path, items: list[dict[str, Any]], expected: list[str]
) -> None:
    """`kubectl get pods -o yaml` prints no owners, so nothing else stands for the pods."""
    assert expected == audited(tmp_path, *items)


def test_malformed_owner_references(tmp_path: Path) -> None:
    """References of the wrong type name no owner."""
    broken = [item("Pod", f"p{number}") for number in range(3)]
    for entry, value in zip(broken, ("text", [1], [{"controller": True, "name": 3}]), strict=True):
        entry["metadata"]["ownerReferences"] = value
    assert ["web", "p0", "p1", "p2"] == audited(tmp_path, DEPLOYMENT, *broken)
