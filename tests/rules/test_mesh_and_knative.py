"""Probes and fields that Istio and Knative change or reject, with clean counterparts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_probes.rules import Evaluation

EvaluateYaml = Callable[..., Evaluation]

MESH = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {labels}, annotations: {annotations}}}
    spec:
      initContainers:
        - name: sql
          image: sql:1
          {policy}
          ports: [{{name: sql, containerPort: 9090}}]
          {probe}
      containers: [{{name: web, image: web:1}}]
"""
INJECT = 'sidecar.istio.io/inject: "true"'
CLASSIC = 'sidecar.istio.io/nativeSidecar: "false"'
HTTP = "startupProbe: {httpGet: {path: /s, port: 9090}}"
ALWAYS = "restartPolicy: Always"


def mesh(labels: str, annotations: str, probe: str, policy: str = ALWAYS) -> str:
    """A Deployment with a sidecar."""
    return MESH.format(labels=f"{{app: web{labels}}}", annotations=f"{{{annotations}}}", probe=probe, policy=policy)


def codes(evaluation: Evaluation, code: str) -> list[str]:
    """The paths of the findings of a rule."""
    assert [] == evaluation.crashes
    return [str(finding.path) for finding in evaluation.findings if finding.code == code]


@pytest.mark.parametrize(
    "text",
    [
        mesh(f", {INJECT}", CLASSIC, HTTP),
        mesh(f", {INJECT}", CLASSIC, "startupProbe: {httpGet: {path: /s, port: sql}}"),
        mesh(f", {INJECT}", CLASSIC, "startupProbe: {tcpSocket: {port: 9090}}"),
        mesh(f", {INJECT}", CLASSIC, "startupProbe: {grpc: {port: 9090}}"),
        mesh("", f"{INJECT}, {CLASSIC}", HTTP),
    ],
    ids=["http", "named port", "tcp", "grpc", "annotations"],
)
def test_a_startup_probe_that_waits_for_the_proxy(evaluate_yaml: EvaluateYaml, text: str) -> None:
    """The proxy is a regular container and starts after all sidecars have passed: the pod never starts."""
    assert ["spec.template.spec.initContainers[0].startupProbe"] == codes(evaluate_yaml(text), "PRB507")


@pytest.mark.parametrize(
    "text",
    [
        mesh(f", {INJECT}", "", HTTP),
        mesh("", CLASSIC, HTTP),
        mesh(f", {INJECT}", 'sidecar.istio.io/nativeSidecar: "true"', HTTP),
        mesh(', sidecar.istio.io/inject: "false"', f"{INJECT}, {CLASSIC}", HTTP),
        mesh(f", {INJECT}", CLASSIC, "startupProbe: {exec: {command: [check]}}"),
        mesh(f", {INJECT}", CLASSIC, "readinessProbe: {httpGet: {path: /s, port: 9090}}"),
        mesh(f", {INJECT}", f'{CLASSIC}, sidecar.istio.io/rewriteAppHTTPProbers: "false"', HTTP),
    ],
    ids=["native", "no injection", "asked for", "label wins", "exec", "readiness", "not rewritten"],
)
def test_startup_probes_that_work_in_a_mesh(evaluate_yaml: EvaluateYaml, text: str) -> None:
    """A proxy that is a sidecar starts first, and an exec probe is not rewritten."""
    assert [] == codes(evaluate_yaml(text), "PRB507")


HTTP1 = "ports: [{name: http1, containerPort: 80}]"
H2C = "ports: [{name: h2c, containerPort: 80}]"
KNATIVE = """
apiVersion: {group}/v1
kind: {kind}
metadata: {{name: hello}}
spec:
  template:
    spec:
      containers:
        - name: user-container
          image: hello:1
          {fields}
"""


