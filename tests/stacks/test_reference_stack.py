"""The reference stack has one service per preset, and no findings in any of its configurations."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pulumi_probes.components.host import COMPONENTS
from pulumi_probes.model.finding import Severity
from pulumi_probes.presets import load_presets
from pulumi_probes.preview.manifests import read_manifests
from pulumi_probes.preview.project import load_project, load_stack
from pulumi_probes.preview.recording import Recording
from pulumi_probes.preview.runner import run_program
from pulumi_probes.report.evaluation import audit
from pulumi_probes.report.policy import Policy

ROOT = Path(__file__).parents[2]
STACKS = ("dev", "production", "edge")
EACH = pytest.mark.parametrize("stack", STACKS)
COMPONENT_OF = {"web": "WebService", "grpc": "GrpcService", "slow_start": "SlowStartService", "telco": "TelcoService"}


@cache
def recorded(stack: str) -> Recording:
    """The registrations of the program with the configuration of a stack."""
    project = load_project(str(ROOT))
    return run_program(project, load_stack(project, stack))


def objects(stack: str, kind: str) -> list[Any]:
    """The Kubernetes objects of one kind."""
    return [item.inputs for item in recorded(stack).registrations if item.inputs.get("kind") == kind]


def test_there_are_three_configurations() -> None:
    """One for a development cluster, one for production, one for an edge site."""
    found = {
        path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in (ROOT / "stacks").glob("Pulumi.*.yaml")
    }
    assert set(STACKS) == found


@EACH
def test_each_preset_has_a_service(stack: str) -> None:
    """Every preset is used once, in every configuration."""
    assert [] == recorded(stack).failures
    types = Counter(item.type_token for item in recorded(stack).registrations)
    assert {f"pulumi-probes:index:{COMPONENT_OF[preset.name]}": 1 for preset in load_presets()} == {
        f"pulumi-probes:index:{component.__name__}": types[f"pulumi-probes:index:{component.__name__}"]
        for component in COMPONENTS
    }


@EACH
def test_there_are_no_findings(stack: str) -> None:
    """Not even advice is reported, except for findings that are waived with a reason; all rules could be evaluated."""
    report = audit(read_manifests(recorded(stack)).manifests, Policy())
    assert [] == [str(finding) for finding in report.findings if finding.waiver is None]
    assert {Severity.ADVICE} >= {finding.severity for finding in report.findings}
    assert [] == [entry.rule for entry in report.not_evaluated]
    assert 4 == len(report.audited)


@EACH
def test_the_namespace_enforces_pod_security(stack: str) -> None:
    """The strictest level accepts the rendered pods."""
    (namespace,) = objects(stack, "Namespace")
    assert "restricted" == namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
    names = {item["metadata"]["namespace"] for kind in ("Deployment", "Service") for item in objects(stack, kind)}
    assert {namespace["metadata"]["name"]} == names


@pytest.mark.parametrize(
    ("stack", "replicas", "budgets", "service_types"),
    [
        ("dev", 1, 0, {"ClusterIP": 4}),
        ("production", 3, 4, {"LoadBalancer": 2, "ClusterIP": 2}),
        ("edge", 1, 0, {"NodePort": 2, "ClusterIP": 2}),
    ],
)
def test_the_differences_between_the_configurations(
    stack: str, replicas: int, budgets: int, service_types: dict[str, int]
) -> None:
    """Replicas, and how external clients reach the services; a single replica has no disruption budget."""
    assert {replicas} == {item["spec"]["replicas"] for item in objects(stack, "Deployment")}
    assert budgets == len(objects(stack, "PodDisruptionBudget"))
    assert service_types == Counter(item["spec"]["type"] for item in objects(stack, "Service"))


def test_an_edge_site_has_fixed_ports() -> None:
    """Its clients only know a node and a port."""
    ports = [
        port["nodePort"] for item in objects("edge", "Service") for port in item["spec"]["ports"] if "nodePort" in port
    ]
    assert [30080, 30081] == sorted(ports)
