"""Twice as many objects need about twice the work, for stacks of every kind: counted in calls, not in seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import date
from types import FrameType
from typing import Any, TypeAlias

import pytest

from pulumi_probes.codec.waivers import read_waivers
from pulumi_probes.model.manifest import Manifest
from pulumi_probes.model.values import UNKNOWN
from pulumi_probes.model.waiver import WrittenWaiver
from pulumi_probes.report import Policy, audit
from pulumi_probes.rules import select_rules
from pulumi_probes_policies import make_analyzer, probe_policies
from pulumi_probes_policies.testing import analyze_request, stack_request

Content: TypeAlias = dict[str, Any]

SMALL = 40
LARGE = 2 * SMALL
TOLERANCE = 0.05
"""The tolerance of the factor 2, for work that does not depend on the number of objects."""

DAY = date(2026, 11, 27)


def deployment(name: str, labels: Mapping[str, Any], *, namespace: str = "shop", **spec: Any) -> Content:
    """A Deployment with valid probes."""
    probe = {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 5, "failureThreshold": 2}
    container = {
        "name": "web",
        "image": "ghcr.io/acme/web:1",
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": probe,
        "livenessProbe": {"httpGet": {"path": "/livez", "port": "http"}, "failureThreshold": 6},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": dict(labels)},
            "template": {"metadata": {"labels": dict(labels)}, "spec": {"containers": [container], **spec}},
        },
    }


def service(name: str, labels: Mapping[str, Any], *, namespace: str = "shop", **spec: Any) -> Content:
    """A Service with these labels as selector."""
    port = {"port": 80, "targetPort": "http"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": dict(labels), "ports": [port], **spec},
    }


def budget(name: str, labels: Mapping[str, Any]) -> Content:
    """A PodDisruptionBudget with these labels as selector."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "minAvailable": 1,
            "selector": {"matchLabels": dict(labels)},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }


def autoscaler(name: str) -> Content:
    """A HorizontalPodAutoscaler of the Deployment of this name."""
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": 2,
            "maxReplicas": 9,
        },
    }


def distinct_labels(size: int) -> list[Content]:
    """Every Service selects one Deployment."""
    found: list[Content] = []
    for index in range(size):
        labels = {"app": f"web-{index}"}
        found += [deployment(f"web-{index}", labels), service(f"web-{index}", labels)]
    return found


def shared_and_distinct_labels(size: int) -> list[Content]:
    """As in charts: one label that all share, and one that distinguishes them."""
    found: list[Content] = []
    for index in range(size):
        labels = {"app.kubernetes.io/part-of": "shop", "app.kubernetes.io/name": f"web-{index}"}
        found += [deployment(f"web-{index}", labels), service(f"web-{index}", labels)]
    return found


def equal_labels(size: int) -> list[Content]:
    """Every Service selects every Deployment."""
    return [
        entry
        for index in range(size)
        for entry in (deployment(f"web-{index}", {"app": "web"}), service(f"web-{index}", {"app": "web"}))
    ]


def many_namespaces(size: int) -> list[Content]:
    """The same Deployment and Service in many namespaces."""
    found: list[Content] = []
    for index in range(size):
        namespace = f"team-{index}"
        found += [
            deployment("web", {"app": "web"}, namespace=namespace),
            service("web", {"app": "web"}, namespace=namespace),
        ]
    return found


def unknown_selectors(size: int) -> list[Content]:
    """A program whose Services select by a value that is not known before deployment."""
    found: list[Content] = []
    for index in range(size):
        labels = {"app": f"web-{index}"}
        found += [deployment(f"web-{index}", labels), service(f"web-{index}", {"app": UNKNOWN})]
    return found


def unknown_labels(size: int) -> list[Content]:
    """A program whose Deployments have a label that is not known before deployment."""
    found: list[Content] = []
    for index in range(size):
        labels = {"app": f"web-{index}"}
        found += [
            deployment(f"web-{index}", {**labels, "revision": UNKNOWN}),
            service(f"web-{index}", labels),
        ]
    return found


