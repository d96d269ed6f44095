"""Findings that maintainers of charts would not act on are advice; docs/explanation/noise.md has the figures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_probes.model.finding import Severity
from pulumi_probes.rules import Evaluation

EvaluateYaml = Callable[..., Evaluation]

POD = """
apiVersion: v1
kind: Pod
metadata: {{name: cart, labels: {{app: cart}}}}
spec:
  {pod}
  containers:
    - name: cart
      image: {image}
      {fields}
"""

SERVICE = """
---
apiVersion: v1
kind: Service
metadata: {{name: cart}}
spec: {{selector: {{app: {app}}}, ports: [{{port: 80, targetPort: 8080}}]}}
"""

LIVEZ = "httpGet: {path: /livez, port: 8080}"
READYZ = "httpGet: {path: /readyz, port: 8080}"


def levels(result: Evaluation, code: str) -> list[Severity]:
    """The severities of the findings of a rule."""
    assert [] == result.crashes
    return [finding.severity for finding in result.findings if finding.code == code]


def pod(fields: str = "", *, image: str = "cart:1", spec: str = "restartPolicy: Always") -> str:
    """A pod with one container."""
    return POD.format(fields=fields, image=image, pod=spec)


def probes(liveness: str, readiness: str) -> str:
    """The fields of a container with both probes."""
    return f"livenessProbe: {{{liveness}}}\n      readinessProbe: {{{readiness}}}"


@pytest.mark.parametrize(
    ("liveness", "readiness", "severity"),
    [
        ("", "", Severity.ADVICE),
        ("periodSeconds: 10, failureThreshold: 3", "", Severity.ADVICE),
        ("periodSeconds: 5, failureThreshold: 6", "periodSeconds: 10", Severity.ADVICE),
        ("timeoutSeconds: 5", "timeoutSeconds: 5", Severity.ADVICE),
        ("periodSeconds: 15", "periodSeconds: 10, timeoutSeconds: 12", Severity.ADVICE),
        ("failureThreshold: 2", "", Severity.WARNING),
        ("periodSeconds: 5", "", Severity.WARNING),
        ("", "failureThreshold: 10", Severity.WARNING),
        ("timeoutSeconds: 5", "timeoutSeconds: 30", Severity.WARNING),
        ("periodSeconds: 10, failureThreshold: 5", "periodSeconds: 15, failureThreshold: 30", Severity.WARNING),
    ],
)
def test_an_order_that_depends_on_phases_alone_is_advice(
    liveness: str, readiness: str, severity: Severity, evaluate_yaml: EvaluateYaml
) -> None:
    """With equal numbers, liveness fails first only by chance; with smaller ones, it is meant to."""
    fields = probes(", ".join(filter(None, (LIVEZ, liveness))), ", ".join(filter(None, (READYZ, readiness))))
    assert [severity] == levels(evaluate_yaml(pod(fields)), "PRB204")


@pytest.mark.parametrize(
    ("liveness", "readiness", "severity"),
    [
        ("", "", Severity.ADVICE),
        ("initialDelaySeconds: 15", "initialDelaySeconds: 5", Severity.ADVICE),
        ("failureThreshold: 1", "failureThreshold: 1", Severity.ADVICE),
        ("timeoutSeconds: 3", "timeoutSeconds: 1", Severity.ADVICE),
        ("periodSeconds: 6, failureThreshold: 5", "periodSeconds: 10", Severity.ADVICE),
        ("periodSeconds: 5", "", Severity.WARNING),
        ("failureThreshold: 2", "", Severity.WARNING),
        ("", "failureThreshold: 10", Severity.WARNING),
        ("", "periodSeconds: 25", Severity.WARNING),
        ("", "timeoutSeconds: 20", Severity.WARNING),
    ],
)
def test_probes_of_one_endpoint_that_take_equally_long_are_advice(
    liveness: str, readiness: str, severity: Severity, evaluate_yaml: EvaluateYaml
) -> None:
    """`helm create` writes two equal probes of one endpoint."""
    fields = probes(", ".join(filter(None, (LIVEZ, liveness))), ", ".join(filter(None, (LIVEZ, readiness))))
    assert [severity] == levels(evaluate_yaml(pod(fields)), "PRB201")


@pytest.mark.parametrize(
    ("delay", "restart", "expected"),
    [
        (29, "Always", []),
        (30, "Always", [Severity.ADVICE]),
        (60, "OnFailure", [Severity.ADVICE]),
        (119, "Always", [Severity.ADVICE]),
        (120, "Always", [Severity.WARNING]),
        (600, "OnFailure", [Severity.WARNING]),
        (30, "Never", []),
        (600, "Never", []),
    ],
)
def test_a_delay_of_minutes_is_a_warning(
    delay: int, restart: str, expected: list[Severity], evaluate_yaml: EvaluateYaml
) -> None:
    """Without restarts, nothing is killed for starting late."""
    text = pod(f"livenessProbe: {{{LIVEZ}, initialDelaySeconds: {delay}}}", spec=f"restartPolicy: {restart}")
    assert expected == levels(evaluate_yaml(text), "PRB203")


@pytest.mark.parametrize(
    ("kind", "numbers", "severity"),
    [
        ("liveness", "periodSeconds: 5, timeoutSeconds: 6, failureThreshold: 5", Severity.ADVICE),
        ("liveness", "periodSeconds: 3, timeoutSeconds: 5, failureThreshold: 6", Severity.ADVICE),
        ("readiness", "periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 2", Severity.ADVICE),
        ("readiness", "timeoutSeconds: 29", Severity.ADVICE),
        ("startup", "periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 600", Severity.ADVICE),
        ("readiness", "timeoutSeconds: 30", Severity.WARNING),
        ("liveness", "timeoutSeconds: 30, failureThreshold: 10", Severity.WARNING),
        ("liveness", "periodSeconds: 30, timeoutSeconds: 60, failureThreshold: 5", Severity.WARNING),
        ("readiness", "periodSeconds: 5, timeoutSeconds: 20, failureThreshold: 5", Severity.WARNING),
    ],
)
def test_a_timeout_that_costs_less_than_a_minute_is_advice(
    kind: str, numbers: str, severity: Severity, evaluate_yaml: EvaluateYaml
) -> None:
    """One that is a second longer than the period changes little."""
    assert [severity] == levels(evaluate_yaml(pod(f"{kind}Probe: {{{LIVEZ}, {numbers}}}")), "PRB211")


@pytest.mark.parametrize(
    ("kind", "period", "expected"),
    [
        ("liveness", 1, [Severity.WARNING]),
        ("readiness", 3, [Severity.WARNING]),
        ("liveness", 4, [Severity.WARNING]),
        ("liveness", 5, [Severity.ADVICE]),
        ("readiness", 9, [Severity.ADVICE]),
        ("readiness", 10, []),
        ("startup", 1, []),
        ("startup", 5, []),
    ],
)
def test_a_startup_probe_may_start_processes_often(
    kind: str, period: int, expected: list[Severity], evaluate_yaml: EvaluateYaml
) -> None:
    """It ends when it passes; a probe that stays costs CPU time for as long as the container runs."""
    text = pod(f"{kind}Probe: {{exec: {{command: [cat, /tmp/up]}}, periodSeconds: {period}}}")
    assert expected == levels(evaluate_yaml(text), "PRB311")


@pytest.mark.parametrize(
    ("grace", "expected"),
    [(60, []), (61, [Severity.ADVICE]), (120, [Severity.ADVICE]), (299, [Severity.ADVICE]), (300, [Severity.WARNING])],
)
def test_a_grace_period_of_minutes_is_a_warning(
    grace: int, expected: list[Severity], evaluate_yaml: EvaluateYaml
) -> None:
    """A hung container that stays up for less than five minutes more is advice."""
    text = pod(f"livenessProbe: {{{LIVEZ}}}", spec=f"terminationGracePeriodSeconds: {grace}")
    assert expected == levels(evaluate_yaml(text), "PRB405")


PORT = "ports: [{name: http, containerPort: 8080}]"


@pytest.mark.parametrize(
    ("image", "severity"),
    [
        ("cart:1", Severity.WARNING),
        ("registry.example.com:5000/shop/cart", Severity.WARNING),
        ("example.com/exporter/cart:1", Severity.WARNING),
        ("cart@sha256:0123", Severity.WARNING),
        ("prom/node-exporter:v1.9.0", Severity.ADVICE),
        ("example.com:5000/team/aws_exporter", Severity.ADVICE),
        ("redis-exporter@sha256:0123", Severity.ADVICE),
    ],
)
def test_an_exporter_without_readiness_is_advice(image: str, severity: Severity, evaluate_yaml: EvaluateYaml) -> None:
    """A scrape that fails is repeated soon."""
    assert [severity] == levels(evaluate_yaml(pod(PORT, image=image)), "PRB101")


@pytest.mark.parametrize(
    "name", ["metrics", "http-metrics", "prom", "prom-exporter", "http-prom", "healthz", "health", "pprof", "profiler"]
)
def test_a_port_that_no_request_depends_on_needs_no_readiness(name: str, evaluate_yaml: EvaluateYaml) -> None:
    """Nor does it need a pause before the end."""
    result = evaluate_yaml(pod(f"ports: [{{name: {name}, containerPort: 9102}}]"))
    assert [] == levels(result, "PRB101") + levels(result, "PRB403")


@pytest.mark.parametrize("name", ["http", "web", "grpc", "promote", "improm-x", "admin", "debug-ui", "http-api"])
def test_a_port_with_another_name_needs_readiness(name: str, evaluate_yaml: EvaluateYaml) -> None:
    """A name that only resembles one of metrics does not stand for them."""
    assert [Severity.WARNING] == levels(evaluate_yaml(pod(f"ports: [{{name: {name}, containerPort: 9102}}]")), "PRB101")


BUDGET = """
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: cart}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: cart}}}
"""


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("registry.k8s.io/pause:3.10", 0),
        ("pause", 0),
        ("auto", 0),
        ("autoscaler:1", 1),
        ("example.com:5000/mirror/pause@sha256:0123", 0),
        ("example.com/pause/cart:1", 1),
        ("pauser:1", 1),
        ("cart:pause", 1),
    ],
)
def test_a_container_that_only_holds_a_place_needs_no_readiness(
    image: str, expected: int, evaluate_yaml: EvaluateYaml
) -> None:
    """A mesh injects the one that serves, or nothing serves at all."""
    without_ports = evaluate_yaml(pod(image=image) + SERVICE.format(app="cart") + BUDGET)
    assert expected == len(levels(without_ports, "PRB102"))
    assert expected == len(levels(without_ports, "PRB410"))
    assert expected == len(levels(evaluate_yaml(pod(PORT, image=image)), "PRB101"))


@pytest.mark.parametrize(
    ("port", "handler", "severity"),
    [
        ("grpc-write", "httpGet: {path: /health/alive, port: 8080}", Severity.ADVICE),
        ("grpc", "httpGet: {path: /healthz, port: grpc}", Severity.ADVICE),
        ("http", "grpc: {port: 8080}", Severity.WARNING),
        ("https", "httpGet: {path: /healthz, port: https}", Severity.WARNING),
    ],
)
def test_http_on_a_grpc_port_is_advice(
    port: str, handler: str, severity: Severity, evaluate_yaml: EvaluateYaml
) -> None:
    """Servers can tell both apart on one port; TLS and plain HTTP they cannot."""
    fields = f"ports: [{{name: {port}, containerPort: 8080}}]\n      readinessProbe: {{{handler}}}"
    assert [severity] == levels(evaluate_yaml(pod(fields)), "PRB317")


@pytest.mark.parametrize(
    ("service", "severity", "consequence"),
    [
        ("clusterIP: None, ", Severity.ADVICE, "there is no SRV record"),
        ("type: ClusterIP, clusterIP: None, ", Severity.ADVICE, "still leads to the pods"),
        ("", Severity.WARNING, "every connection to it fails"),
        ("clusterIP: 10.96.0.7, ", Severity.WARNING, "has no endpoints"),
        ("type: NodePort, ", Severity.WARNING, "every connection to it fails"),
    ],
)
def test_a_headless_service_needs_no_port_names(
    service: str, severity: Severity, consequence: str, evaluate_yaml: EvaluateYaml
) -> None:
    """Its clients look up the pods and connect to whatever port they know."""
    text = pod(PORT) + SERVICE.format(app="cart").replace("{selector", f"{{{service}selector").replace("8080", "htpp")
    (finding,) = [finding for finding in evaluate_yaml(text).findings if finding.code == "PRB335"]
    assert finding.severity is severity
    assert consequence in finding.consequence
