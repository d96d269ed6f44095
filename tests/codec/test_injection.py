"""Containers of injectors are not audited, and probes that Istio rewrote are audited as their author wrote them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml

from pulumi_probes.model.stack import Stack
from pulumi_probes.model.workload import Container
from pulumi_probes.rules import Evaluation, evaluate, load_rules

Read = Callable[[str], Stack]

PROBERS = {
    "/app-health/web/startupz": {"tcpSocket": {"port": 8080}},
    "/app-health/web/readyz": {"httpGet": {"path": "/ready", "port": 8080, "scheme": "HTTPS"}, "timeoutSeconds": 3},
    "/app-health/web/livez": {"grpc": {"port": 8080, "service": "shop"}, "timeoutSeconds": 1},
    "/app-lifecycle/web/prestopz": {"httpGet": {"path": "/bye", "port": 8080}},
}


def rewritten(name: str) -> dict[str, Any]:
    """A handler after the rewriting."""
    return {"httpGet": {"path": name, "port": 15020, "scheme": "HTTP"}}


def injected(
    probers: object = PROBERS, *, native: bool = False, first: bool = False, status: object = None
) -> dict[str, Any]:
    """A pod as Istio's injector leaves it."""
    web = {
        "name": "web",
        "image": "web:1",
        "ports": [{"containerPort": 8080, "name": "http"}],
        "startupProbe": {**rewritten("/app-health/web/startupz"), "failureThreshold": 30, "periodSeconds": 2},
        "readinessProbe": {**rewritten("/app-health/web/readyz"), "periodSeconds": 5, "timeoutSeconds": 3},
        "livenessProbe": {**rewritten("/app-health/web/livez"), "periodSeconds": 20},
        "lifecycle": {"preStop": rewritten("/app-lifecycle/web/prestopz")},
    }
    proxy: dict[str, Any] = {
        "name": "istio-proxy",
        "image": "proxyv2:1",
        "ports": [{"containerPort": 15090, "name": "http-envoy-prom"}],
        "env": [{"name": "ISTIO_KUBE_APP_PROBERS", "value": json.dumps(probers)}] if probers is not None else [],
        "readinessProbe": {"httpGet": {"path": "/healthz/ready", "port": 15021}, "periodSeconds": 15},
        "startupProbe": {
            "httpGet": {"path": "/healthz/ready", "port": 15021},
            "failureThreshold": 600,
            "periodSeconds": 1,
            "timeoutSeconds": 3,
        },
    }
    init: list[dict[str, Any]] = [{"name": "istio-init", "image": "proxyv2:1"}]
    containers = [web]
    if native:
        init.append({**proxy, "restartPolicy": "Always"})
    else:
        containers = [proxy, web] if first else [web, proxy]
    if status is None:
        added = {
            "initContainers": ["istio-init", "istio-proxy"] if native else ["istio-init"],
            "containers": [] if native else ["istio-proxy"],
        }
        status = json.dumps(added)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "annotations": {"sidecar.istio.io/status": status}},
        "spec": {"initContainers": init, "containers": containers},
    }


def evaluated(read: Read, content: Mapping[str, Any]) -> Evaluation:
    """The results of all rules."""
    result = evaluate(read(yaml.safe_dump(dict(content))), load_rules())
    assert [] == result.crashes
    return result


def only_container(read: Read, content: Mapping[str, Any]) -> Container:
    """The container that is audited."""
    (workload,) = read(yaml.safe_dump(dict(content))).workloads
    (container,) = workload.probed_containers
    return container


@pytest.mark.parametrize(
    "content", [injected(), injected(native=True), injected(first=True)], ids=["last", "native sidecar", "first"]
)
def test_the_original_probes_are_restored(read: Read, content: dict[str, Any]) -> None:
    """Handlers are those of the environment variable; the numbers are those of the pod, which Istio keeps."""
    container = only_container(read, content)
    assert "web" == container.name
    assert 3 == len(container.probes)
    assert ["tcpSocket", "httpGet", "grpc"] == [probe.handler for probe in container.probes]
    assert [2, 5, 20] == [probe.period_seconds for probe in container.probes]
    readiness = container.readiness
    assert readiness is not None
    assert ("HTTPS", "/ready", 8080) == (readiness.body.text("scheme"), readiness.body.text("path"), readiness.port)
    (hook,) = container.hooks
    assert ("httpGet", 8080) == (hook.handler, hook.port)


