"""Tells endpoints for health, readiness and metrics from pages of an application, by their paths."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_probes.model.finding import Severity
from pulumi_probes.rules import Evaluation
from pulumi_probes.rules._endpoints import asks_for_health, asks_for_metrics, asks_for_readiness

EvaluateYaml = Callable[..., Evaluation]

EXPOSED = """
apiVersion: v1
kind: Service
metadata: {{name: blog}}
spec: {{type: LoadBalancer, selector: {{app: blog}}, ports: [{{port: 80, targetPort: http}}]}}
---
apiVersion: v1
kind: Pod
metadata: {{name: blog, labels: {{app: blog}}}}
spec:
  containers:
  - name: blog
    image: blog:1
    ports: [{{name: http, containerPort: 8080}}]
    readinessProbe: {{httpGet: {{path: "{path}", port: http}}}}
    livenessProbe: {{tcpSocket: {{port: http}}, failureThreshold: 6}}
    lifecycle: {{preStop: {{sleep: {{seconds: 5}}}}}}
"""


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/health/ready",
        "/actuator/health/readiness",
        "/-/healthy",
        "/-/ready",
        "/api/v1/health?full=1",
        "/v1/.well-known/ready",
        "/ping",
        "/api/status/",
        "/system/liveness",
        "/HealthCheck.aspx",
        "/startupz",
        "/_chp_healthz",
    ],
)
def test_a_health_endpoint_that_is_exposed_is_reported(path: str, evaluate_yaml: EvaluateYaml) -> None:
    """Everybody who reaches the Service can call it."""
    assert asks_for_health(path)
    assert "PRB324" in {finding.code for finding in evaluate_yaml(EXPOSED.format(path=path)).findings}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/login.php",
        "/user/login",
        "/index.php",
        "/admin/",
        "/api/v1/items",
        "/metrics",
        "/alive.png",
        "/readme",
        "/pingpong/board",
        "/statuses/timeline",
        "/?page=health",
        "/#health",
    ],
)
def test_a_page_of_the_application_is_not_reported(path: str, evaluate_yaml: EvaluateYaml) -> None:
    """A probe may ask for a login page, which is there for outsiders; that it is exposed is its purpose."""
    result = evaluate_yaml(EXPOSED.format(path=path))
    assert not asks_for_health(path)
    assert [] == [str(finding) for finding in result.findings if finding.code == "PRB324"]


PROBES = """
apiVersion: v1
kind: Pod
metadata: {{name: exporter}}
spec:
  containers:
  - name: exporter
    image: statsd-exporter:1
    {probe}: {{{handler}, periodSeconds: 5, failureThreshold: 5}}
"""


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics/", "/app/metrics", "/metrics?name=up", "/actuator/prometheus", "/Metrics"]
)
def test_liveness_on_the_page_of_metrics_is_advice(path: str, evaluate_yaml: EvaluateYaml) -> None:
    """The page grows or asks something else, and the default time limit of 1 s restarts an exporter that works."""
    text = PROBES.format(probe="livenessProbe", handler=f'httpGet: {{path: "{path}", port: 9102}}')
    (finding,) = [finding for finding in evaluate_yaml(text).findings if finding.code == "PRB517"]
    assert finding.severity is Severity.ADVICE
    assert "takes longer than 1 s" in finding.consequence
    assert "at most 26 s" in finding.consequence


@pytest.mark.parametrize(
    ("probe", "handler"),
    [
        ("readinessProbe", "httpGet: {path: /metrics, port: 9102}"),
        ("startupProbe", "httpGet: {path: /metrics, port: 9102}"),
        ("livenessProbe", "httpGet: {path: /, port: 9102}"),
        ("livenessProbe", "httpGet: {port: metrics}"),
        ("livenessProbe", "httpGet: {path: /healthz, port: 9102}"),
        ("livenessProbe", "httpGet: {path: /metrics/health, port: 9102}"),
        ("livenessProbe", 'httpGet: {path: "/healthz?then=/metrics", port: 9102}'),
        ("livenessProbe", "tcpSocket: {port: 9102}"),
    ],
)
def test_other_probes_of_an_exporter_are_not_reported(probe: str, handler: str, evaluate_yaml: EvaluateYaml) -> None:
    """A readiness probe may ask for the page: a scrape waits for it too."""
    result = evaluate_yaml(PROBES.format(probe=probe, handler=handler))
    assert [] == [str(finding) for finding in result.findings if finding.code == "PRB517"]


@pytest.mark.parametrize(
    ("path", "readiness", "metrics"),
    [
        ("/ready", True, False),
        ("/app/readyz/?x=1", True, False),
        ("/metrics", False, True),
        ("/readyz/db", False, False),
    ],
)
def test_paths_are_told_apart(path: str, readiness: bool, metrics: bool) -> None:
    """Only the last part of a path counts."""
    assert (readiness, metrics) == (asks_for_readiness(path), asks_for_metrics(path))


PORTS = """
apiVersion: v1
kind: Pod
metadata: {{name: cart}}
spec: {{containers: [{{name: cart, image: cart:1, ports: [{ports}]}}]}}
"""


@pytest.mark.parametrize(
    ("ports", "fix"),
    [
        ("{name: http}", "Set it to the port on which the container listens."),
        ("{containerPort: 70000}", "Set it to the port on which the container listens."),
        ("{containerPort: 80, hostPort: 70000}", "Set it to a free port of the node, or remove it."),
        ("{containerPort: 80, protocol: tcp}", "Write `TCP`."),
        ("{containerPort: 80, protocol: HTTP}", "Write TCP, UDP or SCTP, or remove it for TCP."),
        ("{containerPort: 80, name: management_port}", "Name it 'management-port', in probes and Services too."),
        ("{containerPort: 80, name: Web}", "Name it 'web', in probes and Services too."),
        ("{containerPort: 80, name: '8080'}", "Name it 'port-8080', in probes and Services too."),
        ("{containerPort: 80, name: -grpc--web-}", "Name it 'grpc-web', in probes and Services too."),
        ("{containerPort: 80, name: a-name-that-is-long}", "Name it 'a-name-that-is', in probes and Services too."),
        ("{containerPort: 80, name: a}, {containerPort: 81, name: a}", "Give each port of the container its own name."),
    ],
)
def test_the_fix_of_a_declared_port_fits_its_fault(ports: str, fix: str, evaluate_yaml: EvaluateYaml) -> None:
    """Advice about names does not help with a number."""
    findings = [finding for finding in evaluate_yaml(PORTS.format(ports=ports)).findings if finding.code == "PRB327"]
    assert {fix} == {finding.fix for finding in findings}


@pytest.mark.parametrize(
    "ports",
    [
        "{containerPort: 80}",
        "{containerPort: 65535, hostPort: 65535, protocol: SCTP}",
        "{containerPort: 80, name: management-port}",
        "{containerPort: 80, name: port-8080}",
        "{containerPort: 53, name: dns, protocol: UDP}, {containerPort: 53, name: dns-tcp}",
    ],
)
def test_what_a_fix_proposes_is_right(ports: str, evaluate_yaml: EvaluateYaml) -> None:
    """Nothing is reported about what the fixes above lead to."""
    assert [] == [str(f) for f in evaluate_yaml(PORTS.format(ports=ports)).findings if f.code == "PRB327"]