def disruption_budgets(size: int) -> list[Content]:
    """Every Deployment has its own PodDisruptionBudget."""
    found: list[Content] = []
    for index in range(size):
        labels = {"app": f"web-{index}"}
        found += [deployment(f"web-{index}", labels), budget(f"web-{index}", labels)]
    return found


def autoscalers(size: int) -> list[Content]:
    """Every Deployment has its own HorizontalPodAutoscaler."""
    found: list[Content] = []
    for index in range(size):
        found += [deployment(f"web-{index}", {"app": f"web-{index}"}), autoscaler(f"web-{index}")]
    return found


def many_containers(size: int) -> list[Content]:
    """One pod with many containers, each with its own port."""
    content = deployment("wide", {"app": "wide"})
    pod = content["spec"]["template"]["spec"]
    (first,) = pod["containers"]
    pod["containers"] = [
        {**first, "name": f"web-{index}", "ports": [{"name": "http", "containerPort": 8080 + index}]}
        for index in range(8 * size)
    ]
    return [content]


def malformed_everywhere(size: int) -> list[Content]:
    """Every Deployment has findings and unevaluated rules."""
    found: list[Content] = []
    for index in range(size):
        content = deployment(f"web-{index}", {"app": f"web-{index}"})
        (container,) = content["spec"]["template"]["spec"]["containers"]
        container["readinessProbe"] = {"httpGet": {"path": "/", "port": UNKNOWN}, "timeoutSeconds": "1"}
        container["livenessProbe"] = {"periodSeconds": 0}
        found.append(content)
    return found


SHAPES: tuple[Callable[[int], list[Content]], ...] = (
    distinct_labels,
    shared_and_distinct_labels,
    equal_labels,
    many_namespaces,
    unknown_selectors,
    unknown_labels,
    disruption_budgets,
    autoscalers,
    many_containers,
    malformed_everywhere,
)


def counted(work: Callable[[], object]) -> int:
    """The number of function calls of some work, in Python and in C."""
    count = 0

    def counting(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counting)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def calls(contents: list[Content], waivers: tuple[WrittenWaiver, ...] = ()) -> int:
    """The number of function calls of an audit."""
    policy = Policy(rules=select_rules())
    manifests = [Manifest(content=content) for content in contents]
    audit(manifests[:1], policy, waivers=waivers[:1], today=DAY)  # modules are only loaded once
    return counted(lambda: audit(manifests, policy, waivers=waivers, today=DAY))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_doubling_the_objects_doubles_the_calls(shape: Callable[[int], list[Content]]) -> None:
    """No rule, index or report searches all objects for each workload."""
    assert pytest.approx(2, rel=TOLERANCE) == calls(shape(LARGE)) / calls(shape(SMALL))


def test_doubling_waivers_and_objects_doubles_the_calls() -> None:
    """A file with a waiver for each workload is indexed, not searched."""

    def waived(size: int) -> int:
        entries = [
            {"code": "PRB403", "name": f"web-{index}", "reason": "drained by the proxy"} for index in range(size)
        ]
        written = [
            {"code": item["code"], "reason": item["reason"], "match": {"name": item["name"]}} for item in entries
        ]
        return calls(distinct_labels(size), read_waivers({"waivers": written}, "waivers.yaml"))

    assert pytest.approx(2, rel=TOLERANCE) == waived(LARGE) / waived(SMALL)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_doubling_a_stack_doubles_the_calls_of_the_pack(shape: Callable[[int], list[Content]]) -> None:
    """The work of the pack for a whole stack grows linearly with the stack."""

    def answered(size: int) -> int:
        requests = [analyze_request(content, name=f"object-{index}") for index, content in enumerate(shape(size))]
        analyzer = make_analyzer("probes", probe_policies())
        analyzer.AnalyzeStack(stack_request(requests[:1]), None)
        return counted(lambda: analyzer.AnalyzeStack(stack_request(requests), None))

    assert pytest.approx(2, rel=TOLERANCE) == answered(LARGE) / answered(SMALL)