def test_findings_keep_their_place_behind_an_injected_container(read: Read) -> None:
    """An injected container that comes first does not shift the paths of findings, and no finding has edits."""
    findings = evaluated(read, injected(first=True)).findings
    assert [] != findings
    assert all("containers[1]" in str(finding.path) for finding in findings if finding.container is not None)
    assert all(finding.edits == () for finding in findings)


@pytest.mark.parametrize("native", [False, True])
def test_the_proxy_has_no_findings(read: Read, *, native: bool) -> None:
    """Neither its probes nor the rewritten ports are the author's: no finding, no figure with its 600 attempts."""
    result = evaluated(read, injected(native=native))
    texts = " ".join(f"{finding.container} {finding.what} {finding.consequence}" for finding in result.findings)
    assert "istio" not in texts
    assert "1502" not in texts
    assert {"PRB206", "PRB207", "PRB304"}.isdisjoint(finding.code for finding in result.findings)


@pytest.mark.parametrize("probers", [None, {}, "text", {"/app-health/web/readyz": 3}], ids=str)
def test_probes_that_cannot_be_restored_are_unknown(read: Read, probers: object) -> None:
    """Pods that were printed without the variable: the endpoints of the probes are unknown, so no rule guesses them."""
    result = evaluated(read, injected(probers))
    assert {"PRB201", "PRB304"}.isdisjoint(finding.code for finding in result.findings)
    assert "PRB304" in {entry.code for entry in result.not_evaluated}


@pytest.mark.parametrize("status", ["", "no json", "[]", '{"containers": "web"}', '{"containers": [1, {}]}', "{}"])
def test_a_malformed_status_marks_nothing(read: Read, status: str) -> None:
    """Without the names of injected containers, all of them count as the author's."""
    (workload,) = read(yaml.safe_dump(injected(status=status))).workloads
    assert ["web", "istio-proxy"] == [container.name for container in workload.containers]
    assert not workload.is_injected


@pytest.mark.parametrize(
    ("where", "mark", "name", "is_audited"),
    [
        ("annotations", {"linkerd.io/proxy-version": "2.18"}, "linkerd-proxy", False),
        ("labels", {"dapr.io/sidecar-injected": "true"}, "daprd", False),
        ("annotations", {"kuma.io/sidecar-injected": "true"}, "kuma-sidecar", False),
        ("annotations", {"vault.hashicorp.com/agent-inject-status": "injected"}, "vault-agent", False),
        ("annotations", {"consul.hashicorp.com/connect-inject-status": "injected"}, "consul-dataplane", False),
        ("labels", {"serving.knative.dev/revision": "web-1"}, "queue-proxy", False),
        ("annotations", {"linkerd.io/inject": "enabled"}, "linkerd-proxy", True),
        ("annotations", {"dapr.io/enabled": "true"}, "daprd", True),
        ("annotations", {"kuma.io/sidecar-injected": "false"}, "kuma-sidecar", True),
        ("annotations", {"vault.hashicorp.com/agent-inject": "true"}, "vault-agent", True),
        ("annotations", {"linkerd.io/proxy-version": "2.18"}, "linkerd-proxy-of-mine", True),
        ("labels", {"app": "web"}, "istio-proxy", True),
    ],
)
def test_other_injectors(read: Read, where: str, mark: dict[str, str], name: str, *, is_audited: bool) -> None:
    """A container belongs to an injector if both its name and the mark are there; a request alone is not enough."""
    content = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "template": {
                "metadata": {where: mark},
                "spec": {"containers": [{"name": name, "image": "p:1"}, {"name": "web", "image": "web:1"}]},
            }
        },
    }
    (workload,) = read(yaml.safe_dump(content)).workloads
    assert ([name, "web"] if is_audited else ["web"]) == [container.name for container in workload.containers]