def knative(fields: str, group: str = "serving.knative.dev", kind: str = "Service") -> str:
    """A Knative Service, or something like it."""
    return KNATIVE.format(group=group, kind=kind, fields=fields.replace("\n", "\n          "))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("lifecycle: {preStop: {sleep: {seconds: 5}}}", "lifecycle"),
        ("readinessProbe: {httpGet: {path: /r}, timeoutSeconds: 3}", "readinessProbe.timeoutSeconds"),
        ("readinessProbe: {tcpSocket: {}, failureThreshold: 9}", "readinessProbe.failureThreshold"),
        ("readinessProbe: {httpGet: {path: /r}, periodSeconds: 0, timeoutSeconds: 1}", "readinessProbe.timeoutSeconds"),
        ("ports: [{name: http, containerPort: 8080}]", "ports[0].name"),
        ("ports: [{name: grpc, containerPort: 8080}]", "ports[0].name"),
        (
            "ports: [{name: http1, containerPort: 80}]\nlivenessProbe: {httpGet: {port: web}}",
            "livenessProbe.httpGet.port",
        ),
        (
            "ports: [{name: http1, containerPort: 80}]\nstartupProbe: {httpGet: {port: http1}}",
            "startupProbe.httpGet.port",
        ),
        (
            "ports: [{name: h2c, containerPort: 80}]\nstartupProbe: {tcpSocket: {port: h2c}}",
            "startupProbe.tcpSocket.port",
        ),
    ],
)
def test_fields_that_knative_rejects(evaluate_yaml: EvaluateYaml, fields: str, expected: str) -> None:
    """The webhook of Knative Serving v0.51 rejects each of them, or it cannot work in the pods."""
    result = evaluate_yaml(knative(fields))
    assert [f"spec.template.spec.containers[0].{expected}"] == codes(result, "PRB509")


@pytest.mark.parametrize(
    "text",
    [
        knative("readinessProbe: {httpGet: {path: /r}}"),
        knative("readinessProbe: {httpGet: {path: /r}, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 9}"),
        knative("readinessProbe: {successThreshold: 1, periodSeconds: 0}"),
        knative("livenessProbe: {httpGet: {path: /l}, timeoutSeconds: 3, failureThreshold: 9}"),
        knative("ports: [{containerPort: 8080}]"),
        knative("ports: [{name: h2c, containerPort: 8080}]\nreadinessProbe: {grpc: {port: 8080}}"),
        knative("ports: [{name: http1, containerPort: 8080}]\nlivenessProbe: {httpGet: {port: http1}}"),
        knative("ports: [{name: http1, containerPort: 8080}]\nstartupProbe: {httpGet: {port: 8080}}"),
        knative("lifecycle: {preStop: {sleep: {seconds: 5}}}", "apps", "Deployment"),
        knative("ports: [{name: http, containerPort: 8080}]", "serving.example.com"),
    ],
)
def test_fields_that_knative_accepts(evaluate_yaml: EvaluateYaml, text: str) -> None:
    """Probes without a port or a handler are completed, and other kinds have other rules."""
    assert [] == codes(evaluate_yaml(text), "PRB509")


@pytest.mark.parametrize(
    ("group", "kind", "expected"), [("serving.knative.dev", "Service", 0), ("apps", "Deployment", 1)]
)
def test_the_times_of_readiness_in_knative(evaluate_yaml: EvaluateYaml, group: str, kind: str, expected: int) -> None:
    """The proxy of Knative runs the readiness probe, so the figures of the kubelet do not apply to it."""
    fields = (
        "readinessProbe: {tcpSocket: {port: 80}, periodSeconds: 100}\nlivenessProbe: {httpGet: {path: /l, port: 80}}"
    )
    assert expected == len(codes(evaluate_yaml(knative(fields, group, kind)), "PRB204"))


def test_a_knative_readiness_probe_without_a_handler(evaluate_yaml: EvaluateYaml) -> None:
    """Knative checks the port of the container then; a liveness probe without a handler is rejected."""
    text = knative("readinessProbe: {periodSeconds: 100, timeoutSeconds: 1}")
    assert [] == codes(evaluate_yaml(text), "PRB302")
    assert 1 == len(codes(evaluate_yaml(text.replace("readinessProbe", "livenessProbe")), "PRB302"))
